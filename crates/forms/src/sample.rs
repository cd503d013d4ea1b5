//! Trying an expression out when it is loaded: with values, without each it does not need, with every code it may meet.
//!
//! What fails here never reaches a user.

use std::collections::BTreeMap;

use cartotek_domain::milestone::MilestoneValue;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::expression::{Datum, Engine, Expression, Scope, Stop};
use crate::function::Library;
use crate::milestone::{Declarations, MilestoneView};
use crate::node::{Kind, Node};
use crate::pointer::{find, tokens};
use crate::rule::{Needs, content_paths};

/// How many values of one path are tried beside the absence of another.
const PAIRED: usize = 6;
/// Among more paths than this none is tried beside the absence of another: their number grows with the square.
const MOST_PAIRED_PATHS: usize = 20;

/// What expressions are tried out against.
pub(crate) struct Sampler<'s> {
    pub(crate) root: &'s Node,
    pub(crate) library: &'s Library,
    pub(crate) engine: &'s Engine,
    pub(crate) declarations: &'s Declarations,
    /// Values that each milestone may have.
    pub(crate) milestones: &'s BTreeMap<String, Vec<MilestoneValue>>,
}

/// One thing that varies.
enum Slot {
    Content { path: String, values: Vec<Value>, needed: bool },
    Milestone { name: String, values: Vec<MilestoneValue>, needed: bool },
}

impl Slot {
    fn count(&self) -> usize {
        match self {
            Self::Content { values, .. } => values.len(),
            Self::Milestone { values, .. } => values.len(),
        }
    }

    fn needed(&self) -> bool {
        match self {
            Self::Content { needed, .. } | Self::Milestone { needed, .. } => *needed,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Content { path, .. } => path,
            Self::Milestone { name, .. } => name,
        }
    }
}

/// Which value each slot has; `None`: absent.
type Case = Vec<Option<usize>>;

impl Sampler<'_> {
    /// Tries `expression` out; `each` is the list whose element it sees as `e`. Gives the values it took.
    ///
    /// # Errors
    /// The first case that fails, in words.
    pub(crate) fn try_out(
        &self,
        expression: &Expression,
        each: Option<&str>,
        needs: &Needs,
    ) -> Result<Vec<Datum>, String> {
        let slots = self.slots(expression, each, needs);
        let mut values = Vec::new();
        for case in cases(&slots) {
            match self.evaluate(expression, each, &slots, &case) {
                Ok(value) => values.push(value),
                Err(Stop::Absent | Stop::Partial) => {}
                Err(Stop::Defect(message)) => {
                    return Err(format!("fails {}: {message}", describe(&slots, &case)));
                }
            }
        }
        Ok(values)
    }

    fn slots(&self, expression: &Expression, each: Option<&str>, needs: &Needs) -> Vec<Slot> {
        let mut paths: Vec<String> = Vec::new();
        let named = content_paths(expression.names(), each);
        for path in named.iter().chain(&needs.paths) {
            paths.push(path.clone());
            if let Some(node @ Node { kind: Kind::List(_), .. }) = self.root.at(path) {
                node.each_below(path, &mut |below, _| paths.push(below.to_owned()));
            }
        }
        paths.sort();
        paths.dedup();
        let needed =
            |path: &str| needs.paths.iter().any(|need| need == path || need.starts_with(&format!("{path}/")));
        let content =
            paths.into_iter().filter(|path| !path.is_empty() && !path.ends_with("/*")).filter_map(|path| {
                let values = self.values(self.root.at(&path)?);
                Some(Slot::Content { needed: needed(&path), path, values })
            });
        let milestones = expression.names().milestones.iter().map(|name| Slot::Milestone {
            name: name.clone(),
            values: self.milestones.get(name).cloned().unwrap_or_default(),
            needed: needs.milestones.contains(name),
        });
        content.chain(milestones).collect()
    }

    fn values(&self, node: &Node) -> Vec<Value> {
        sample_values(node, self.library)
    }

    fn evaluate(
        &self,
        expression: &Expression,
        each: Option<&str>,
        slots: &[Slot],
        case: &Case,
    ) -> Result<Datum, Stop> {
        let mut content = json!({});
        let mut view = MilestoneView::default();
        if let Some(each) = each {
            set(&mut content, &format!("{each}/*"), json!({}));
        }
        for (slot, choice) in slots.iter().zip(case) {
            match (slot, choice) {
                (Slot::Content { path, values, .. }, Some(index)) => {
                    set(&mut content, path, values.get(*index).cloned().unwrap_or_default());
                }
                (Slot::Milestone { name, values, .. }, Some(index)) => {
                    let chosen: Vec<_> = values.get(*index).cloned().into_iter().collect();
                    view.patient.insert(name.clone(), chosen.clone());
                    view.course.insert(name.clone(), chosen);
                }
                (_, None) => {}
            }
        }
        let inside = each.map(|each| format!("{each}/*"));
        let element = inside
            .as_deref()
            .and_then(|inside| Some((self.root.at(inside)?, find(&content, inside, &[0; 8])?)));
        let scope = Scope {
            content: (self.root, &content),
            element,
            milestones: Some((self.declarations, &view)),
            today: NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default(),
        };
        expression.evaluate(self.engine, &scope)
    }
}

