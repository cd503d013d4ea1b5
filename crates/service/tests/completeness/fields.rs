//! Figures of fields against the contents, and the records behind them.

use cartotek_domain::access::Role;
use cartotek_domain::completeness::FieldStanding;
use cartotek_domain::id::RecordId;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Amendment, AmendmentReason};
use cartotek_persistence::{Engine, Page};
use cartotek_service::completeness::{
    FieldFigures, FieldQuestion, FieldRecordQuery, FieldReport, FieldShown,
};
use cartotek_service::record::{Correction, RecordFile};
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::content::follow_up;
use crate::world::{Asking, World, day};

const ECOG: &str = "/ecog";
const GRADE: &str = "/late_toxicity/late_icaht_grade";
const CTCAE: &str = "/infections/*/ctcae_grade";

pub(crate) fn question() -> FieldQuestion {
    FieldQuestion { form: "follow_up".to_owned(), ..FieldQuestion::default() }
}

fn with(mut content: Value, name: &str, value: Value) -> Value {
    content[name] = value;
    content
}

fn infection(date: &str) -> Value {
    json!({
        "date": date, "organism_group": "viral", "site": "blood", "severity": "moderate", "outcome": "resolved",
        "previously_reported": "no"
    })
}

/// Value, reason and absent of a field.
fn standings(report: &FieldReport, field: &str) -> [u64; 3] {
    let figures = of(report, field).figures.and_then(|shown| shown.counts).unwrap();
    [FieldStanding::Value, FieldStanding::Reason, FieldStanding::Absent].map(|one| figures.standing(one))
}

pub(crate) fn of<'r>(report: &'r FieldReport, field: &str) -> &'r FieldFigures {
    report.fields.iter().find(|one| one.field == field).unwrap()
}

impl World {
    pub(crate) async fn fields(&self, site: &str, question: FieldQuestion) -> FieldReport {
        let (service, granted) = (&self.ground.service, self.ground.data_manager(site));
        let done = service.field_completeness(&granted, &self.ground.act(), question).await.unwrap();
        assert!(done.receipt.is_some() && done.value.exact);
        done.value
    }

    /// The records in which a field stands so, with the places in their contents, read two at a time.
    async fn records(
        &self,
        field: &str,
        standing: FieldStanding,
        question: &FieldQuestion,
    ) -> Vec<(RecordId, Vec<String>)> {
        let query = FieldRecordQuery {
            site: None,
            patient: None,
            form: question.form.clone(),
            field: field.to_owned(),
            standing,
            from: question.from,
            to: question.to,
        };
        let (mut found, mut page) = (Vec::new(), Page { after: None, limit: 2 });
        loop {
            let (service, granted) = (&self.ground.service, self.ground.data_manager("KAR"));
            let act = self.ground.act();
            let part =
                service.field_records(&granted, &act, query.clone(), page.clone()).await.unwrap().value;
            assert!(part.items.len() <= 2);
            assert!(part.items.iter().all(|one| one.key["time_point"] == "D100"));
            found.extend(part.items.into_iter().map(|one| (one.record.id, one.pointers)));
            match part.next {
                Some(next) => page.after = Some(next),
                None => return found,
            }
        }
    }
}

/// Three follow-ups of infused courses, and one of a course that was not infused.
async fn followed(world: &World) -> [RecordFile; 3] {
    let mut patients = Vec::new();
    for _ in 0..3 {
        patients.push(world.infused("KAR", "2026-02-12").await);
    }
    let not_infused = world.enrol("KAR").await;
    world.wait_until("2026-06-07");
    let infected = with(follow_up("D100", "2026-06-01"), "infections_occurred", "yes".into());
    let infections = json!([infection("2026-04-10"), with(infection("2026-05-10"), "ctcae_grade", 2.into())]);
    let contents = [
        with(follow_up("D100", "2026-05-20"), "missing", json!({ "ecog": "not_done" })),
        with(with(infected, "infections", infections), "ecog", 1.into()),
        follow_up("D100", "2026-06-05"),
    ];
    world.submit(&not_infused, "follow_up", follow_up("D100", "2026-06-05")).await;
    let [first, second, third] = contents;
    [
        world.submit(&patients[0], "follow_up", first).await,
        world.submit(&patients[1], "follow_up", second).await,
        world.submit(&patients[2], "follow_up", third).await,
    ]
}

