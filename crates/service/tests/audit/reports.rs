//! The access report and the log review.

use cartotek_domain::access::permission;
use cartotek_domain::audit::Outcome;
use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::Page;
use chrono::TimeDelta;
use rstest::rstest;

use crate::registry::{Registry, act, auditor, data_manager, granted};

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn the_access_report_tells_everybody_who_met_the_patient(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let (service, patient) = (&registry.service, Registry::patient(engine));
    let report = async |caller, page| {
        let granted = granted::<permission::ReadAccessReport>(&caller);
        service.access_report(&granted, &act(service), patient, page).await
    };
    let whole = report(auditor(), Page::first(100)).await.unwrap();
    let entries = &whole.value.items;
    let enrolment = &entries[0];
    assert_eq!((enrolment.action.as_str(), enrolment.outcome), ("patients.enrol", Outcome::Changed));
    assert_eq!(enrolment.unit.as_deref(), Some("KAR"));
    let tables: Vec<_> = enrolment.tables.iter().map(|(table, count)| (table.as_str(), *count)).collect();
    assert_eq!(tables, [("consent", 2), ("participation", 1), ("patient", 1), ("patient_linkage", 1)]);
    let read = entries.iter().find(|entry| entry.outcome == Outcome::Read).unwrap();
    assert_eq!(read.actor, Some(data_manager("KAR").actor));
    // The report is an access itself, and the next one tells.
    let again = report(data_manager("KAR"), Page::first(100)).await.unwrap().value.items;
    assert_eq!(again.len(), entries.len() + 1);
    assert_eq!(again.last().unwrap().event, whole.receipt.unwrap().event);
    assert_eq!(again.last().unwrap().action, "audit.access_report");
    // Page by page it is the same.
    let (mut page, mut paged) = (Page::first(3), Vec::new());
    loop {
        let part = report(auditor(), page).await.unwrap().value;
        paged.extend(part.items);
        match part.next {
            Some(after) => page = Page { after: Some(after), limit: 3 },
            None => break,
        }
    }
    assert_eq!(paged[..again.len()], again);
    let foreign = report(data_manager("SUS"), Page::first(100)).await.unwrap_err();
    assert_eq!(foreign.problem(), Problem::NotFound);
}

#[rstest]
#[case(Engine::Sqlite)]
#[case(Engine::Postgres)]
#[tokio::test]
async fn the_review_counts_the_period_and_no_more(#[case] engine: Engine) {
    let registry = Registry::open(engine).await;
    let service = &registry.service;
    let review = async |from, to| {
        service.review(&granted::<permission::ReviewLog>(&auditor()), &act(service), from, to).await
    };
    let now = service.now();
    let before = review(now - TimeDelta::days(1), now).await.unwrap();
    assert!(before.receipt.is_some(), "a review is witnessed");
    let found = before.value;
    assert_eq!(found.events.refused, 302);
    assert_eq!(found.refusals.len(), 1);
    assert_eq!((found.refusals[0].code.as_str(), found.refusals[0].events), ("not_found", 302));
    assert_eq!(found.events.read, 1);
    assert_eq!(found.actors[0].actor, Some(data_manager("KAR").actor), "who read most patients comes first");
    assert_eq!(found.actors[0].patients_read, 1);
    assert!(found.units.iter().any(|unit| unit.unit == "KAR" && unit.events.changed > 0));
    assert_eq!(found.reads_outside_office_hours, 0);
    let later = review(now, now + TimeDelta::days(1)).await.unwrap().value;
    assert_eq!((later.events.changed, later.events.refused), (0, 0));
    assert_eq!(later.events.read, 1, "the review before");
    for (from, to) in [(now, now), (now, now - TimeDelta::days(1)), (now - TimeDelta::days(93), now)] {
        assert_eq!(review(from, to).await.unwrap_err().problem(), Problem::InvalidParameter);
    }
}
