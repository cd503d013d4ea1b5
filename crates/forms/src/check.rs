//! Checking a content: schema, missing reasons, codes, required answers, rules; and what the content contributes.

use std::collections::BTreeMap;

use cartotek_domain::finding::Finding;
use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::partial_date::{Certainty, PartialDate};
use cartotek_domain::text::Text;
use cartotek_domain::variable::VariableValue;
use chrono::NaiveDate;
use serde_json::Value;

use crate::answer::{Answer, walk};
use crate::canonical::canonical;
use crate::column::{ColumnType, NONE, column_name, column_type};
use crate::date::Span;
use crate::derived::DerivedValue;
use crate::expression::{Scope, Stop, span};
use crate::finding_text::{NOT_ALLOWED, REQUIRED};
use crate::form::Form;
use crate::json::check_shape;
use crate::mark::CodeListMark;
use crate::milestone::{MilestoneView, contribution};
use crate::node::{Kind, Node};
use crate::pointer::{find, pattern_of};
use crate::required::{check_missing, is_unanswered};
use crate::rule::{Rule, defect};
use crate::variable::variable_values;

/// The days that a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckTime {
    /// Today in Sweden.
    pub today: NaiveDate,
    /// The day of the first submission, when there was one: codes without a clinical date are judged on it.
    pub first_submitted: Option<NaiveDate>,
}

/// What a check found in a content, and what the content contributes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// What is wrong or worth knowing, without milestone rules and without unanswered fields.
    pub findings: Vec<Finding>,
    /// Pointers of required answers that are neither given nor explained.
    pub unanswered: Vec<String>,
    /// What follows from the answers.
    pub derived: Vec<DerivedValue>,
    /// Dates and codes that rules of other records look at, by name.
    pub milestones: Vec<(String, MilestoneValue)>,
    /// Research variables, by id.
    pub variables: Vec<(String, VariableValue)>,
    /// The canonical key within subject and form: a JSON list of the values at `x-key`, `[]` for one record per subject.
    pub natural_key: String,
    /// The clinical date of the record.
    pub clinical_date: Option<PartialDate>,
}

impl Form {
    /// Checks everything about a content that needs no other record.
    pub fn check_content(&self, content: &Value, at: &CheckTime) -> Checked {
        let mut checked = Checked { natural_key: self.natural_key(content), ..Checked::default() };
        if let Err(finding) = check_shape(content) {
            checked.findings.push(finding);
            return checked;
        }
        checked.findings = self.schema.check(content, &self.root);
        checked.clinical_date = self.clinical_date(content);
        let scope = self.scope(content, at.today);
        walk(&self.root, content, &mut |answer| {
            self.check_answer(answer, &scope, *at, &mut checked);
        });
        let unwanted: Vec<String> = checked
            .findings
            .iter()
            .filter(|one| one.rule == NOT_ALLOWED)
            .map(|one| format!("{}/", one.pointer))
            .collect();
        // Nobody is asked to complete a part that is to be removed.
        checked.unanswered.retain(|pointer| !unwanted.iter().any(|whole| pointer.starts_with(whole)));
        self.run_rules(&scope, &mut checked);
        self.derive(&scope, &mut checked);
        checked
    }

    /// The finding of a required answer that is neither given nor explained, for doors that refuse it.
    pub fn unanswered_finding(&self, pointer: &str) -> Finding {
        let node = self.root.at(&pattern_of(pointer));
        let title = node.map_or_else(|| Text::new("Fältet", "The field"), |node| node.title.clone());
        let how = if node.is_some_and(|node| column_type(node) == ColumnType::Rows) {
            let column = column_name(pointer);
            Text::new(
                format!(
                    "ange vad som finns, eller en tom lista om inget finns (i CSV {NONE} i kolumnen {column})."
                ),
                format!(
                    "give what there is, or an empty list if nothing is (in CSV {NONE} in the column {column})."
                ),
            )
        } else if self.column_place(&column_name(pointer)).is_none_or(|place| !place.may_be_missing) {
            Text::new("ange ett värde.", "give a value.")
        } else {
            Text::new(
                "ange ett värde eller en orsak under missing (i CSV som #unknown i cellen).",
                "give a value or a reason under missing (in CSV as #unknown in the cell).",
            )
        };
        let (sv, en) =
            (format!("{} saknas; {}", title.sv, how.sv), format!("{} is missing; {}", title.en, how.en));
        let text = Text::new(sv, en);
        Finding::error(REQUIRED, pointer, text)
    }

    /// Runs the rules that look at milestones of patient and course, on a content that has no error of its own: an
    /// answer that the schema refuses may show up here as a defect.
    pub fn check_milestones(
        &self,
        content: &Value,
        patient_and_course: &MilestoneView,
        today: NaiveDate,
    ) -> Vec<Finding> {
        self.run_milestone_rules(content, patient_and_course, today, Rule::is_about_milestones)
    }

    /// Runs only those of these rules that look at a milestone which is `told` anew: the others find what they found.
    pub fn check_told(
        &self,
        content: &Value,
        patient_and_course: &MilestoneView,
        today: NaiveDate,
        told: impl Fn(&str) -> bool,
    ) -> Vec<Finding> {
        self.run_milestone_rules(content, patient_and_course, today, |rule| rule.looks_at_any(&told))
    }

    fn run_milestone_rules(
        &self,
        content: &Value,
        patient_and_course: &MilestoneView,
        today: NaiveDate,
        is_run: impl Fn(&Rule) -> bool,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let milestones = Some((&self.shared.declarations, patient_and_course));
        let scope = Scope { milestones, ..self.scope(content, today) };
        for rule in self.rules.iter().filter(|rule| is_run(rule)) {
            rule.run(&self.shared.engine, &scope, &mut findings);
        }
        findings
    }

