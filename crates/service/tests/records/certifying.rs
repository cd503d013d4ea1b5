//! Verifications and signatures: who may stand for a content that several persons have written.

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason, Record};
use cartotek_domain::signature::SignatureMeaning;
use cartotek_persistence::Engine;
use cartotek_service::record::Correction;
use rstest::rstest;
use serde_json::json;

use crate::common::TestGround;
use crate::judging::{death, patient, record};

/// A record that the first data manager has drafted and the second one has submitted.
async fn of_two(ground: &TestGround) -> Record {
    let (service, patient) = (&ground.service, patient(ground).await);
    let new = record(patient, "event", death(), None);
    let draft = service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await.unwrap();
    let draft = draft.value.record;
    let submitter = ground.second_manager();
    let done = service.submit(&submitter, &ground.act(), draft.id, draft.revision, Vec::new()).await;
    done.unwrap().value.record
}

async fn verify(
    ground: &TestGround,
    granted: Granted<permission::VerifyRecord>,
    record: &Record,
) -> Option<Problem> {
    let done = ground.service.verify_record(&granted, &ground.act(), record.id, record.revision).await;
    done.err().map(|error| error.problem())
}

/// Who drafted is no second pair of eyes because somebody else has submitted.
#[rstest]
#[tokio::test]
async fn nobody_verifies_what_they_have_written(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let record = of_two(&ground).await;
    assert_eq!(verify(&ground, ground.data_manager("KAR"), &record).await, Some(Problem::PermissionMissing));
    assert_eq!(verify(&ground, ground.second_manager(), &record).await, Some(Problem::PermissionMissing));
    assert_eq!(ground.database.dump()["verification"].len(), 0);
}

#[rstest]
#[tokio::test]
async fn what_was_verified_is_nobodys_own_any_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let ground = TestGround::start(engine).await;
    let (service, patient) = (&ground.service, patient(&ground).await);
    let new = record(patient, "event", death(), Some(Vec::new()));
    let file = service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await.unwrap().value;
    assert_eq!(verify(&ground, ground.second_manager(), &file.record).await, None);
    let mut content = death();
    content["death"]["date"] = json!("2026-02-11");
    let amendment = Amendment { reason: AmendmentReason::DataEntry, text: "Misread".to_owned() };
    let correction = Correction { content, amendment, acknowledgements: Vec::new() };
    let (second, act) = (ground.second_manager(), ground.act());
    let amended = service.amend(&second, &act, file.record.id, file.record.revision, correction).await;
    let amended = amended.unwrap().value.record;
    assert_eq!(verify(&ground, ground.second_manager(), &amended).await, Some(Problem::PermissionMissing));
    assert_eq!(
        verify(&ground, ground.data_manager("KAR"), &amended).await,
        None,
        "the first content was verified"
    );
}

/// Both have entered it, neither alone; somebody else has not.
#[rstest]
#[tokio::test]
async fn only_who_has_entered_says_so(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let ground = TestGround::start(engine).await;
    let (service, record) = (&ground.service, of_two(&ground).await);
    let sign = async |granted: Granted<permission::SignRecord>, meaning| {
        service.sign_record(&granted, &ground.act(), record.id, record.revision, meaning).await.map(drop)
    };
    sign(ground.data_manager("KAR"), SignatureMeaning::Entered).await.unwrap();
    sign(ground.second_manager(), SignatureMeaning::Entered).await.unwrap();

    let other = patient(&ground).await;
    let new = self::record(other, "event", death(), Some(Vec::new()));
    let file = service.create_record(&ground.data_manager("KAR"), &ground.act(), new).await.unwrap().value;
    let stranger = async |meaning| {
        let second = ground.second_manager();
        service.sign_record(&second, &ground.act(), file.record.id, 1, meaning).await
    };
    let refused = stranger(SignatureMeaning::Entered).await.unwrap_err();
    assert_eq!(refused.problem(), Problem::PermissionMissing);
    stranger(SignatureMeaning::Reviewed).await.unwrap();
}
