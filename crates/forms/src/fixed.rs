//! Answers for which other documents look at one place: what an erasure must keep, and what tells the schedule which of its
//! forms a record is. A later version leaves them there, or they would be lost, or overdue, unseen. What leaves for other
//! registries may move together with its table.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::retention::{Kept, RetentionTable};
use cartotek_domain::schedule::{Expected, Schedule};
use cartotek_domain::variable::VariableDefinition;

use crate::document::{LoadError, Mistakes};
use crate::exchange::Exchanges;
use crate::form::Form;
use crate::migration::{FormMigration, Migrations};
use crate::pointer::escape;

/// Form, pointer and why it stays there.
type Fixed = (String, String, &'static str);

/// Notes the versions that ask such an answer no longer, and the migrations that change it.
pub(crate) fn check_fixed(
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    migrations: &Migrations,
    (retention, schedule): (Option<&RetentionTable>, Option<&Schedule>),
    errors: &mut Vec<LoadError>,
) {
    let kept = retention.into_iter().flat_map(kept);
    let fixed: BTreeSet<Fixed> = kept.chain(schedule.into_iter().flat_map(expected)).collect();
    for (code, pointer, why) in &fixed {
        let Some(versions) = forms.get(code) else { continue };
        let asks = |form: &&Form| form.root.at(pointer).is_some();
        for form in versions.values().skip_while(|form| !asks(form)).filter(|form| !asks(form)) {
            let path = format!("forms/{code}/{}.json", form.version);
            let message = format!("no longer asks `{pointer}`, where {why}: leave the answer where it was");
            Mistakes::new(&path, errors).add("/properties", message);
        }
        let steps = migrations.get(code).into_iter().flat_map(BTreeMap::values);
        let asked = |step: &&FormMigration| versions.get(&step.from()).as_ref().is_some_and(asks);
        for step in steps.filter(asked).filter(|step| !step.keeps(pointer)) {
            let path = format!("migrations/{code}/{}-{}.json", step.from(), step.to());
            let message = format!("`{pointer}` must stay as it is: there {why}");
            Mistakes::new(&path, errors).add("", message);
        }
    }
}

/// Notes the migrations that move an answer for which the latest table of what leaves for another registry still looks where
/// it was: the records of the later version would have none there.
pub(crate) fn check_exchanged(
    forms: &BTreeMap<String, BTreeMap<u32, Form>>,
    migrations: &Migrations,
    exchanges: &Exchanges,
    errors: &mut Vec<LoadError>,
) {
    for table in exchanges.values().filter_map(|versions| versions.values().next_back()) {
        for step in migrations.get(table.form()).into_iter().flat_map(BTreeMap::values) {
            let Some(earlier) = forms.get(step.form()).and_then(|versions| versions.get(&step.from())) else {
                continue;
            };
            for column in table.columns.iter().filter(|column| column.is_asked(earlier)) {
                let Some(there) = step.moves(&column.from) else { continue };
                let path = format!("migrations/{}/{}-{}.json", step.form(), step.from(), step.to());
                let message = format!(
                    "`{}` moves, but the exchange table `{}` looks for it there: publish a version of that with `{there}`",
                    column.from, table.id,
                );
                Mistakes::new(&path, errors).add("/moved", message);
            }
        }
    }
}

/// Notes the variables that a version has in another unit, or of another kind, than an earlier one: cohorts read records of
/// every version into one column.
pub(crate) fn check_variables(forms: &BTreeMap<String, BTreeMap<u32, Form>>, errors: &mut Vec<LoadError>) {
    for versions in forms.values() {
        let mut known: BTreeMap<&str, &VariableDefinition> = BTreeMap::new();
        for form in versions.values() {
            for variable in form.variables() {
                let before = known.insert(&variable.id, variable);
                let same = |one: &VariableDefinition| one.kind == variable.kind && one.unit == variable.unit;
                if before.is_some_and(|before| !same(before)) {
                    let path = format!("forms/{}/{}.json", form.code, form.version);
                    let message = format!(
                        "variable `{}` has another unit or kind than in an earlier version: give it another id",
                        variable.id
                    );
                    Mistakes::new(&path, errors).add("/properties", message);
                }
            }
        }
    }
}

fn kept(table: &RetentionTable) -> impl Iterator<Item = Fixed> {
    let answers = table.classes.iter().filter_map(|class| match &class.kept {
        Kept::YearsAfter { answers, .. } => Some(answers),
        _ => None,
    });
    answers.flatten().flat_map(|(form, pointers)| {
        let why = "an erasure looks for what must be kept";
        pointers.iter().map(move |pointer| (form.clone(), pointer.clone(), why))
    })
}

fn expected(schedule: &Schedule) -> impl Iterator<Item = Fixed> {
    let points = schedule.time_points.iter().flat_map(|point| &point.expects);
    let baseline = schedule.baseline.iter().flat_map(|point| &point.expects);
    points.chain(baseline).flat_map(|one| {
        let (form, key) = match &one.what {
            Expected::Form { form, key } => (form.as_str(), Some(key)),
            Expected::Sample { .. } => ("", None),
        };
        let why = "the schedule looks for what a record answers";
        let names = key.into_iter().flat_map(BTreeMap::keys);
        names.map(move |name| (form.to_owned(), format!("/{}", escape(name)), why))
    })
}
