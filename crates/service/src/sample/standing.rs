//! What the patient's other facts say about a new sample: care, consents, death, time point.

use std::collections::BTreeSet;

use cartotek_domain::consent::{Consent, ConsentPurpose, allows};
use cartotek_domain::finding::Finding;
use cartotek_domain::milestone::{Milestone, MilestoneValue};
use cartotek_domain::patient::{Participation, Patient};
use cartotek_domain::sample::SampleUse;
use cartotek_domain::text::Text;
use cartotek_persistence::ReadSession;
use chrono::NaiveDate;

use crate::course::day0;
use crate::error::ServiceError;
use crate::sample::register::{Prepared, finding};
use crate::sample::vocabulary::SamplingTime;

/// What the patient's other facts say about the sample.
pub(super) fn findings(
    session: &mut dyn ReadSession,
    prepared: &Prepared,
    patient: &Patient,
    participations: &[Participation],
    today: NaiveDate,
) -> Result<Vec<Finding>, ServiceError> {
    let wanted = &prepared.registration;
    let mut findings = Vec::new();
    let sites_on = |day: NaiveDate| -> BTreeSet<_> {
        let there = participations.iter().filter(|one| one.valid_to.is_none_or(|last| day <= last));
        there.map(|one| &one.site).collect()
    };
    let linked = session.biobank_sites(&BTreeSet::from([wanted.biobank.clone()]))?;
    if !linked.get(&wanted.biobank).into_iter().flatten().any(|site| sites_on(today).contains(site)) {
        findings.push(finding("R-BIO-08", "/biobank", FOREIGN_BIOBANK));
    }
    if !sites_on(prepared.day).contains(&wanted.collection_site) {
        findings.push(finding("R-BIO-09", "/collection_site", FOREIGN_SITE));
    }
    let consents = session.consents(patient.id)?;
    findings.extend(missing_consents(&consents, wanted.taken_for, prepared.day, today));
    findings.extend(after_death(&session.milestones_named(patient.id, &[DEATH])?, prepared.day));
    if let Some(course) = wanted.course {
        if !session.courses(&[patient.id])?.iter().any(|one| one.id == course) {
            findings.push(finding("R-COURSE-02", "/course", UNKNOWN_COURSE));
        }
        let day0 = day0(session, patient.id, course)?;
        findings.extend(outside_tolerance(&prepared.time, day0, prepared.day));
    }
    Ok(findings)
}

/// The purposes that a sample needs the patient's yes to.
pub(crate) const fn needed(taken_for: SampleUse) -> &'static [ConsentPurpose] {
    match taken_for {
        SampleUse::Care => &[ConsentPurpose::BiobankCare],
        SampleUse::Research => &[ConsentPurpose::BiobankResearch],
        SampleUse::Both => &[ConsentPurpose::BiobankCare, ConsentPurpose::BiobankResearch],
    }
}

/// Rule `R-DATE-03`: nothing is collected after the patient's death.
fn after_death(deaths: &[Milestone], day: NaiveDate) -> Option<Finding> {
    let before = |one: &Milestone| matches!(one.value, MilestoneValue::Date(date) if date.last() < day);
    deaths.iter().any(before).then(|| finding("R-DATE-03", "/collected_at", AFTER_DEATH))
}

/// Rule `R-BIO-01`: the purposes without the patient's yes on the day of collection, or today.
fn missing_consents(
    consents: &[Consent],
    taken_for: SampleUse,
    day: NaiveDate,
    today: NaiveDate,
) -> Vec<Finding> {
    let holds = |purpose, on| allows(consents, purpose, on);
    let missing =
        needed(taken_for).iter().filter(|purpose| !holds(**purpose, day) || !holds(**purpose, today));
    missing
        .map(|purpose| {
            let name = purpose.name();
            if holds(*purpose, day) {
                let text = Text::new(
                    format!("Samtycket till {name} gäller inte längre: provet får inte registreras."),
                    format!("The consent to {name} no longer holds: the sample may not be registered."),
                );
                return Finding::error("R-BIO-01", "/taken_for", text);
            }
            let text = Text::new(
                format!(
                    "Samtycke till {name} saknas på provtagningsdagen. Registrera samtycket, eller ändra vad \
                     provet togs för."
                ),
                format!(
                    "There is no consent to {name} on the day of collection. Record the consent, or change what the \
                     sample was taken for."
                ),
            );
            Finding::error("R-BIO-01", "/taken_for", text)
        })
        .collect()
}

/// Rule `R-BIO-06`: a collection day outside the tolerance of its time point.
fn outside_tolerance(time: &SamplingTime, day0: Option<NaiveDate>, day: NaiveDate) -> Option<Finding> {
    let scheduled = time.scheduled?;
    let Some(day0) = day0 else {
        let text = Text::new(
            "Dag 0 är inte känd ännu; tidpunkten kunde inte kontrolleras.",
            "Day 0 is not known yet; the time point could not be checked.",
        );
        return Some(Finding::notice("R-BIO-06", "/time_point", text));
    };
    let window = scheduled.window(day0);
    if window.contains(day) {
        return None;
    }
    let (code, first, last) = (&time.code, window.first, window.last);
    let text = Text::new(
        format!("Provtagningsdagen ligger utanför toleransen för {code}: {first} till {last}."),
        format!("The day of collection lies outside the tolerance of {code}: {first} to {last}."),
    );
    Some(Finding::warning("R-BIO-06", "/collected_at", text))
}

/// The milestone of the death.
const DEATH: &str = "death_date";
const AFTER_DEATH: (&str, &str) = (
    "Provtagningsdagen ligger efter patientens död.",
    "The day of collection lies after the patient's death.",
);
const UNKNOWN_COURSE: (&str, &str) =
    ("Patienten har ingen sådan behandlingsomgång.", "The patient has no such course.");
const FOREIGN_BIOBANK: (&str, &str) = (
    "Biobanken får inte registrera prover från något av de sjukhus som deltar i patientens vård.",
    "The biobank may not register samples of any site that takes part in the care of the patient.",
);
const FOREIGN_SITE: (&str, &str) = (
    "Ange ett sjukhus som deltar i patientens vård.",
    "Give a site that takes part in the care of the patient.",
);
