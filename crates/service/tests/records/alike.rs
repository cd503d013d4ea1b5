//! A dry run is the real run: whatever is sent, both tell the same, and only one is kept.

use cartotek_crypto::random::{SeededRandom, bytes};
use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::id::CourseId;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason, Record, RecordStatus};
use cartotek_domain::text::Text;
use cartotek_forms::{DerivedValue, Form, Subject};
use cartotek_persistence::Engine;
use cartotek_service::record::{Correction, NewRecord, RecordFile};
use cartotek_service::{Act, Done, Refusal, ServiceError};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::Value;

use crate::common::TestGround;
use crate::common::content::varied;
use crate::judging::patient;

/// Contents that are sent for one seed; each may be sent as often as it has warnings to be explained.
const CONTENTS: usize = 80;
/// The day on which the examples are checked lies so long after the beginning of a test.
const UNTIL_THE_EXAMPLES: TimeDelta = TimeDelta::days(263);

/// What a run tells of a content it keeps, or would keep.
#[derive(Debug, PartialEq)]
struct Kept {
    status: RecordStatus,
    revision: i64,
    findings: Vec<Finding>,
    unanswered: Vec<String>,
    derived: Vec<DerivedValue>,
}

/// What a run tells of a content it refuses.
#[derive(Debug, PartialEq)]
struct Refused {
    problem: Problem,
    detail: Option<Text>,
    findings: Vec<Finding>,
}

/// Contents put together from two examples of a form each, drafts and submissions and amendments of what was submitted,
/// of few patients, so that each is judged by those before it.
#[rstest]
#[tokio::test]
async fn a_dry_run_is_the_real_run(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(1, 2, 3, 4)] seed: u64,
) {
    let ground = TestGround::start(engine).await;
    ground.clock.advance(UNTIL_THE_EXAMPLES);
    let patients = [patient(&ground).await, patient(&ground).await];
    let published = ground.service.forms().unwrap();
    let forms: Vec<&Form> = published.forms.latest().collect();
    let random = SeededRandom::new(seed);
    let (mut kept, mut refused) = (Vec::new(), 0);
    for _ in 0..CONTENTS {
        let choice: [u8; 8] = bytes(&random).unwrap();
        let form = forms[usize::from(choice[0]) % forms.len()];
        let content = varied(form.examples(), &choice[1..5]);
        let new = new_record(form, patients[usize::from(choice[5]) % patients.len()], content);
        let run = if choice[6].is_multiple_of(4) {
            create(&ground, &new).await
        } else {
            submit(&ground, &new).await
        };
        match run {
            Ok(record) => kept.push(record),
            Err(_) => refused += 1,
        }
        let last = kept.last().filter(|record: &&Record| record.status == RecordStatus::Submitted).cloned();
        if let Some(record) = last {
            let form = published.forms.form(&record.form, None).unwrap();
            let content = varied(form.examples(), &choice[4..8]);
            if let Ok(amended) = amend(&ground, &record, &content).await {
                kept.push(amended);
            }
        }
    }
    // Not by accident: some of them were kept, some were not.
    assert!(kept.len() > 5 && refused > 5, "{} kept, {refused} refused", kept.len());
}

fn new_record(form: &Form, (patient, course): (Pseudonym, CourseId), content: Value) -> NewRecord {
    NewRecord {
        patient,
        course: (form.subject() == Subject::Course).then_some(course),
        form: form.code().to_owned(),
        form_version: None,
        content,
        submission: None,
    }
}

/// Creates a record: first dry, then really.
async fn create(ground: &TestGround, new: &NewRecord) -> Result<Record, Vec<Finding>> {
    let run =
        async |act: Act| ground.service.create_record(&ground.data_manager("KAR"), &act, new.clone()).await;
    alike(run(ground.dry()).await, run(ground.act()).await)
}

/// The same, submitted at once, with a reason for each warning when they are all that stands in the way.
async fn submit(ground: &TestGround, new: &NewRecord) -> Result<Record, Vec<Finding>> {
    let bare = NewRecord { submission: Some(Vec::new()), ..new.clone() };
    match create(ground, &bare).await {
        Err(findings) if are_warnings(&findings) => {
            let explained = NewRecord { submission: Some(reasons(&findings)), ..new.clone() };
            create(ground, &explained).await
        }
        ended => ended,
    }
}

/// Amends a record: first dry, then really, with reasons for the warnings.
async fn amend(ground: &TestGround, record: &Record, content: &Value) -> Result<Record, Vec<Finding>> {
    let run = async |act: Act, acknowledgements: Vec<Acknowledgement>| {
        let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Read again.".to_owned() };
        let correction = Correction { content: content.clone(), amendment, acknowledgements };
        let granted = ground.data_manager("KAR");
        ground.service.amend(&granted, &act, record.id, record.revision, correction).await
    };
    let bare = alike(run(ground.dry(), Vec::new()).await, run(ground.act(), Vec::new()).await);
    match bare {
        Err(findings) if are_warnings(&findings) => {
            let (dry, real) = (reasons(&findings), reasons(&findings));
            alike(run(ground.dry(), dry).await, run(ground.act(), real).await)
        }
        ended => ended,
    }
}

/// The record, or the findings for which it was refused; both runs must tell the same.
fn alike(
    dry: Result<Done<RecordFile>, ServiceError>,
    real: Result<Done<RecordFile>, ServiceError>,
) -> Result<Record, Vec<Finding>> {
    let ended = match &real {
        Ok(done) => Ok(done.value.record.clone()),
        Err(ServiceError::Refused(refusal)) => Err(refusal.findings.clone()),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(told(dry), told(real));
    ended
}

fn told(run: Result<Done<RecordFile>, ServiceError>) -> Result<Kept, Refused> {
    match run {
        Ok(done) => {
            let RecordFile { record, findings, unanswered, derived, .. } = done.value;
            Ok(Kept { status: record.status, revision: record.revision, findings, unanswered, derived })
        }
        Err(ServiceError::Refused(refusal)) => {
            let Refusal { problem, detail, findings, .. } = *refusal;
            Err(Refused { problem, detail, findings })
        }
        Err(other) => panic!("{other}"),
    }
}

/// Whether nothing but warnings without a reason was found.
fn are_warnings(findings: &[Finding]) -> bool {
    let asks = |finding: &Finding| finding.rule == "ACKNOWLEDGE";
    findings.iter().any(asks) && findings.iter().all(|one| asks(one) || one.severity < Severity::Error)
}

fn reasons(findings: &[Finding]) -> Vec<Acknowledgement> {
    let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let reason = |finding: &Finding| Acknowledgement {
        rule: finding.rule.clone(),
        pointer: finding.pointer.clone(),
        reason: "As it stands in the chart.".to_owned(),
    };
    warnings.map(reason).collect()
}
