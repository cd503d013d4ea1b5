//! Latency of counts and survival estimates inside the server, over synthetic courses.

use std::hint::black_box;

use cartotek_analysis::cohort::{Expression, Plan};
use cartotek_analysis::count::{By, count, count_by};
use cartotek_analysis::survival::{SurvivalRequest, overall_survival};
use cartotek_analysis::view::{Change, CourseRow, Scope, View};
use cartotek_domain::id::{CourseId, PatientId};
use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, Pick, ValueKind, VariableDefinition, VariableValue};
use chrono::{Days, NaiveDate};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use uuid::Uuid;

const PRODUCTS: [&str; 5] = ["axi_cel", "brexu_cel", "cilta_cel", "ide_cel", "tisa_cel"];

fn definition(id: &str, kind: ValueKind, codes: &[&str]) -> VariableDefinition {
    VariableDefinition {
        id: id.to_owned(),
        title: Text::new(id, id),
        description: Text::new(id, id),
        kind,
        level: Level::Nominal,
        unit: None,
        codes: codes.iter().map(|code| ((*code).to_owned(), Text::new(*code, *code))).collect(),
        form: "infusion".to_owned(),
        source: format!("/{id}"),
        derived: false,
        version: 1,
        pick: Pick::First,
    }
}

fn definitions() -> Vec<VariableDefinition> {
    vec![
        definition("age_at_infusion", ValueKind::Number, &[]),
        definition("product", ValueKind::Code, &PRODUCTS),
        definition("infusion_date", ValueKind::Date, &[]),
        definition("death_date", ValueKind::Date, &[]),
        definition("last_contact_date", ValueKind::Date, &[]),
    ]
}

/// A course per number; one patient in twenty has two. The values are spread by a multiplicative hash.
fn row(number: u64) -> CourseRow {
    let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let part = |shift: u32, below: u64| (hash >> shift) % below;
    let start = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap_or_default() + Days::new(part(8, 2500));
    let end = start + Days::new(part(20, 3000));
    let last = if part(33, 100) < 45 { "death_date" } else { "last_contact_date" };
    let product = PRODUCTS[usize::try_from(part(40, 5)).unwrap_or_default()].to_owned();
    CourseRow {
        patient: PatientId::from_uuid(Uuid::from_u128(u128::from(number - u64::from(number % 20 == 1)))),
        course: CourseId::from_uuid(Uuid::from_u128(u128::from(number))),
        sites: vec![if part(50, 3) == 0 { "KAR" } else { "SUS" }.to_owned()],
        values: vec![
            (
                "age_at_infusion".to_owned(),
                VariableValue::Number(f64::from(u8::try_from(part(45, 90)).unwrap_or_default())),
            ),
            ("product".to_owned(), VariableValue::Code(product)),
            ("infusion_date".to_owned(), VariableValue::Date(start)),
            (last.to_owned(), VariableValue::Date(end)),
        ],
    }
}

fn questions(criterion: &mut Criterion) {
    let asked = r#"{"all": [{"variable": "age_at_infusion", "at_least": 18, "less_than": 65},
        {"variable": "product", "in": ["axi_cel", "tisa_cel"]}, {"variable": "infusion_date", "at_least": "2020-01-01"}]}"#;
    let (Ok(asked), Ok(all)) =
        (serde_json::from_str::<Expression>(asked), serde_json::from_str::<Expression>(r#"{"all": []}"#))
    else {
        return;
    };
    let by = By { variable: "product".to_owned(), edges: Vec::new() };
    let request = SurvivalRequest { strata: Some("product".to_owned()), ..SurvivalRequest::default() };
    let mut group = criterion.benchmark_group("cohort");
    group.sample_size(20);
    for rows in [10_000_u64, 100_000, 1_000_000] {
        let view = View::build(&definitions(), (0..rows).map(row), 0).view;
        let select =
            |expression| Plan::compile(expression, &view, "").map(|plan| plan.evaluate(&Scope::Network));
        group.bench_function(BenchmarkId::new("count, three criteria", rows), |bencher| {
            bencher.iter(|| select(black_box(&asked)).map(|selection| count(&selection)));
        });
        group.bench_function(BenchmarkId::new("breakdown by product", rows), |bencher| {
            bencher.iter(|| select(black_box(&all)).and_then(|selection| count_by(&selection, &by, "")));
        });
        group.bench_function(BenchmarkId::new("survival, five strata", rows), |bencher| {
            bencher.iter(|| {
                select(black_box(&all)).and_then(|selection| overall_survival(&selection, &request, ""))
            });
        });
        group.bench_function(BenchmarkId::new("refresh, one course", rows), |bencher| {
            bencher.iter(|| view.apply([Change::Upsert(row(rows / 2))], 1));
        });
    }
    group.finish();
}

criterion_group!(benches, questions);
criterion_main!(benches);
