//! Whose answers a patient may be in today: which sites take part in the care, and whether researchers may look.

use cartotek_domain::consent::{Consent, ConsentDecision, ConsentPurpose, in_force};
use cartotek_domain::patient::Participation;
use chrono::NaiveDate;

/// The consents that decide about researchers' answers.
const PURPOSES: [ConsentPurpose; 2] = [ConsentPurpose::RegistryQuality, ConsentPurpose::RegistryResearch];

/// The sites that take part in the care today, and the last day for which that is certain.
pub(super) fn taking_part(
    participations: &[Participation],
    today: NaiveDate,
) -> (Vec<String>, Option<NaiveDate>) {
    let holding = participations.iter().filter(|one| one.holds_on(today));
    let mut sites: Vec<String> = holding.map(|one| one.site.to_string()).collect();
    sites.sort_unstable();
    sites.dedup();
    let ends = participations.iter().filter_map(|one| one.valid_to).filter(|last| *last >= today);
    let begins = participations.iter().map(|one| one.valid_from).filter(|first| *first > today);
    let until = ends.chain(begins.filter_map(|first| first.pred_opt())).min();
    (sites, until)
}

/// Whether the patient may be in researchers' answers today, and the last day for which that is certain.
pub(crate) fn research(consents: &[Consent], today: NaiveDate) -> (bool, Option<NaiveDate>) {
    let decisions: Vec<&Consent> =
        PURPOSES.iter().filter_map(|purpose| in_force(consents, *purpose, today)).collect();
    let all_given = decisions.iter().all(|consent| consent.decision == ConsentDecision::Given);
    let until = decisions.iter().filter_map(|consent| consent.valid_to).min();
    (all_given && !decisions.is_empty(), until)
}

#[cfg(test)]
mod tests {
    use cartotek_domain::consent::Signatory;
    use cartotek_domain::fact::Salt;
    use cartotek_domain::id::{ConsentId, ParticipationId, PatientId};
    use cartotek_domain::patient::ParticipationRole;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consent(purpose: ConsentPurpose, decision: ConsentDecision, on: &str, to: Option<&str>) -> Consent {
        Consent {
            id: ConsentId::from_uuid(Uuid::nil()),
            patient: PatientId::from_uuid(Uuid::nil()),
            purpose,
            decision,
            decided_on: day(on),
            valid_to: to.map(day),
            form_version: None,
            language: None,
            signed_by: Signatory::Patient,
            ethics_ref: None,
            document_ref: None,
            site: "KAR".parse().unwrap(),
            recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            salt: Salt::default(),
        }
    }

    #[test]
    fn a_no_to_either_purpose_keeps_the_patient_out() {
        use ConsentDecision::{Given, OptedOut, Refused, Withdrawn};
        use ConsentPurpose::{BiobankCare, RegistryQuality, RegistryResearch};
        let allowed = |consents: &[Consent]| research(consents, day("2026-06-01")).0;
        let quality = consent(RegistryQuality, Given, "2026-01-01", None);
        let yes = consent(RegistryResearch, Given, "2026-01-01", None);
        assert!(allowed(std::slice::from_ref(&quality)));
        assert!(allowed(&[quality.clone(), yes.clone()]));
        assert!(!allowed(&[]), "nobody was asked");
        assert!(!allowed(&[consent(BiobankCare, Given, "2026-01-01", None)]), "another purpose");
        assert!(!allowed(&[quality.clone(), consent(RegistryResearch, Refused, "2026-01-01", None)]));
        assert!(!allowed(&[yes.clone(), consent(RegistryQuality, OptedOut, "2026-03-01", None)]));
        assert!(!allowed(&[quality, yes, consent(RegistryResearch, Withdrawn, "2026-03-01", None)]));
    }

    #[test]
    fn a_site_takes_part_from_the_first_day_to_the_last() {
        let takes_part = |site: &str, from: &str, to: Option<&str>| Participation {
            id: ParticipationId::from_uuid(Uuid::nil()),
            patient: PatientId::from_uuid(Uuid::nil()),
            site: site.parse().unwrap(),
            role: ParticipationRole::Following,
            responsible: false,
            valid_from: day(from),
            valid_to: to.map(day),
            version: 1,
            salt: Salt::default(),
        };
        let participations = [
            takes_part("UPP", "2026-01-01", Some("2026-05-31")),
            takes_part("KAR", "2026-01-01", None),
            takes_part("SUS", "2026-07-01", None),
        ];
        let on = |today: &str| taking_part(&participations, day(today));
        let sites = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(on("2026-05-31"), (sites(&["KAR", "UPP"]), Some(day("2026-05-31"))));
        assert_eq!(on("2026-06-01"), (sites(&["KAR"]), Some(day("2026-06-30"))));
        assert_eq!(on("2026-07-01"), (sites(&["KAR", "SUS"]), None));
    }

    #[test]
    fn a_limited_yes_is_looked_at_again_when_it_ends() {
        use ConsentPurpose::RegistryResearch;
        let limited = [consent(RegistryResearch, ConsentDecision::Given, "2026-01-01", Some("2026-05-31"))];
        assert_eq!(research(&limited, day("2026-05-31")), (true, Some(day("2026-05-31"))));
        assert_eq!(research(&limited, day("2026-06-01")), (false, None));
    }
}