#[rstest]
#[tokio::test]
async fn a_field_counts_where_it_applies(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let files = followed(&world).await;
    let report = world.fields("KAR", question()).await;
    assert_eq!(report.records, Some(3), "of infused courses");
    assert_eq!(standings(&report, ECOG), [1, 1, 1]);
    assert_eq!(standings(&report, GRADE), [3, 0, 0]);
    assert_eq!(standings(&report, CTCAE), [1, 0, 1], "in each place of the list");
    assert_eq!(standings(&report, "/b_cell_aplasia/status"), [0, 0, 0], "its object is not there");
    assert!(of(&report, GRADE).required && !of(&report, ECOG).required);
    assert_eq!(of(&report, ECOG).title.en, "ECOG performance status");
    let required = report.required.and_then(|shown| shown.counts).unwrap();
    assert_eq!((required.answered.rest(), required.known.rest()), (0, 0), "or they would not be submitted");
    let fields = report.fields.iter().filter(|one| one.required);
    let sum: u64 = fields.map(|one| one.figures.unwrap().counts.unwrap().known.whole).sum();
    assert!(required.known.whole > 0 && required.known.whole <= sum);

    let [reason, value, absent] = files.map(|file| file.record.id);
    for (field, standing, expected) in [
        (ECOG, FieldStanding::Value, vec![(value, vec![ECOG.to_owned()])]),
        (ECOG, FieldStanding::Reason, vec![(reason, vec![ECOG.to_owned()])]),
        (ECOG, FieldStanding::Absent, vec![(absent, vec![ECOG.to_owned()])]),
        (CTCAE, FieldStanding::Absent, vec![(value, vec!["/infections/0/ctcae_grade".to_owned()])]),
        (GRADE, FieldStanding::Absent, vec![]),
    ] {
        assert_eq!(world.records(field, standing, &question()).await, expected, "{field} {standing:?}");
    }
}

/// For every field and standing of the form: as many places are listed as are counted.
#[rstest]
#[tokio::test]
async fn what_is_listed_is_what_is_counted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    followed(&world).await;
    let june = FieldQuestion { from: Some(day("2026-06-01")), to: Some(day("2026-06-30")), ..question() };
    for (question, records) in [(question(), 3), (june, 2)] {
        let report = world.fields("KAR", question.clone()).await;
        assert_eq!(report.records, Some(records));
        for field in &report.fields {
            for standing in FieldStanding::ALL {
                let listed = world.records(&field.field, *standing, &question).await;
                let places: usize = listed.iter().map(|(_, pointers)| pointers.len()).sum();
                let counted = field.figures.unwrap().counts.unwrap().standing(*standing);
                assert_eq!(u64::try_from(places).unwrap(), counted, "{} {standing:?}", field.field);
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn an_amendment_fills_the_gap(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let [.., file] = followed(&world).await;
    let correction = Correction {
        content: with(follow_up("D100", "2026-06-05"), "ecog", 0.into()),
        amendment: Amendment { reason: AmendmentReason::SourceUpdate, text: "Letter".to_owned() },
        acknowledgements: file.revision.acknowledgements.clone(),
    };
    let (service, granted) = (&world.ground.service, world.ground.data_manager("KAR"));
    service.amend(&granted, &world.ground.act(), file.record.id, 1, correction).await.unwrap();
    assert_eq!(standings(&world.fields("KAR", question()).await, ECOG), [2, 1, 0]);
    assert_eq!(world.records(ECOG, FieldStanding::Absent, &question()).await, []);
}

#[rstest]
#[tokio::test]
async fn others_see_shares_of_ten_and_no_counts(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    followed(&world).await;
    let coordinator: Asking = world.ground.network(Role::Coordinator);
    let ask = async |form: &str| {
        let question = FieldQuestion { form: form.to_owned(), ..FieldQuestion::default() };
        let (service, act) = (&world.ground.service, world.ground.act());
        service.field_completeness(&coordinator, &act, question).await
    };
    for patients in [3, 9] {
        let few = ask("infusion").await.unwrap().value;
        assert_eq!((few.records, few.required), (None, None), "{patients} contents are too few");
        assert!(few.fields.iter().all(|one| one.figures.is_none()), "{:?}", few.fields);
        for _ in patients..9 {
            world.infused("KAR", "2026-02-12").await;
        }
    }
    world.infused("KAR", "2026-02-12").await;
    let infusions = ask("infusion").await.unwrap().value;
    let all = FieldShown { counts: None, answered: Some(1.0), known: Some(1.0) };
    assert_eq!(of(&infusions, "/infusion_date").figures, Some(all));
    assert_eq!((infusions.records, infusions.required), (None, Some(all)));
    for clinical in ["/residual_product_fate", "/infusion_reaction_grade", "/bag_ids"] {
        assert!(infusions.fields.iter().all(|one| one.field != clinical), "{clinical} does not always apply");
    }
    let follow_ups = ask("follow_up").await.unwrap().value;
    assert!(follow_ups.fields.iter().all(|one| one.figures.is_none()), "{:?}", follow_ups.fields);
    assert_eq!(ask("event").await.unwrap_err().problem(), Problem::ContentInvalid);
}

#[rstest]
#[tokio::test]
async fn a_field_that_there_is_not_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine).await;
    let (service, granted) = (&world.ground.service, world.ground.data_manager("KAR"));
    for (form, field) in [("follow_up", "/infections/0/date"), ("follow_up", "ecog"), ("folow_up", ECOG)] {
        let query = FieldRecordQuery {
            site: None,
            patient: None,
            form: form.to_owned(),
            field: field.to_owned(),
            standing: FieldStanding::Absent,
            from: None,
            to: None,
        };
        let refused = service.field_records(&granted, &world.ground.act(), query, Page::first(10)).await;
        assert_eq!(refused.unwrap_err().problem(), Problem::ContentInvalid, "{form} {field}");
    }
}
