//! From JSON to an expression, with a finding for everything that does not belong.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use serde_json::{Map, Value};

use super::expression::{Bounds, Condition, Expression, Literal, Test};

/// Deepest nesting of `all`, `any` and `not`, the outermost expression counting as one.
pub const MAX_DEPTH: usize = 16;
/// Largest number of expressions within one, itself included.
pub const MAX_NODES: usize = 200;
/// Largest number of values in one `in`.
pub const MAX_LITERALS: usize = 1000;

impl Expression {
    /// Reads an expression.
    ///
    /// `at` is the JSON pointer of `value` within the request; findings point below it.
    ///
    /// # Errors
    /// Findings `COHORT-SHAPE` (not the grammar), `COHORT-DEPTH` and `COHORT-SIZE` (beyond the limits above).
    pub fn parse(value: &Value, at: &str) -> Result<Self, Vec<Finding>> {
        let mut parser = Parser { findings: Vec::new(), nodes: 0 };
        match parser.expression(value, at, 1) {
            Some(expression) if parser.findings.is_empty() => Ok(expression),
            _ => Err(parser.findings),
        }
    }
}

struct Parser {
    findings: Vec<Finding>,
    nodes: usize,
}

impl Parser {
    /// Records a finding; the value that it is about stays unread.
    fn refuse<T>(&mut self, rule: &str, at: &str, sv: &str, en: &str) -> Option<T> {
        self.findings.push(Finding::error(rule, at, Text::new(sv, en)));
        None
    }

    fn expression(&mut self, value: &Value, at: &str, depth: usize) -> Option<Expression> {
        self.within_limits(at, depth)?;
        let Some(object) = value.as_object() else {
            return self.not_an_expression(at);
        };
        if object.contains_key("variable") {
            return self.test(object, at);
        }
        let mut members = object.iter();
        match (members.next(), members.next()) {
            (Some((key, parts)), None) if key == "all" => {
                self.parts(parts, &format!("{at}/all"), depth).map(Expression::All)
            }
            (Some((key, parts)), None) if key == "any" => {
                let at = format!("{at}/any");
                let parts = self.parts(parts, &at, depth)?;
                if parts.is_empty() {
                    return self.refuse(
                        "COHORT-SHAPE",
                        &at,
                        "`any` behöver minst en del.",
                        "`any` needs at least one part.",
                    );
                }
                Some(Expression::Any(parts))
            }
            (Some((key, part)), None) if key == "not" => {
                let part = self.expression(part, &format!("{at}/not"), depth + 1)?;
                Some(Expression::Not(Box::new(part)))
            }
            _ => self.not_an_expression(at),
        }
    }

    fn within_limits(&mut self, at: &str, depth: usize) -> Option<()> {
        self.nodes += 1;
        match self.nodes {
            // One finding is enough, however much follows.
            nodes if nodes > MAX_NODES + 1 => None,
            nodes if nodes > MAX_NODES => self.refuse(
                "COHORT-SIZE",
                at,
                "Uttrycket har fler än 200 delar. Dela upp frågan.",
                "The expression has more than 200 parts. Split the question.",
            ),
            _ if depth > MAX_DEPTH => self.refuse(
                "COHORT-DEPTH",
                at,
                "Uttrycket är nästlat djupare än 16 nivåer. Skriv det plattare.",
                "The expression is nested deeper than 16 levels. Write it flatter.",
            ),
            _ => Some(()),
        }
    }

    fn not_an_expression<T>(&mut self, at: &str) -> Option<T> {
        self.refuse(
            "COHORT-SHAPE",
            at,
            "Skriv ett objekt med antingen `all`, `any` eller `not`, eller `variable` med ett villkor.",
            "Write an object with either `all`, `any` or `not`, or `variable` with a condition.",
        )
    }

    fn parts(&mut self, value: &Value, at: &str, depth: usize) -> Option<Vec<Expression>> {
        let Some(items) = value.as_array() else {
            return self.refuse(
                "COHORT-SHAPE",
                at,
                "Skriv en lista av uttryck.",
                "Write a list of expressions.",
            );
        };
        let parts: Vec<Option<Expression>> = items
            .iter()
            .enumerate()
            .take(MAX_NODES + 1)
            .map(|(index, item)| self.expression(item, &format!("{at}/{index}"), depth + 1))
            .collect();
        parts.into_iter().collect()
    }

