//! Tests of how SQLite answers lists: page by page along an index, without sorting all there is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cartotek_domain::access::{PatientScope, Scope};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::Calendar;
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::record::RecordStatus;
use cartotek_domain::schedule::worklist::Urgency;
use cartotek_domain::unlock::UnlockStatus;
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::{Conn, MIGRATIONS, ReadSession, open, queries};
use crate::page::Page;
use crate::session::completeness::{CountingItems, Dimension};
use crate::session::finding::{FindingFilter, FindingKey};
use crate::session::known::KnownQuestion;
use crate::session::record::RecordFilter;
use crate::session::sample::SampleScope;
use crate::session::schedule::{WorklistFilter, WorklistKey};

/// How the queries of a read are answered, step by step.
fn plan(read: impl FnOnce(&mut dyn ReadSession)) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let mut conn: Conn = open::writer(&folder.path().join("cartotek.db")).unwrap();
    queries::migration::migrate(&mut conn, MIGRATIONS).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            heard.lock().unwrap().push(query.to_string());
        }
    });
    read(&mut conn);
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert!(!asked.is_empty());
    let explain = |query: String| {
        diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load::<Step>(&mut conn).unwrap()
    };
    asked.into_iter().flat_map(explain).map(|step| step.detail).collect()
}

fn care() -> PatientScope {
    PatientScope::Of { sites: BTreeSet::from(["KAR".parse().unwrap()]), on: "2026-03-02".parse().unwrap() }
}

/// A page of findings that is not the first.
fn placed() -> Page<FindingKey> {
    let (record, rule, pointer) = (RecordId::from_uuid(Uuid::nil()), "R-FU-06B".to_owned(), String::new());
    Page { after: Some(FindingKey { record, rule, pointer }), limit: 10 }
}

/// A site asks for what its data managers can mend.
#[test]
fn the_findings_of_a_site_are_read_along_its_index() {
    let filter = FindingFilter { site: Some("KAR".parse().unwrap()), ..FindingFilter::default() };
    let steps = plan(|session| drop(session.findings(&filter, &care(), &placed()).unwrap()));
    assert!(steps.iter().any(|step| step.contains("record_finding_site")), "{steps:#?}");
    assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:#?}");
}

/// Every submission asks for them.
#[test]
fn the_locks_over_a_record_are_found_by_their_indexes() {
    let (patient, site): (_, SiteCode) = (PatientId::from_uuid(Uuid::nil()), "KAR".parse().unwrap());
    let of_new = KnownQuestion {
        patient,
        subject: patient.uuid(),
        form: "follow_up",
        natural_key: "[]",
        milestones: &["death_date"],
        sites: &[&site],
        generation: "schemas",
    };
    let asked: [Vec<String>; 2] = [
        plan(|session| drop(session.locks_over(patient, &site).unwrap())),
        plan(|session| drop(session.known(&of_new).unwrap())),
    ];
    for steps in asked {
        assert_found_by_index(&steps);
    }
}

