//! Records of an earlier version are counted by what the latest one asks, as far as a migration leads there.

use cartotek_persistence::Engine;
use cartotek_service::forms::SchemaSet;
use rstest::rstest;
use serde_json::{Value, json};

use crate::network::{Network, act, count};

/// A second version of the infusion with an answer that follows from another.
async fn publish_second(network: &Network) {
    let published = network.service.forms().unwrap();
    let form = published.forms.form("infusion", None).unwrap();
    let mut second: Value = serde_json::from_slice(form.bytes()).unwrap();
    second["$id"] = "https://cartotek.example/schemas/forms/infusion/2".into();
    second["properties"]["dose_doubled"] = json!({
        "type": "number", "title": "Twice the dose", "x-sv": { "title": "Dubbla dosen" }, "x-unit": "10*6.{cells}",
        "x-variable": { "id": "dose_doubled", "level": "ratio" },
    });
    let text = json!({ "sv": "Dosen dubblad", "en": "The dose doubled" });
    let doubled = json!({
        "at": "/dose_doubled", "needs": ["/dose_car_total_e6"], "value": "f.dose_car_total_e6 * 2.0",
    });
    let migration = json!({
        "form": "infusion", "from": 1, "to": 2, "title": text, "note": text, "computed": [doubled],
    });
    let example =
        include_str!("../../../../schemas/forms/infusion/examples/valid/among_every_other_form.json");
    let mut example: Value = serde_json::from_str(example).unwrap();
    example["version"] = 1.into();
    let documents = [
        ("forms/infusion/2.json", second),
        ("forms/infusion/examples/valid/of_the_first_version.json", example),
        ("migrations/infusion/1-2.json", migration),
    ];
    let documents =
        documents.map(|(path, document)| (path.to_owned(), document.to_string().into_bytes())).into();
    network.service.publish_as_system(&act(), SchemaSet { documents }).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_record_that_was_not_migrated_is_counted_as_if(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let network = Network::start(engine).await;
    network.treat("KAR", "LBCL", "2026-02-12").await;
    network.settle().await;
    publish_second(&network).await;
    network.settle().await;
    let counted = async |variable: &str, dose: u32| {
        let question = count(json!({ "variable": variable, "equals": dose }));
        network.counted("KAR", question).await.result.patients
    };
    assert_eq!(counted("dose_doubled", 300).await, Some(1));
    assert_eq!(counted("dose_car_total_e6", 150).await, Some(1));
}
