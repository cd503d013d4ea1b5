//! The demo network repeats itself, is refused nothing, and holds what the check expects.

use std::collections::BTreeSet;
use std::path::Path;

use cartotek_domain::access::{PatientScope, Scope};
use cartotek_persistence::session::record::RecordFilter;
use cartotek_persistence::session::sample::SampleScope;
use cartotek_persistence::{Page, ReadSession, StoreError};
use cartotek_service::check::CheckOptions;
use indicatif::ProgressBar;
use tempfile::TempDir;

use super::*;
use crate::config::Layer;

const AS_OF: &str = "2024-06-01";

struct Built {
    registry: Registry,
    counted: Counted,
    _folder: TempDir,
}

/// A registry without anybody in it.
async fn empty(folder: &Path) -> Registry {
    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");
    let environment = [("CARTOTEK_SCHEMAS".to_owned(), schemas.to_owned())];
    let config = Config::gather(Layer::default(), None, environment).unwrap().for_demo(folder);
    Registry::prepare(&config).await.unwrap().0
}

async fn built(patients: u32, seed: u64, at_once: usize) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let registry = empty(folder.path()).await;
    let plan = Plan { patients, seed, as_of: AS_OF.parse().unwrap(), at_once };
    let counted = build(&registry.service, plan, &ProgressBar::hidden()).await.unwrap();
    Built { registry, counted, _folder: folder }
}

/// Every content ever saved and every place of a tube, patient by patient, in the order saved.
fn contents(session: &mut dyn ReadSession) -> Result<Vec<String>, StoreError> {
    let mut contents = Vec::new();
    for patient in session.patients(&PatientScope::Every, &Page::first(500))?.items {
        let filter = RecordFilter { patient: Some(patient.id), ..RecordFilter::default() };
        for record in session.records(&filter, &PatientScope::Every, &Page::first(500))?.items {
            let of = format!("{} {} {}", patient.pseudonym, record.form, record.site);
            contents.extend(session.revisions(record.id, &Page::first(500))?.items.iter().map(|revision| {
                let (id, status, at) = (revision.id, revision.status.name(), revision.created_at);
                format!("{of} {id} {status} {at} {}", revision.content)
            }));
        }
        let scope = SampleScope { biobanks: Scope::Every, patients: PatientScope::Every };
        for sample in session.samples(Some(patient.id), &scope, &Page::first(500))?.items {
            let of = format!("{} {} {}", patient.pseudonym, sample.barcode, sample.collected());
            contents.extend(
                session
                    .custody(sample.id, &Page::first(500))?
                    .items
                    .iter()
                    .map(|event| format!("{of} {event:?}")),
            );
        }
    }
    Ok(contents)
}

impl Built {
    async fn contents(&self) -> Vec<String> {
        self.registry.store.read("read contents", contents).await.unwrap()
    }
}

#[tokio::test]
async fn thirty_patients_are_refused_nothing_and_pass_the_check() {
    let built = built(30, 1, AT_ONCE).await;
    let Counted { patients, courses, records, samples, aliquots, .. } = built.counted;
    assert_eq!(patients, 30);
    assert!((30..=45).contains(&courses), "{courses}");
    // As many as a living registry has, and no more than are written in a while.
    assert!((10..=35).contains(&(records / courses)), "{records} of {courses} courses");
    assert!(samples > 5 && aliquots > samples, "{samples} {aliquots}");
    let report = built.registry.service.check(CheckOptions::default()).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(tokens(&built.registry).await.unwrap().lines().count(), 6);
    let again = build(&built.registry.service, plan(1), &ProgressBar::hidden()).await;
    assert!(again.is_err_and(|error| error.to_string().contains("wrong_state")));
}

#[tokio::test]
async fn every_form_is_filled_in_and_some_answers_are_missing() {
    let contents = built(16, 3, AT_ONCE).await.contents().await;
    let forms: BTreeSet<_> = contents.iter().filter_map(|content| content.split(' ').nth(1)).collect();
    for form in [
        "acute_toxicity",
        "apheresis",
        "bridging",
        "event",
        "follow_up",
        "infusion",
        "patient_registration",
        "pre_infusion",
        "product",
        "prom",
        "referral",
        "resource_use",
        "response_assessment",
    ] {
        assert!(forms.contains(form), "{form}");
    }
    assert!(contents.iter().any(|content| content.contains(r#""missing":{"#)));
}

#[tokio::test]
async fn a_seed_repeats_itself_whatever_happens_at_once() {
    let (alone, together) = (built(12, 7, 1).await, built(12, 7, 8).await);
    assert_eq!(alone.counted, together.counted);
    let contents = alone.contents().await;
    assert!(contents.len() > 60, "{}", contents.len());
    assert_eq!(contents, together.contents().await);
    assert_ne!(contents, built(12, 8, 8).await.contents().await);
}

#[tokio::test]
async fn a_day_before_the_network_or_after_today_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let registry = empty(folder.path()).await;
    for day in ["2019-12-01", "2999-01-01"] {
        let plan = Plan { as_of: day.parse().unwrap(), ..plan(1) };
        let refused = build(&registry.service, plan, &ProgressBar::hidden()).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("--as-of")), "{day}");
    }
}

fn plan(patients: u32) -> Plan {
    Plan { patients, seed: 1, as_of: AS_OF.parse().unwrap(), at_once: AT_ONCE }
}
