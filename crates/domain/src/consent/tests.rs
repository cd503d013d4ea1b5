use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn consent(number: u128, decision: ConsentDecision, decided_on: &str) -> Consent {
    Consent {
        id: ConsentId::from_uuid(Uuid::from_u128(number)),
        patient: PatientId::from_uuid(Uuid::from_u128(1)),
        purpose: ConsentPurpose::BiobankResearch,
        decision,
        decided_on: day(decided_on),
        valid_to: None,
        form_version: None,
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
        site: "KAR".parse().unwrap(),
        recorded_at: "2026-06-01T00:00:00Z".parse().unwrap(),
        salt: Salt::default(),
    }
}

#[test]
fn an_earlier_day_reproduces_the_earlier_answer() {
    let history = [
        consent(1, ConsentDecision::Given, "2026-01-10"),
        consent(2, ConsentDecision::Withdrawn, "2026-03-01"),
    ];
    let asked = |on| allows(&history, ConsentPurpose::BiobankResearch, day(on));
    assert!(!asked("2026-01-09"), "nobody had been asked");
    assert!(asked("2026-01-10"));
    assert!(asked("2026-02-28"));
    assert!(!asked("2026-03-01"));
    assert!(!allows(&history, ConsentPurpose::BiobankCare, day("2026-02-01")), "another purpose");
}

#[test]
fn an_objection_holds_until_the_patient_says_yes_again() {
    let quality = |number, decision, on: &str| Consent {
        purpose: ConsentPurpose::RegistryQuality,
        ..consent(number, decision, on)
    };
    let history = [
        quality(1, ConsentDecision::OptedOut, "2026-01-10"),
        quality(2, ConsentDecision::Given, "2026-03-01"),
        consent(3, ConsentDecision::OptedOut, "2026-04-01"),
    ];
    let found = |on| opt_out(&history, day(on)).map(|consent| consent.decided_on);
    assert_eq!(found("2026-01-09"), None);
    assert_eq!(found("2026-02-28"), Some(day("2026-01-10")));
    assert_eq!(found("2026-03-01"), None);
    assert_eq!(found("2026-04-01"), None, "another purpose");
    let refused = [quality(1, ConsentDecision::Refused, "2026-01-10")];
    assert_eq!(
        opt_out(&refused, day("2026-02-01")),
        None,
        "a no from the start is no objection to erase for"
    );
}

#[test]
fn a_no_stops_collection_unless_another_basis_stands() {
    let about = |purpose, number, decision, on: &str| Consent { purpose, ..consent(number, decision, on) };
    let quality = |number, decision, on| about(ConsentPurpose::RegistryQuality, number, decision, on);
    let research = |number, decision, on| about(ConsentPurpose::RegistryResearch, number, decision, on);
    let stopped = |history: &[Consent], on| objection(history, day(on)).map(|no| no.decision);
    let mut history = vec![research(1, ConsentDecision::Given, "2026-01-10")];
    assert_eq!(stopped(&history, "2026-01-01"), None, "nobody was asked");
    history.push(research(2, ConsentDecision::Withdrawn, "2026-02-01"));
    assert_eq!(stopped(&history, "2026-01-31"), None);
    assert_eq!(stopped(&history, "2026-02-01"), Some(ConsentDecision::Withdrawn));
    history.push(quality(3, ConsentDecision::Given, "2026-03-01"));
    assert_eq!(stopped(&history, "2026-03-01"), None, "the quality register is a basis of its own");
    history.push(research(4, ConsentDecision::Given, "2026-04-01"));
    history.push(quality(5, ConsentDecision::OptedOut, "2026-04-01"));
    assert_eq!(stopped(&history, "2026-04-01"), Some(ConsentDecision::OptedOut), "whatever research says");
    assert_eq!(
        stopped(&[consent(1, ConsentDecision::Withdrawn, "2026-01-10")], "2026-02-01"),
        None,
        "samples"
    );
}

#[test]
fn a_limited_yes_ends() {
    let mut limited = consent(1, ConsentDecision::Given, "2026-01-10");
    limited.valid_to = Some(day("2026-01-31"));
    assert!(allows(&[limited.clone()], ConsentPurpose::BiobankResearch, day("2026-01-31")));
    assert!(!allows(&[limited], ConsentPurpose::BiobankResearch, day("2026-02-01")));
}

fn limited(purpose: ConsentPurpose, number: u128, on: &str, last: &str) -> Consent {
    let given = consent(number, ConsentDecision::Given, on);
    Consent { purpose, valid_to: Some(day(last)), ..given }
}

#[test]
fn after_a_limited_yes_the_no_before_it_holds_again() {
    let purpose = ConsentPurpose::RegistryQuality;
    let said = |number, decision, on: &str| Consent { purpose, ..consent(number, decision, on) };
    let mut history = vec![
        said(1, ConsentDecision::Refused, "2025-06-01"),
        said(2, ConsentDecision::OptedOut, "2026-01-10"),
        limited(purpose, 3, "2026-02-01", "2026-03-31"),
    ];
    let found = |history: &[Consent], on| in_force(history, purpose, day(on)).map(|one| one.decided_on);
    assert_eq!(found(&history, "2026-03-31"), Some(day("2026-02-01")));
    assert_eq!(found(&history, "2026-05-01"), Some(day("2026-01-10")), "the nearest no");
    assert!(opt_out(&history, day("2026-03-31")).is_none() && opt_out(&history, day("2026-05-01")).is_some());
    assert_eq!(objection(&history, day("2026-05-01")), opt_out(&history, day("2026-05-01")));
    history.push(said(4, ConsentDecision::Given, "2026-06-01"));
    assert_eq!(found(&history, "2026-06-01"), Some(day("2026-06-01")));
    assert_eq!(found(&history, "2026-05-31"), Some(day("2026-01-10")), "an earlier day keeps its answer");
}

#[test]
fn after_a_limited_yes_no_earlier_yes_holds_again() {
    let purpose = ConsentPurpose::BiobankResearch;
    let history =
        [consent(1, ConsentDecision::Given, "2026-01-10"), limited(purpose, 2, "2026-02-01", "2026-03-31")];
    assert!(allows(&history, purpose, day("2026-03-31")));
    assert_eq!(in_force(&history, purpose, day("2026-04-01")), None);
}

#[test]
fn a_yes_to_research_that_has_ended_stops_collection_unless_another_basis_stands() {
    let (quality, research) = (ConsentPurpose::RegistryQuality, ConsentPurpose::RegistryResearch);
    let ended = limited(research, 1, "2026-01-10", "2026-03-31");
    let stopped = |history: &[Consent], on| objection(history, day(on)).map(|one| one.id);
    assert_eq!(stopped(std::slice::from_ref(&ended), "2026-03-31"), None);
    assert_eq!(stopped(std::slice::from_ref(&ended), "2026-04-01"), Some(ended.id));
    let given = Consent { purpose: quality, ..consent(2, ConsentDecision::Given, "2026-02-01") };
    assert_eq!(stopped(&[ended.clone(), given], "2026-04-01"), None, "the quality register's yes stands");
    let both = [ended.clone(), limited(quality, 3, "2026-02-01", "2026-03-31")];
    assert_eq!(stopped(&both, "2026-04-01"), Some(ended.id));
    let register = limited(quality, 4, "2026-02-01", "2026-03-31");
    assert_eq!(stopped(&[register], "2026-04-01"), None, "the register needs no yes");
    let renewed = Consent { purpose: research, ..consent(5, ConsentDecision::Given, "2026-04-15") };
    assert_eq!(stopped(&[ended, renewed], "2026-04-15"), None);
}