    pub(crate) fn scope<'v>(&'v self, content: &'v Value, today: NaiveDate) -> Scope<'v> {
        Scope { content: (&self.root, content), element: None, milestones: None, today }
    }

    /// The canonical key of a content, as [`Checked::natural_key`].
    pub fn natural_key(&self, content: &Value) -> String {
        let values = self.key.iter().map(|pattern| find(content, pattern, &[]).cloned().unwrap_or_default());
        canonical(&Value::Array(values.collect()))
    }

    /// The answers that make up a natural key, by the names of their columns; none unless all are there.
    pub fn key_answers(&self, natural_key: &str) -> BTreeMap<String, Value> {
        let answers: Vec<Value> = serde_json::from_str(natural_key).unwrap_or_default();
        if answers.len() != self.key.len() || answers.iter().any(Value::is_null) {
            return BTreeMap::new();
        }
        let columns = self.key.iter().map(|pattern| pattern.trim_start_matches('/').replace('/', "."));
        columns.zip(answers).collect()
    }

    /// The clinical date of a content.
    pub fn clinical_date(&self, content: &Value) -> Option<PartialDate> {
        self.dated(content).map(|(_, date)| date)
    }

    /// Where in a content its clinical date stands, as a JSON pointer.
    pub fn clinical_date_at(&self, content: &Value) -> Option<&str> {
        self.dated(content).map(|(pointer, _)| pointer)
    }

    fn dated(&self, content: &Value) -> Option<(&str, PartialDate)> {
        self.dates.iter().find_map(|pattern| {
            let text = find(content, pattern, &[])?.as_str()?;
            let date = match self.root.at(pattern)?.kind {
                Kind::DateTime => crate::date::day_of_instant(text).map(PartialDate::day),
                _ => text.parse().ok(),
            };
            Some((pattern.as_str(), date?))
        })
    }

    fn check_answer(&self, answer: &Answer<'_, '_>, scope: &Scope<'_>, at: CheckTime, checked: &mut Checked) {
        check_missing(answer, &mut checked.findings);
        match is_unanswered(answer, &self.shared.engine, scope) {
            Ok(true) => checked.unanswered.push(answer.pointer.to_owned()),
            Ok(false) => {}
            Err(finding) => checked.findings.push(finding),
        }
        let Some(value) = answer.value else { return };
        checked.findings.extend(self.check_code(answer, value, scope.content.1, at));
        checked.milestones.extend(contribution(answer.node, value));
        checked.variables.extend(variable_values(answer, scope.content.1));
    }

    fn check_code(
        &self,
        answer: &Answer<'_, '_>,
        value: &Value,
        content: &Value,
        at: CheckTime,
    ) -> Option<Finding> {
        let mark = answer.node.code_list.as_ref()?;
        let code = value.as_str()?;
        let list = self.shared.library.code_lists.get(&mark.list)?;
        let date = self.code_date(mark, answer.indexes, content, at);
        match list.validity(code, date) {
            Some(Certainty::Always) => None,
            None => {
                let (id, title, choices) = (&list.id, &list.title, list.choices(date));
                let text = Text::new(
                    format!("Koden finns inte i listan {id} ({}). {}", title.sv, choices.sv),
                    format!("The code is not in the list {id} ({}). {}", title.en, choices.en),
                );
                Some(Finding::error("CODE-UNKNOWN", answer.pointer, text))
            }
            Some(certainty) => {
                let choices = list.choices(date);
                let text = Text::new(
                    format!("Koden gäller inte på svarets datum. {}", choices.sv),
                    format!("The code is not valid on the date of the answer. {}", choices.en),
                );
                let sometimes = certainty == Certainty::Sometimes;
                let make = if sometimes { Finding::notice } else { Finding::error };
                Some(make("CODE-NOT-VALID", answer.pointer, text))
            }
        }
    }

    fn code_date(&self, mark: &CodeListMark, indexes: &[usize], content: &Value, at: CheckTime) -> Span {
        let patterns = mark.at.as_ref().map_or(self.dates.as_slice(), std::slice::from_ref);
        let clinical = patterns.iter().find_map(|pattern| {
            let node: &Node = self.root.at(pattern)?;
            span(&node.kind, find(content, pattern, indexes))
        });
        clinical.unwrap_or_else(|| at.first_submitted.unwrap_or(at.today).into())
    }

    fn run_rules(&self, scope: &Scope<'_>, checked: &mut Checked) {
        let about_answers = checked.findings.iter().filter(|finding| {
            finding.is_error() && finding.rule != "SCHEMA-UNKNOWN-FIELD" && finding.rule != "SCHEMA-MISSING"
        });
        let refused: Vec<String> = about_answers
            .map(|finding| pattern_of(&finding.pointer))
            .filter(|pattern| !pattern.is_empty())
            .collect();
        for rule in self.rules.iter().filter(|rule| !rule.is_about_milestones() && !rule.is_moot(&refused)) {
            rule.run(&self.shared.engine, scope, &mut checked.findings);
        }
    }

    fn derive(&self, scope: &Scope<'_>, checked: &mut Checked) {
        for definition in &self.definitions {
            match definition.compute(&self.shared.engine, scope) {
                Ok(None) => {}
                Ok(Some(derived)) => {
                    checked.variables.extend(self.variables_of(definition, &derived, scope.content.1));
                    checked.milestones.extend(definition.contribution(&derived));
                    checked.derived.push(derived);
                }
                // An answer that the schema refused may break a computation; only a sound content shows a defect.
                Err(Stop::Defect(_)) if checked.findings.iter().any(Finding::is_error) => {}
                Err(_) => checked.findings.push(defect(&definition.id, &definition.at)),
            }
        }
    }
}
