//! Rules: what must hold between answers, and between answers and milestones.

use cartotek_domain::finding::{Finding, Severity};
use cartotek_domain::text::Text;
use serde::Deserialize;
use serde_json::Value;

use crate::expression::{Datum, Engine, Expression, Names, Scope, Stop};
use crate::node::{Kind, Node};
use crate::pointer::{at_indexes, find, overlap};

/// A rule as written.
#[derive(Debug, Deserialize)]
pub(crate) struct RuleText {
    pub(crate) id: String,
    pub(crate) severity: Severity,
    pub(crate) at: String,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    pub(crate) each: Option<String>,
    pub(crate) check: String,
    pub(crate) sv: String,
    pub(crate) en: String,
}

/// A rule ready to run.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    severity: Severity,
    at: String,
    pub(crate) needs: Needs,
    pub(crate) each: Option<String>,
    pub(crate) check: Expression,
    pub(crate) text: Text,
    /// Every pattern of the content it looks at.
    paths: Vec<String>,
}

/// What must have a value before an expression is evaluated.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    pub(crate) paths: Vec<String>,
    pub(crate) milestones: Vec<String>,
}

impl Needs {
    /// Splits `needs` as written.
    pub(crate) fn new(needs: Vec<String>) -> Self {
        let (milestones, paths): (Vec<_>, Vec<_>) =
            needs.into_iter().partition(|need| need.starts_with("m."));
        Self {
            paths,
            milestones: milestones.iter().map(|need| need.trim_start_matches("m.").to_owned()).collect(),
        }
    }

    /// Whether everything is there, for the element at `indexes`.
    pub(crate) fn are_met(&self, scope: &Scope<'_>, indexes: &[usize]) -> bool {
        let (root, content) = scope.content;
        let answered = |path: &String| {
            let answer = find(content, path, indexes).zip(root.at(path));
            answer.is_some_and(|(value, node)| node.is_answered_by(value))
        };
        let told = |name: &String| {
            scope.milestones.is_some_and(|(declarations, view)| declarations.is_told(view, name))
        };
        // Most rules about milestones speak of what most patients lack.
        self.milestones.iter().all(told) && self.paths.iter().all(answered)
    }
}

/// The finding of a rule that cannot be evaluated: never a pass.
pub(crate) fn defect(rule: &str, pointer: &str) -> Finding {
    Finding::error(
        "RULE-DEFECT",
        pointer,
        Text::new(
            format!("Regeln {rule} gick inte att pröva; felet ligger i formuläret, meddela registret."),
            format!(
                "The rule {rule} could not be evaluated; the form is at fault, please tell the registry."
            ),
        ),
    )
}

impl Rule {
    /// A rule from its text.
    ///
    /// # Errors
    /// What is wrong with its expression.
    pub(crate) fn compile(rule: RuleText) -> Result<Self, String> {
        let check = Expression::parse(&rule.check)?;
        let paths = content_paths(check.names(), rule.each.as_deref());
        Ok(Self {
            paths,
            check,
            id: rule.id,
            severity: rule.severity,
            at: rule.at,
            needs: Needs::new(rule.needs),
            each: rule.each,
            text: Text::new(rule.sv, rule.en),
        })
    }

    /// Whether it looks at milestones, and so is judged by what the write finds.
    pub(crate) fn is_about_milestones(&self) -> bool {
        !self.check.names().milestones.is_empty() || !self.needs.milestones.is_empty()
    }

    /// The names of the milestones it looks at.
    pub(crate) fn milestones(&self) -> impl Iterator<Item = &String> {
        self.check.names().milestones.iter().chain(&self.needs.milestones)
    }

    /// Whether it reads the milestone of that name of all courses, whatever the scope that is declared.
    pub(crate) fn reads_of_all_courses(&self, name: &str) -> bool {
        self.check.names().of_all_courses.contains(name)
    }

    /// Whether it looks at a milestone which is `told` anew.
    pub(crate) fn looks_at_any(&self, told: impl Fn(&str) -> bool) -> bool {
        self.milestones().any(|name| told(name))
    }

    /// Whether it looks at an answer that the schema has already refused.
    pub(crate) fn is_moot(&self, refused: &[String]) -> bool {
        refused
            .iter()
            .any(|pattern| self.paths.iter().chain(&self.needs.paths).any(|path| overlap(path, pattern)))
    }

    /// Runs it on the content, or on each element of its list.
    pub(crate) fn run(&self, engine: &Engine, scope: &Scope<'_>, findings: &mut Vec<Finding>) {
        let Some(each) = &self.each else {
            findings.extend(self.judge(engine, scope, &[]));
            return;
        };
        let (root, content) = scope.content;
        let elements = find(content, each, &[]).and_then(Value::as_array);
        let Some(Node { kind: Kind::List(items), .. }) = root.at(each) else {
            return;
        };
        for (index, element) in elements.into_iter().flatten().enumerate() {
            let scope = Scope { element: Some((items, element)), ..*scope };
            findings.extend(self.judge(engine, &scope, &[index]));
        }
    }

    fn judge(&self, engine: &Engine, scope: &Scope<'_>, indexes: &[usize]) -> Option<Finding> {
        if !self.needs.are_met(scope, indexes) {
            return None;
        }
        let severity = match self.check.evaluate(engine, scope) {
            Ok(Datum::Truth(true)) | Err(Stop::Absent) => return None,
            Ok(Datum::Truth(false)) => self.severity,
            Err(Stop::Partial) => Severity::Notice,
            Ok(_) | Err(Stop::Defect(_)) => return Some(defect(&self.id, &at_indexes(&self.at, indexes))),
        };
        Some(Finding {
            rule: self.id.clone(),
            severity,
            pointer: at_indexes(&self.at, indexes),
            message: self.text.clone(),
        })
    }

    /// Pointers within the rule that its form does not have, with what is wrong.
    pub(crate) fn dangling(&self, root: &Node) -> Vec<String> {
        let mut wrong = Vec::new();
        let list = self.each.as_deref().map(|each| root.at(each).map(|node| &node.kind));
        if list.is_some_and(|kind| !matches!(kind, Some(Kind::List(_)))) {
            wrong.push("`each` must point to a list".to_owned());
        }
        let named = self.paths.iter().chain(&self.needs.paths).chain([&self.at]);
        for path in named.filter(|path| root.at(path).is_none()) {
            wrong.push(format!("the form has no property at `{path}`"));
        }
        let written = self.needs.paths.iter().chain([&self.at]);
        let inside =
            |path: &str| self.each.as_ref().is_some_and(|each| path.starts_with(&format!("{each}/*")));
        for path in written.filter(|path| path.contains('*') && !inside(path)) {
            wrong.push(format!("`*` in `{path}` needs `each` on that list"));
        }
        wrong
    }
}

/// The patterns an expression looks at, those of the element included.
pub(crate) fn content_paths(names: &Names, each: Option<&str>) -> Vec<String> {
    let mut paths: Vec<String> = names.content.iter().cloned().collect();
    if let Some(each) = each {
        paths.extend(names.element.iter().map(|path| format!("{each}/*{path}")));
    }
    paths
}
