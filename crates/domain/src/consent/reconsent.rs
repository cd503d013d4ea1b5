//! Re-consent: who has come of age decides anew about what a guardian has agreed to.

use chrono::{Datelike, Months, NaiveDate};

use super::{Consent, ConsentPurpose, in_force};
use crate::partial_date::PartialDate;

/// Months after which a patient decides alone.
const MAJORITY: u32 = 18 * 12;

/// The day from which a guardian's yes waits for the patient's own: the first of the month after that of the 18th
/// birthday. The day of birth is not known, and by then the patient is of age whatever it is.
pub fn reconsent_from(birth: PartialDate) -> Option<NaiveDate> {
    birth.last().with_day(1)?.checked_add_months(Months::new(MAJORITY + 1))
}

/// The decisions of a guardian that hold on a day and wait for the patient's own since the day `from`; by purpose.
///
/// They go on holding until the patient decides.
pub fn due_for_reconsent(consents: &[Consent], from: NaiveDate, day: NaiveDate) -> Vec<&Consent> {
    if day < from {
        return Vec::new();
    }
    let standing = ConsentPurpose::ALL.iter().filter_map(|purpose| in_force(consents, *purpose, day));
    standing.filter(|consent| consent.is_guardians_yes()).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::consent::{ConsentDecision, Signatory};
    use crate::fact::Salt;
    use crate::id::{ConsentId, PatientId};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn from(birth: &str) -> Option<NaiveDate> {
        reconsent_from(birth.parse().unwrap())
    }

    #[test]
    fn it_begins_with_the_month_after_the_eighteenth_birthday() {
        assert_eq!(from("2008-03"), Some(day("2026-04-01")));
        assert_eq!(from("2008-12"), Some(day("2027-01-01")), "into the next year");
        assert_eq!(from("2008-01"), Some(day("2026-02-01")), "from a month of 31 days");
        assert_eq!(from("2008-02"), Some(day("2026-03-01")), "from a leap month");
        assert_eq!(from("2008-03-31"), Some(day("2026-04-01")), "a day says no more than its month");
        assert_eq!(from("2008"), Some(day("2027-01-01")), "of a year its last month counts");
    }

    fn consent(number: u128, purpose: ConsentPurpose, on: &str, signed_by: Signatory) -> Consent {
        Consent {
            id: ConsentId::from_uuid(Uuid::from_u128(number)),
            patient: PatientId::from_uuid(Uuid::from_u128(1)),
            purpose,
            decision: ConsentDecision::Given,
            decided_on: day(on),
            valid_to: None,
            form_version: None,
            language: None,
            signed_by,
            ethics_ref: None,
            document_ref: None,
            site: "KAR".parse().unwrap(),
            recorded_at: "2026-06-01T00:00:00Z".parse().unwrap(),
            salt: Salt::default(),
        }
    }

    fn due(consents: &[Consent], on: &str) -> Vec<ConsentPurpose> {
        due_for_reconsent(consents, day("2026-04-01"), day(on)).iter().map(|one| one.purpose).collect()
    }

    #[test]
    fn a_guardians_yes_waits_from_that_month_on() {
        use ConsentPurpose::{BiobankCare, RegistryQuality, RegistryResearch};
        let consents = [
            consent(1, RegistryQuality, "2020-01-10", Signatory::Guardian),
            consent(2, RegistryResearch, "2020-01-10", Signatory::Guardian),
            consent(3, BiobankCare, "2020-01-10", Signatory::Patient),
        ];
        assert_eq!(due(&consents, "2026-03-31"), []);
        assert_eq!(due(&consents, "2026-04-01"), [RegistryQuality, RegistryResearch]);
    }

    #[test]
    fn the_patients_own_word_ends_the_waiting_of_its_purpose_from_its_day_on() {
        use ConsentPurpose::{RegistryQuality, RegistryResearch};
        let consents = [
            consent(1, RegistryQuality, "2020-01-10", Signatory::Guardian),
            consent(2, RegistryResearch, "2020-01-10", Signatory::Guardian),
            consent(3, RegistryResearch, "2026-05-02", Signatory::Patient),
        ];
        assert_eq!(due(&consents, "2026-05-01"), [RegistryQuality, RegistryResearch]);
        assert_eq!(due(&consents, "2026-05-02"), [RegistryQuality]);
        let no = Consent { decision: ConsentDecision::Refused, ..consents[0].clone() };
        assert_eq!(due(&[no], "2026-05-02"), [], "a no is not asked again");
        let again = consent(4, RegistryQuality, "2026-06-01", Signatory::Guardian);
        assert_eq!(due(&[again], "2026-06-01"), [RegistryQuality], "nor does a guardian's new yes end it");
    }
}
