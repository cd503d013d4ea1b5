//! The parts of a submission that only compute, on one processor.

use std::hint::black_box;
use std::time::Instant;

use cartotek_domain::identifier::{self, FieldKind};
use cartotek_domain::milestone::MilestoneValue;
use cartotek_forms::{CheckTime, Forms, MilestoneValues, MilestoneView, SchemaSet, canonical, parse_json};
use cartotek_tests::program::installation::repository;
use chrono::NaiveDate;

use crate::content::{TIME_POINTS, contact_date, follow_up};
use crate::table::{ROUNDS, Series, head, row};

/// Repetitions per round.
const TIMES: usize = 3_000;

/// Measures parsing, checking and the identifier guard, alone.
pub(crate) fn measure() {
    let set = SchemaSet::read_folder(&repository().join("schemas")).expect("the schemas are there");
    let forms = Forms::compile(&set).expect("the schemas compile");
    let form = forms.form("follow_up", None).expect("the form is there");
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
    let time = CheckTime { today, first_submitted: None };
    let content = follow_up(0);
    let text = canonical(&content);
    head(&format!("Parts of a submission of {} bytes, one processor", text.len()), "per second");
    alone("parse", || parse_json(text.as_bytes()));
    alone("schema, code lists, form-local rules", || form.check_content(&content, &time));
    for earlier in [0, TIME_POINTS.len() - 1] {
        let (last, view) = (follow_up(TIME_POINTS.len() - 1), seen_after(earlier));
        let name = format!("rules over other records, after {earlier} follow-ups");
        alone(&name, || form.check_milestones(&last, &view, today));
    }
    alone("canonical text", || canonical(&content));
    alone("identifier guard", || identifier::screen(&content, today, &|_| FieldKind::Structured));
}

/// What rules see of a patient with so many follow-ups.
fn seen_after(follow_ups: usize) -> MilestoneView {
    let date = |text: &str| MilestoneValue::Date(text.parse().expect("a date"));
    let code = |code: &str| MilestoneValue::Code(code.to_owned());
    let points = || 0..follow_ups;
    let told = [
        ("contact_date", points().map(|point| date(&contact_date(point))).collect()),
        ("follow_up_time_point", points().map(|point| code(TIME_POINTS[point])).collect()),
        ("infusion_date", vec![date("2010-03-01")]),
        ("indication_group", vec![code("LBCL")]),
    ];
    let told: MilestoneValues = told.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
    MilestoneView { patient: told.clone(), course: told }
}

fn alone<T>(name: &str, work: impl Fn() -> T) {
    let mut job = Series::new(name);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        job.add(TIMES as f64 / started.elapsed().as_secs_f64());
    }
    row(&job, None, &[]);
}
