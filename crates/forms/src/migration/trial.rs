//! Trying a migration out on the examples of the version from which it leads.

use std::collections::BTreeSet;

use cartotek_domain::finding::{Finding, any_error};

use super::FormMigration;
use super::text::RefusedExample;
use crate::check::CheckTime;
use crate::document::Mistakes;
use crate::example::Example;
use crate::form::Form;

/// Notes the examples that cannot be migrated and are not named, and those that are named and can.
pub(crate) fn try_examples(
    migration: &FormMigration,
    (earlier, later): (&Form, &Form),
    refused: &[RefusedExample],
    mistakes: &mut Mistakes<'_>,
) {
    let examples: Vec<&Example> = earlier.examples.iter().filter(|example| example.valid).collect();
    if examples.is_empty() {
        mistakes.add(
            "",
            format!(
                "version {} has no valid example to try it out: let one say \"version\": {}",
                migration.from, migration.from
            ),
        );
    }
    for (place, named) in refused.iter().enumerate() {
        if !examples.iter().any(|example| example.name == named.example) {
            mistakes
                .add(format!("/refused/{place}/example"), "the earlier version has no such valid example");
        }
    }
    for example in examples {
        let errors = errors(migration, (earlier, later), example);
        let found: BTreeSet<&str> = errors.iter().map(|error| error.rule.as_str()).collect();
        let named = refused.iter().find(|one| one.example == example.name);
        let named: BTreeSet<&str> = named.iter().flat_map(|one| &one.rules).map(String::as_str).collect();
        if found != named {
            let told: Vec<String> =
                errors.iter().map(|error| format!("{} at `{}`", error.rule, error.pointer)).collect();
            let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
            mistakes.add(
                "/refused",
                format!("of the example `{}` version {} refuses {told}", example.name, migration.to),
            );
        }
    }
}

/// What the later version refuses of a migrated example.
fn errors(migration: &FormMigration, (earlier, later): (&Form, &Form), example: &Example) -> Vec<Finding> {
    let migrated = migration.migrate(earlier, later, &example.content);
    let at = CheckTime { today: example.today, first_submitted: example.first_submitted };
    let checked = later.check_content(&migrated.content, &at);
    let mut findings = migrated.findings;
    findings.extend(checked.findings);
    findings.extend(checked.unanswered.iter().map(|pointer| later.unanswered_finding(pointer)));
    if !any_error(&findings) {
        findings.extend(later.check_milestones(&migrated.content, &example.milestones, example.today));
    }
    findings.retain(Finding::is_error);
    findings
}
