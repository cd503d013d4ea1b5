//! Derived values: what follows from the answers, with the definition and the inputs that explain it.

use cartotek_domain::milestone::MilestoneValue;
use cartotek_domain::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expression::{Datum, Engine, Expression, Scope, Stop};
use crate::mark::{CodeListMark, MilestoneMark, Swedish, VariableMark};
use crate::pointer::find;
use crate::rule::Needs;

/// A computed value with its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DerivedValue {
    /// Stable id, e.g. `crs_derived_grade`.
    pub id: String,
    /// Version of the definition.
    pub version: u32,
    /// The value: a number, a text, a date or a truth; `null` when the definition says why none follows.
    pub value: Value,
    /// UCUM unit of a number.
    pub unit: Option<String>,
    /// The answers it was computed from, by pointer, and the milestones, by name (all of the course, of the patient where
    /// that is their scope); an absent one is `null`.
    pub inputs: Vec<(String, Value)>,
    /// Short name.
    pub title: Text,
    /// The expression that defines it.
    pub definition: String,
    /// Pointer of the answer beside which it is shown; empty for a value of a course.
    pub at: String,
    /// What the definition says about this value.
    #[serde(flatten)]
    pub reasoning: Reasoning,
}

/// How a grade came about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reasoning {
    /// The version of the published definition that was applied, e.g. `ASTCT2019/1`.
    pub definition_version: Option<String>,
    /// Which observations decided.
    pub because: Vec<Text>,
    /// What makes the value doubtful.
    pub warnings: Vec<Text>,
}

impl Reasoning {
    /// From the lines that an explaining function gives.
    fn read(explained: &Datum) -> Self {
        let mut reasoning = Self::default();
        let Datum::List(lines) = explained else { return reasoning };
        for line in lines {
            let Datum::List(parts) = line else { continue };
            match parts.as_slice() {
                [Datum::Text(kind), Datum::Text(version)] if kind == VERSION => {
                    reasoning.definition_version = Some(version.clone());
                }
                [Datum::Text(kind), Datum::Text(sv), Datum::Text(en)] => {
                    let text = Text::new(sv, en);
                    let lines =
                        if kind == WARNING { &mut reasoning.warnings } else { &mut reasoning.because };
                    lines.push(text);
                }
                _ => {}
            }
        }
        reasoning
    }
}

/// First word of the line that names the version of a definition.
pub(crate) const VERSION: &str = "version";
/// First word of a line that says what decided.
pub(crate) const BECAUSE: &str = "because";
/// First word of a line that says what is doubtful.
pub(crate) const WARNING: &str = "warning";
/// First word of the line that says why no value follows from answers that are there.
pub(crate) const NO_VALUE: &str = "no value";

/// Whether an explaining function says why no value follows.
fn says_why_not(explained: &Datum) -> bool {
    let why_not = Datum::Text(NO_VALUE.to_owned());
    let says = |line: &Datum| matches!(line, Datum::List(parts) if parts.first() == Some(&why_not));
    matches!(explained, Datum::List(lines) if lines.iter().any(says))
}

/// A derived value as written.
#[derive(Debug, Deserialize)]
pub(crate) struct DefinitionText {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(rename = "x-sv")]
    pub(crate) sv: Swedish,
    pub(crate) needs: Vec<String>,
    pub(crate) value: String,
    pub(crate) explain: Option<String>,
    #[serde(default)]
    pub(crate) at: String,
    #[serde(rename = "x-unit")]
    pub(crate) unit: Option<String>,
    #[serde(rename = "x-variable")]
    pub(crate) variable: Option<VariableMark>,
    #[serde(rename = "x-milestone")]
    pub(crate) milestone: Option<MilestoneMark>,
    #[serde(rename = "x-codelist")]
    pub(crate) code_list: Option<CodeListMark>,
}

/// What a derived value is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The answers of one record.
    Answers,
    /// The milestones of a course.
    Milestones,
}

/// A derived value ready to be computed.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) needs: Needs,
    pub(crate) value: Expression,
    pub(crate) explain: Option<Expression>,
    pub(crate) at: String,
    pub(crate) unit: Option<String>,
    pub(crate) variable: Option<VariableMark>,
    pub(crate) milestone: Option<MilestoneMark>,
    /// The code list of its values.
    pub(crate) code_list: Option<String>,
}