fn assert_found_by_index(steps: &[String]) {
    for index in ["record_lock_patient", "record_lock_one_of_site"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}

/// Every part of the change feed asks for them; the patient's reads are a hundred times as many.
#[test]
fn when_a_site_began_to_take_part_is_found_by_its_index() {
    let patient = PatientId::from_uuid(Uuid::nil());
    let steps = plan(|session| drop(session.participations_begun(&[patient]).unwrap()));
    assert!(steps.iter().any(|step| step.contains("audit_subject_participation")), "{steps:#?}");
}

#[test]
fn a_page_is_not_sorted_out_of_everything() {
    let pseudonym = "CT-7K3M9Q2XAN".parse().unwrap();
    let after = Page { after: Some(pseudonym), limit: 10 };
    let samples =
        SampleScope { biobanks: Scope::Only(BTreeSet::from(["KI-BB".parse().unwrap()])), patients: care() };
    let lists = [
        ("patients", plan(|session| drop(session.patients(&care(), &after).unwrap()))),
        (
            "records",
            plan(|session| {
                drop(session.records(&RecordFilter::default(), &care(), &Page::first(10)).unwrap());
            }),
        ),
        ("samples", plan(|session| drop(session.samples(None, &samples, &Page::first(10)).unwrap()))),
        (
            "findings",
            plan(|session| drop(session.findings(&FindingFilter::default(), &care(), &placed()).unwrap())),
        ),
        ("locks", plan(|session| drop(session.record_locks(None, &care(), &Page::first(10)).unwrap()))),
        ("requests", plan(|session| drop(session.unlock_requests(None, &care(), &Page::first(10)).unwrap()))),
    ];
    for (name, steps) in lists {
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE FOR ORDER BY")), "{name}: {steps:#?}");
        let asks = |step: &String| step.contains("participation") && step.contains("patient_id=?");
        assert!(steps.iter().any(asks), "{name}: {steps:#?}");
    }
}

/// Of what has been locked, asked for and verified most is past; the lists of what is not are read without it.
#[test]
fn what_holds_waits_or_is_unverified_is_found_by_its_index() {
    let unverified = RecordFilter { verified: Some(false), ..RecordFilter::default() };
    let pending = Some(UnlockStatus::Pending);
    let lists = [
        (
            "record_lock_holding",
            plan(|session| drop(session.record_locks(Some(true), &care(), &Page::first(10)).unwrap())),
        ),
        (
            "unlock_request_pending",
            plan(|session| drop(session.unlock_requests(pending, &care(), &Page::first(10)).unwrap())),
        ),
        (
            "(record_id=? AND revision=?)",
            plan(|session| drop(session.records(&unverified, &care(), &Page::first(10)).unwrap())),
        ),
    ];
    for (index, steps) in lists {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{index}: {steps:#?}");
    }
}

/// What counts of a form at a site.
fn counting(patient: Option<PatientId>) -> CountingItems {
    CountingItems {
        sites: BTreeSet::from(["KAR".parse().unwrap()]),
        patient,
        left_out: BTreeSet::new(),
        form: Some("follow_up".to_owned()),
        time_point: None,
        from: None,
        to: None,
        today: "2026-03-02".parse().unwrap(),
    }
}

#[test]
fn what_counts_in_completeness_is_found_by_site() {
    let items = counting(None);
    let by = BTreeSet::from([
        Dimension::Site,
        Dimension::Form,
        Dimension::TimePoint,
        Dimension::Period(Calendar::Month),
    ]);
    let lists = [
        ("patients", plan(|session| drop(session.counted_patients(&items, &by).unwrap()))),
        ("figures", plan(|session| drop(session.counted_items(&items, &by).unwrap()))),
    ];
    for (name, steps) in lists {
        let by_site = |step: &String| step.contains("expected_item_complete (site=?");
        assert!(steps.iter().any(by_site), "{name}: {steps:#?}");
    }
    let waits = plan(|session| drop(session.due_items(&items, items.today, &by).unwrap()));
    for range in ["grace_until<?", "grace_until>? AND grace_until<?"] {
        let range = format!("expected_item_site (site=? AND standing=? AND {range})");
        assert!(waits.iter().any(|step| step.contains(&range)), "{waits:#?}");
    }
    let subjects = [1, 2].map(Uuid::from_u128);
    let steps = plan(|session| drop(session.infused_among(&subjects).unwrap()));
    assert!(steps.iter().any(|step| step.contains("PRIMARY KEY (subject_id=? AND ordinal=?)")), "{steps:#?}");
    let records = [1, 2].map(|number| RecordId::from_uuid(Uuid::from_u128(number)));
    let steps = plan(|session| drop(session.clarifications_about(&records).unwrap()));
    assert!(steps.iter().any(|step| step.contains("clarification_record (record_id=?")), "{steps:#?}");
}

/// A page of items that is not the first.
fn next_page() -> Page<WorklistKey> {
    let grace_until = "2026-03-02".parse().unwrap();
    Page { after: Some(WorklistKey { grace_until, subject: Uuid::nil(), ordinal: 0 }), limit: 10 }
}

/// How a page of a worklist that is not the first is answered.
fn worklist(urgency: Option<Urgency>, patient: Option<PatientId>) -> Vec<String> {
    let today = "2026-03-02".parse().unwrap();
    let sites = BTreeSet::from(["KAR".parse().unwrap()]);
    let filter =
        WorklistFilter { sites, patient, form: None, urgency, today, horizon: today, latest_grace: today };
    plan(|session| drop(session.worklist(&filter, &next_page()).unwrap()))
}

/// How a page of what is missing that is not the first is answered.
fn missing(patient: Option<PatientId>) -> Vec<String> {
    plan(|session| drop(session.missing_items(&counting(patient), &next_page()).unwrap()))
}

/// Most of what was ever expected at a site is neither waiting nor shown.
#[test]
fn a_page_of_items_begins_where_the_one_before_ended() {
    let place = "grace_until>? AND grace_until<?";
    let standing = format!("expected_item_site (site=? AND standing=? AND {place})");
    let excused = format!("expected_item_excused (site=? AND excuse=? AND {place})");
    let ended = format!("expected_item_stops (site=? AND {place})");
    let waiting = [&standing, &standing];
    let steps = |ranges: &[&String]| -> Vec<String> {
        ranges.iter().map(|range| format!("SEARCH expected_item USING INDEX {range}")).collect()
    };
    for (urgency, ranges) in [
        (None, &waiting[..]),
        (Some(Urgency::Overdue), &[&standing]),
        (Some(Urgency::Due), &[&standing, &standing, &excused]),
        (Some(Urgency::Open), &waiting),
        (Some(Urgency::DueSoon), &waiting),
        (Some(Urgency::Closed), &[&standing, &excused, &ended]),
    ] {
        assert_eq!(worklist(urgency, None), steps(ranges), "{urgency:?}");
    }
    assert_eq!(missing(None), steps(&[&standing, &excused]));
}

#[test]
fn the_items_of_a_patient_are_not_looked_for_among_those_of_the_site() {
    let patient = Some(PatientId::from_uuid(Uuid::nil()));
    let worklists =
        [None, Some(Urgency::Due), Some(Urgency::Closed)].map(|urgency| worklist(urgency, patient));
    for steps in worklists.into_iter().chain([missing(patient)]) {
        let sorts = |step: &&String| step.starts_with("USE TEMP B-TREE");
        let searches: Vec<_> = steps.iter().filter(|step| !sorts(step)).collect();
        let by_patient = "SEARCH expected_item USING INDEX expected_item_patient (patient_id=?)";
        assert!(searches.iter().all(|step| *step == by_patient), "{steps:#?}");
    }
}

/// Every page of a worklist asks for those of its patients, who have submitted records of fifteen years.
#[test]
fn drafts_are_not_looked_for_among_submitted_records() {
    for several in [1, 2] {
        let patients: Vec<_> =
            (1..=several).map(|number| PatientId::from_uuid(Uuid::from_u128(number))).collect();
        let steps = plan(|session| drop(session.latest_of(&patients, RecordStatus::Draft).unwrap()));
        assert!(steps.iter().any(|step| step.contains("record_draft (patient_id=?")), "{steps:#?}");
    }
}