    fn test(&mut self, object: &Map<String, Value>, at: &str) -> Option<Expression> {
        let Some(Value::String(variable)) = object.get("variable") else {
            let at = format!("{at}/variable");
            return self.refuse("COHORT-SHAPE", &at, "Skriv variabelns id.", "Write the id of the variable.");
        };
        let mut conditions = object.iter().filter(|(key, _)| *key != "variable");
        let condition = match (conditions.next(), object.len()) {
            (Some((key, value)), 2) if key == "equals" => {
                Condition::Equals(self.literal(value, &format!("{at}/equals"))?)
            }
            (Some((key, value)), 2) if key == "in" => {
                Condition::In(self.literals(value, &format!("{at}/in"))?)
            }
            (Some((key, value)), 2) if key == "between" => self.between(value, &format!("{at}/between"))?,
            (Some((key, value)), 2) if key == "present" => self.present(value, &format!("{at}/present"))?,
            _ => Condition::Bounds(self.bounds(object, at)?),
        };
        Some(Expression::Test(Test { variable: variable.clone(), condition }))
    }

    fn bounds(&mut self, object: &Map<String, Value>, at: &str) -> Option<Bounds> {
        let mut bounds = Bounds::default();
        for (key, value) in object.iter().filter(|(key, _)| *key != "variable") {
            let place = match key.as_str() {
                "at_least" => &mut bounds.at_least,
                "more_than" => &mut bounds.more_than,
                "at_most" => &mut bounds.at_most,
                "less_than" => &mut bounds.less_than,
                _ => return self.not_a_condition(at),
            };
            *place = Some(self.literal(value, &format!("{at}/{key}"))?);
        }
        let one_each = (bounds.at_least.is_none() || bounds.more_than.is_none())
            && (bounds.at_most.is_none() || bounds.less_than.is_none());
        if one_each && bounds != Bounds::default() { Some(bounds) } else { self.not_a_condition(at) }
    }

    fn not_a_condition<T>(&mut self, at: &str) -> Option<T> {
        self.refuse(
            "COHORT-SHAPE",
            at,
            "Skriv ett villkor: `equals`, `in`, `between`, `present`, eller en undre gräns (`at_least` eller \
             `more_than`) och/eller en övre (`at_most` eller `less_than`).",
            "Write one condition: `equals`, `in`, `between`, `present`, or a lower bound (`at_least` or \
             `more_than`) and/or an upper one (`at_most` or `less_than`).",
        )
    }

    fn between(&mut self, value: &Value, at: &str) -> Option<Condition> {
        match <[Literal; 2]>::try_from(self.literals(value, at)?) {
            Ok(ends) => Some(Condition::Between(ends)),
            Err(_) => self.refuse("COHORT-SHAPE", at, "Skriv två värden.", "Write two values."),
        }
    }

    fn present(&mut self, value: &Value, at: &str) -> Option<Condition> {
        match value {
            Value::Bool(wanted) => Some(Condition::Present(*wanted)),
            _ => self.refuse("COHORT-SHAPE", at, "Skriv true eller false.", "Write true or false."),
        }
    }

    fn literals(&mut self, value: &Value, at: &str) -> Option<Vec<Literal>> {
        let items = value.as_array().filter(|items| (1..=MAX_LITERALS).contains(&items.len()));
        let Some(items) = items else {
            return self.refuse(
                "COHORT-SHAPE",
                at,
                "Skriv en lista med minst ett och högst 1000 värden.",
                "Write a list of at least one and at most 1000 values.",
            );
        };
        items.iter().enumerate().map(|(index, item)| self.literal(item, &format!("{at}/{index}"))).collect()
    }

    fn literal(&mut self, value: &Value, at: &str) -> Option<Literal> {
        match value {
            Value::String(text) => Some(Literal::Text(text.clone())),
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(Literal::Number),
            _ => None,
        }
        .or_else(|| {
            self.refuse("COHORT-SHAPE", at, "Skriv ett tal eller en text.", "Write a number or a text.")
        })
    }
}
