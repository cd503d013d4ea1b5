//! A direct identifier in a file stands nowhere afterwards: not in an answer, not in the returned file, not in the database.

use cartotek_domain::problem::Problem;
use cartotek_persistence::Engine;
use cartotek_service::import::{Atomicity, Format, NewImport};
use rstest::rstest;

use crate::world::{World, csv, errors, table};

/// A published test number of Skatteverket, as people write it.
const NUMBERS: [&str; 3] = ["19121212-1212", "191212121212", "121212-1212"];

fn assert_nowhere(world: &World, shown: &str) {
    let dump = format!("{:?}", world.ground.database.dump());
    for number in NUMBERS {
        assert!(!shown.contains(number), "{number} in {shown}");
        assert!(!dump.contains(number), "{number} is in the database");
        let hexadecimal = number.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert!(!dump.to_lowercase().contains(&hexadecimal), "{number} is in a blob");
    }
}

#[rstest]
#[tokio::test]
async fn in_a_cell(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let good = world.row(0, "D100", "2024-05-01");
    let pseudonym = world.patients[0].to_string();
    let mut rows = vec![good.clone()];
    for number in NUMBERS {
        rows.push(good.replacen(&pseudonym, number, 1));
        rows.push(good.replacen(",1,", &format!(",{number},"), 1));
        rows.push(good.replacen("D100", number, 1));
        rows.push(good.replacen("2024-05-01", &format!("\"{number}\""), 1));
        rows.push(good.replacen(",0,no,", &format!(",{number},no,"), 1));
        rows.push(good.replacen("Infusion form follows", &format!("see {number}"), 1));
        rows.push(format!("{number},{good}"));
    }
    let import = world.import(&table(&rows), Atomicity::Row).await;
    assert_eq!((import.counts.accepted, import.counts.refused), (1, 21));
    let guarded = errors(&import.findings).into_iter().filter(|(.., rule)| *rule == "R-ID-01").count();
    assert_eq!(guarded, 21, "{:?}", errors(&import.findings));
    let returned = world.file(&import).await;
    assert!(returned.contains(&good), "the right row is whole");
    assert!(returned.contains(",visit,alive,CR,no,no,no,,no,Infusion form follows,refused,"), "{returned}");
    assert_nowhere(&world, &format!("{import:?} {returned}"));
}

#[rstest]
#[tokio::test]
async fn in_a_line_of_json(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let patient = world.patients[0];
    let mut lines = Vec::new();
    for number in NUMBERS {
        lines.push(format!("{{\"patient\": \"{number}\", \"content\": {{}}}}"));
        lines
            .push(format!("{{\"patient\": \"{patient}\", \"course\": 1, \"content\": {{\"{number}\": 1}}}}"));
        lines.push(format!("{{\"patient\": \"{patient}\", \"{number}\": 1, \"content\": {{}}}}"));
        lines.push(format!("broken {number}"));
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        for content in [format!("\"{number}\""), digits, format!("[[\"see {number}\"]]")] {
            lines.push(format!("{{\"patient\": \"{patient}\", \"course\": 1, \"content\": {content}}}"));
        }
        lines.push(format!(
            "{{\"patient\": \"{patient}\", \"course\": 1, \"content\": {{}}, \
             \"acknowledgements\": [{{\"rule\": \"R\", \"pointer\": \"\", \"reason\": \"{number}\"}}]}}"
        ));
    }
    let new = NewImport { format: Format::Ndjson, ..csv(&lines.join("\n"), Atomicity::Row) };
    let import = world.try_import(&world.keyed("k", ""), new).await.unwrap().value;
    assert_eq!(import.counts.refused, 24);
    let returned = world.file(&import).await;
    assert_nowhere(&world, &format!("{import:?} {returned}"));
}

/// What an earlier returned file says of a line is not looked at, so it must not be kept, however its key is written.
#[rstest]
#[tokio::test]
async fn in_what_an_earlier_report_says(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    let patient = world.patients[0];
    let own =
        format!("{{\"patient\":  \"{patient}\", \"course\": 1, \"content\": {{\"vital_status\": \"alive\"}}");
    let mut lines = vec![format!("{own}}}")];
    for number in NUMBERS {
        for key in ["_status", "_errors", "_sta\\u0074us", "\\u005ferrors"] {
            lines.push(format!("{own}, \"{key}\": \"{number}\"}}"));
        }
    }
    let new = NewImport { format: Format::Ndjson, ..csv(&lines.join("\n"), Atomicity::Row) };
    let import = world.try_import(&world.keyed("k", ""), new).await.unwrap().value;
    assert_eq!(import.counts.refused, 13);
    let returned = world.file(&import).await;
    assert_eq!(returned.lines().count(), 13);
    assert!(returned.starts_with(&format!("{own},\"_errors\":[")), "byte for byte: {returned}");
    assert_nowhere(&world, &format!("{import:?} {returned}"));
}

#[rstest]
#[tokio::test]
async fn in_a_heading(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::start(engine, 1).await;
    for number in NUMBERS {
        let file = table(&[world.row(0, "D100", "2024-05-01")]).replacen("ecog", number, 1);
        let file = file.replacen("contact_mode", number, 1);
        let refusal = world.refusal(csv(&file, Atomicity::All)).await;
        assert_eq!(refusal.problem, Problem::PersonIdDetected);
        let rules: Vec<_> = refusal.findings.iter().map(|finding| &*finding.rule).collect();
        assert_eq!(rules, ["R-ID-01"], "{:?}", refusal.findings);
        assert!(
            refusal.findings[0].message.en.starts_with("Column E of the header: "),
            "{:?}",
            refusal.findings
        );
        assert_nowhere(&world, &format!("{refusal:?}"));
    }
}
