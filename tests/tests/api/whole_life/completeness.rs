//! How complete the registry is of this patient, as the data manager of the site sees it.

use serde_json::{Value, json};

use super::life::{Life, items};

const FORMS: &str = "/api/v1/completeness/forms";

/// What [`Life::look`] finds while no course has been infused.
pub(super) const UNCOUNTED: &str = "nothing counts";

impl Life {
    /// All forms in one line: how many are there of those that should be, and how many came in time of all that are there.
    /// What is missing is exactly what is overdue on the worklist, where nothing is overdue before an infusion; and what is
    /// due is what is open or due there, but for what may be left out.
    pub(super) async fn count(&self, expected: &str, waits: &[&str]) {
        let figures = self.figures("total").await;
        assert!(figures.len() <= 1, "{figures:?}");
        let counting = figures.first().filter(|one| !only_waits(one));
        let line = counting.map_or_else(|| UNCOUNTED.to_owned(), shares);
        assert_eq!(line, expected, "on {}", self.today());
        let missing = self.get(&format!("{FORMS}/missing?patient={}", self.pseudonym)).await;
        let missing: Vec<String> = items(&missing).iter().map(|item| self.line(item)).collect();
        let overdue: Vec<&str> = waits.iter().copied().filter(|line| line.contains(" overdue ")).collect();
        assert_eq!(missing, overdue, "on {}", self.today());
        let is_due = |line: &&&str| {
            !line.contains('?') && [" open ", " due "].iter().any(|state| line.contains(state))
        };
        let due = waits.iter().filter(is_due).count();
        for (name, number) in [("missing", overdue.len()), ("overdue", overdue.len()), ("due_now", due)] {
            let counted = figures.first().map_or(json!(0), |one| one[name].clone());
            assert_eq!(counted, json!(number), "{name} on {}", self.today());
        }
    }

    /// The figures of each form of which one is there, or should be: the line of [`Life::count`], and the median of the
    /// days from the last of the window to the submission.
    pub(super) async fn forms(&self, expected: &[(&str, &str, f64)]) {
        let figures = self.figures("form").await;
        let found: Vec<_> = figures
            .iter()
            .filter(|one| !only_waits(one))
            .map(|one| {
                let median = one["median_days_after_window"].as_f64().unwrap();
                (one["form"].as_str().unwrap(), shares(one), median)
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(form, line, median)| (*form, (*line).to_owned(), *median)).collect();
        assert_eq!(found, expected, "on {}", self.today());
    }

    /// Clark's C of all infused courses: their number, the days observed and the days possible.
    pub(super) async fn followed(&self, courses: u64, observed: u64, possible: u64) {
        self.app.service.seal_all().await.unwrap();
        self.app.service.refresh_cohorts().await.unwrap();
        let report = self.get("/api/v1/completeness/follow-up").await;
        let together = &report.json["together"];
        let found = ["courses", "observed_days", "potential_days"].map(|name| together[name].clone());
        assert_eq!(found, [courses, observed, possible].map(Value::from), "on {}", self.today());
    }

    /// How often a field has a value, a reason why there is none, or neither.
    pub(super) async fn field(&self, form: &str, field: &str, expected: [u64; 3]) {
        let report = self.get(&format!("/api/v1/completeness/fields?form={form}")).await;
        let fields = report.json["fields"].as_array().unwrap();
        let figures = &fields.iter().find(|one| one["field"] == field).unwrap()["figures"];
        let found = ["value", "reason", "absent"].map(|name| figures[name].clone());
        assert_eq!(found, expected.map(Value::from), "{field} on {}", self.today());
    }

    async fn figures(&self, by: &str) -> Vec<Value> {
        items(&self.get(&format!("{FORMS}?by={by}")).await).to_vec()
    }
}

/// Whether forms are due or overdue, but none is there or should be.
fn only_waits(figures: &Value) -> bool {
    ["completed", "timely"].iter().all(|name| figures[name]["whole"] == 0)
}

fn shares(figures: &Value) -> String {
    let share = |name: &str| format!("{}/{}", figures[name]["part"], figures[name]["whole"]);
    format!("{} there, {} in time", share("completed"), share("timely"))
}
