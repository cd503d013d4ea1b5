//! The parts of a submission that only compute, on one processor.

use std::hint::black_box;
use std::time::Instant;

use cartotek_domain::identifier::{self, FieldKind};
use cartotek_forms::{CheckTime, Forms, SchemaSet, canonical, parse_json};
use cartotek_tests::program::installation::repository;
use chrono::NaiveDate;

use crate::content::follow_up;
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
    alone("canonical text", || canonical(&content));
    alone("identifier guard", || identifier::screen(&content, today, &|_| FieldKind::Structured));
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
