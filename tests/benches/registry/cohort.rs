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
use uuid::Uuid;

use crate::table::{ROUNDS, Series, milliseconds, row as print_row, usual};

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
        group: String::new(),
        partial: false,
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

/// How many courses there are.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

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

/// The columns of the same courses as plain vectors: days since 2018, as a loop by hand reads them.
#[derive(Default)]
struct Plain {
    age: Vec<f64>,
    product: Vec<u8>,
    infused: Vec<i32>,
    end: Vec<i32>,
    died: Vec<bool>,
}

impl Plain {
    fn of(rows: u64) -> Self {
        let mut plain = Self::default();
        (0..rows).for_each(|number| plain.push(&row(number)));
        plain
    }

    fn push(&mut self, row: &CourseRow) {
        for (name, value) in &row.values {
            match value {
                VariableValue::Number(age) => self.age.push(*age),
                VariableValue::Code(code) => {
                    let product = PRODUCTS.iter().position(|product| product == code).unwrap_or_default();
                    self.product.push(u8::try_from(product).unwrap_or_default());
                }
                VariableValue::Partial(_) => {}
                VariableValue::Date(date) => {
                    let day = i32::try_from((*date - epoch()).num_days()).unwrap_or_default();
                    if name == "infusion_date" {
                        self.infused.push(day);
                    } else {
                        self.end.push(day);
                        self.died.push(name == "death_date");
                    }
                }
            }
        }
    }

    /// Courses with the three criteria.
    fn count(&self) -> usize {
        let since =
            i32::try_from((NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default() - epoch()).num_days());
        let since = since.unwrap_or_default();
        (0..self.age.len())
            .filter(|&course| {
                (18.0..65.0).contains(&self.age[course])
                    && matches!(self.product[course], 0 | 4)
                    && self.infused[course] >= since
            })
            .count()
    }

    /// The last point of the five estimates: deaths and numbers at risk by day, then their product.
    fn survival(&self) -> [f64; 5] {
        let mut deaths = vec![[0_u32; 5]; 4_000];
        let mut censored = vec![[0_u32; 5]; 4_000];
        let mut at_risk = [0_u32; 5];
        for course in 0..self.end.len() {
            let day = usize::try_from(self.end[course] - self.infused[course]).unwrap_or_default();
            let product = usize::from(self.product[course]);
            at_risk[product] += 1;
            if self.died[course] { deaths[day][product] += 1 } else { censored[day][product] += 1 }
        }
        let mut survival = [1.0; 5];
        for (deaths, censored) in deaths.iter().zip(&censored) {
            for product in 0..5 {
                if deaths[product] > 0 {
                    survival[product] *= 1.0 - f64::from(deaths[product]) / f64::from(at_risk[product]);
                }
                at_risk[product] -= deaths[product] + censored[product];
            }
        }
        survival
    }
}

fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2018, 1, 1).unwrap_or_default()
}

/// Measures counts, breakdowns, estimates and the refresh at every size.
pub(crate) fn measure() {
    let asked = r#"{"all": [{"variable": "age_at_infusion", "at_least": 18, "less_than": 65},
        {"variable": "product", "in": ["axi_cel", "tisa_cel"]}, {"variable": "infusion_date", "at_least": "2020-01-01"}]}"#;
    let asked: Expression = serde_json::from_str(asked).expect("a question");
    let all: Expression = serde_json::from_str(r#"{"all": []}"#).expect("a question");
    let by = By { variable: "product".to_owned(), edges: Vec::new() };
    let request = SurvivalRequest { strata: Some("product".to_owned()), ..SurvivalRequest::default() };
    milliseconds("Cohort questions, inside the server");
    for rows in SIZES {
        let view = View::build(&definitions(), (0..rows).map(row), 0).view;
        let plain = Plain::of(rows);
        let select = |expression| {
            Plan::compile(expression, &view, "")
                .map(|plan| plan.evaluate(&Scope::Network))
                .expect("known variables")
        };
        compare(
            format!("count, three criteria, {rows} courses"),
            || count(&select(black_box(&asked))),
            Some(&|| plain.count()),
        );
        compare(
            format!("breakdown by product, {rows} courses"),
            || count_by(&select(black_box(&all)), &by, "").expect("a code"),
            None::<&dyn Fn() -> usize>,
        );
        compare(
            format!("survival, five strata, {rows} courses"),
            || overall_survival(&select(black_box(&all)), &request, "").expect("a code"),
            Some(&|| plain.survival()),
        );
        compare(
            format!("refresh after one change, {rows} courses"),
            || view.apply([Change::Upsert(row(rows / 2))], 1),
            None::<&dyn Fn() -> usize>,
        );
    }
}

fn compare<A, B>(name: String, job: impl Fn() -> A, limit: Option<&(dyn Fn() -> B + '_)>) {
    let mut ours = Series::new(name);
    let mut hand = Series::new("loop by hand over plain vectors");
    for _ in 0..ROUNDS {
        ours.add(usual(&job));
        if let Some(limit) = limit {
            hand.add(usual(limit));
        }
    }
    let limits: &[&Series] = if limit.is_some() { &[&hand] } else { &[] };
    print_row(&ours, None, limits);
}