/// Values that an answer may have.
pub(crate) fn sample_values(node: &Node, library: &Library) -> Vec<Value> {
    if !node.options.is_empty() {
        return node.options.clone();
    }
    if let Some(list) = node.code_list.as_ref().and_then(|mark| library.code_lists.get(&mark.list)) {
        return list.codes.iter().map(|code| Value::from(code.code.clone())).collect();
    }
    match &node.kind {
        Kind::Text | Kind::Uuid => vec![json!("text")],
        Kind::Date => vec![json!("2026-01-15")],
        Kind::PartialDate => vec![json!("2026-01-15"), json!("2026-01"), json!("2026")],
        Kind::DateTime => vec![json!("2026-01-15T08:30:00+01:00")],
        Kind::Number | Kind::Integer => numbers(node.bounds),
        Kind::Boolean => vec![json!(true), json!(false)],
        Kind::Group(_) => vec![json!({})],
        Kind::List(items) => sample_values(items, library).into_iter().map(|item| json!([item])).collect(),
    }
}

fn numbers((least, most): (Option<f64>, Option<f64>)) -> Vec<Value> {
    let mut numbers = vec![least.unwrap_or(1.0), most.unwrap_or(1000.0)];
    numbers.dedup();
    numbers.into_iter().map(Value::from).collect()
}

fn cases(slots: &[Slot]) -> Vec<Case> {
    let base: Case = slots.iter().map(|slot| (slot.count() > 0).then_some(0)).collect();
    let mut cases = vec![base.clone()];
    cases.push(slots.iter().zip(&base).map(|(slot, choice)| choice.filter(|_| slot.needed())).collect());
    // Where every least value gives nothing, e.g. the logarithm of a product, the greatest may: with the rest, and without
    // it, for a number that is more than a limit.
    let greatest = |slot: &Slot| slot.count().checked_sub(1);
    cases.push(slots.iter().map(greatest).collect());
    cases.push(slots.iter().map(|slot| greatest(slot).filter(|_| slot.needed())).collect());
    let with = |base: &Case, at: usize, choice: Option<usize>| {
        let mut case = base.clone();
        case[at] = choice;
        case
    };
    for (at, slot) in slots.iter().enumerate() {
        cases.extend((1..slot.count()).map(|choice| with(&base, at, Some(choice))));
        if slot.needed() {
            continue;
        }
        let without = with(&base, at, None);
        let paired = if slots.len() > MOST_PAIRED_PATHS { &[] } else { slots };
        for (other, slot) in paired.iter().enumerate().filter(|(other, _)| *other != at) {
            cases.extend((0..slot.count().min(PAIRED)).map(|choice| with(&without, other, Some(choice))));
        }
        cases.push(without);
    }
    cases
}

fn describe(slots: &[Slot], case: &Case) -> String {
    let absent: Vec<&str> =
        slots.iter().zip(case).filter(|(_, choice)| choice.is_none()).map(|(slot, _)| slot.name()).collect();
    if absent.is_empty() {
        "with sample values".to_owned()
    } else {
        format!("when {} is absent (list it in `needs` or compare with null first)", absent.join(", "))
    }
}

/// Puts `value` at a pattern, making the objects and one-element lists on the way.
fn set(content: &mut Value, pattern: &str, value: Value) {
    let mut place = content;
    for token in tokens(pattern) {
        if token == "*" {
            if !place.is_array() || place.as_array().is_some_and(Vec::is_empty) {
                *place = json!([{}]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[token];
        }
    }
    *place = value;
}