impl Definition {
    /// A definition from its text.
    ///
    /// # Errors
    /// What is wrong with its expression.
    pub(crate) fn compile(text: DefinitionText, source: Source) -> Result<Self, String> {
        if source == Source::Answers && text.at.is_empty() {
            return Err("a derived value needs `at`, the answer beside which it is shown".to_owned());
        }
        let value = Expression::parse(&text.value)?;
        let explain = text.explain.as_deref().map(Expression::parse).transpose()?;
        for names in [Some(&value), explain.as_ref()].into_iter().flatten().map(Expression::names) {
            let (foreign, message) = match source {
                Source::Answers => (!names.milestones.is_empty(), "a derived value sees `f` alone"),
                Source::Milestones => {
                    (!names.content.is_empty(), "a value of a course sees `m`, `c` and `p` alone")
                }
            };
            if foreign || !names.element.is_empty() || names.today {
                return Err(message.to_owned());
            }
        }
        Ok(Self {
            value,
            explain,
            id: text.id,
            version: text.version,
            title: Text::new(text.sv.title, text.title),
            description: Text::new(text.sv.description, text.description),
            needs: Needs::new(text.needs),
            at: text.at,
            unit: text.unit,
            variable: text.variable,
            milestone: text.milestone,
            code_list: text.code_list.map(|mark| mark.list),
        })
    }

    /// The value, if there is one or the definition says why there is none.
    ///
    /// # Errors
    /// When the expression cannot be evaluated.
    pub(crate) fn compute(&self, engine: &Engine, scope: &Scope<'_>) -> Result<Option<DerivedValue>, Stop> {
        if !self.needs.are_met(scope, &[]) {
            return Ok(None);
        }
        let value = match self.value.evaluate(engine, scope) {
            Err(Stop::Absent | Stop::Partial) => return Ok(None),
            Ok(datum) => json(&datum),
            Err(defect) => return Err(defect),
        };
        let explained = match self.explain.as_ref().map(|explain| explain.evaluate(engine, scope)) {
            Some(Err(defect @ Stop::Defect(_))) => return Err(defect),
            Some(Ok(explained)) => explained,
            _ => Datum::Null,
        };
        if value.is_none() && !says_why_not(&explained) {
            return Ok(None);
        }
        Ok(Some(DerivedValue {
            id: self.id.clone(),
            version: self.version,
            value: value.unwrap_or_default(),
            unit: self.unit.clone(),
            inputs: self.inputs(scope),
            title: self.title.clone(),
            definition: self.value.source().to_owned(),
            at: self.at.clone(),
            reasoning: Reasoning::read(&explained),
        }))
    }

    fn inputs(&self, scope: &Scope<'_>) -> Vec<(String, Value)> {
        let (_, content) = scope.content;
        let names = self.value.names();
        let paths = names.content.iter().filter(|path| !path.contains('*'));
        let answers = paths.map(|path| (path.clone(), find(content, path, &[]).cloned().unwrap_or_default()));
        let milestone = |name: &String| {
            let (declarations, view) = scope.milestones?;
            Some((name.clone(), declarations.shown(view, name)?))
        };
        answers.chain(names.milestones.iter().filter_map(milestone)).collect()
    }

    /// The milestones that a value of it is: one per text.
    pub(crate) fn contribution(&self, derived: &DerivedValue) -> Vec<(String, MilestoneValue)> {
        let Some(mark) = &self.milestone else { return Vec::new() };
        let texts = match &derived.value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        let codes = texts.into_iter().filter_map(Value::as_str).map(str::to_owned);
        codes.map(|code| (mark.name.clone(), MilestoneValue::Code(code))).collect()
    }
}

/// A value as JSON; a partial date has none, because it is no single value.
pub(crate) fn json(datum: &Datum) -> Option<Value> {
    match datum {
        Datum::Null => None,
        Datum::Truth(truth) => Some(Value::Bool(*truth)),
        Datum::Number(number) => Some(Value::from(*number)),
        Datum::Text(text) => Some(Value::from(text.clone())),
        Datum::Date(span) => span.day().map(|day| Value::from(day.to_string())),
        Datum::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>().map(Value::Array),
    }
}
