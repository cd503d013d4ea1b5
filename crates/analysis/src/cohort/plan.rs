//! Compiling an expression: names to columns, texts to codes and days, bounds to closed ranges.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, ValueKind, VariableDefinition};

use super::expression::{Condition, Expression, Literal, Test};
use super::nearest::unknown_variable;
use super::range::Ends;
use crate::view::{Catalogue, View};

/// An expression that fits the variables of a view, ready to run over it.
#[derive(Debug)]
pub struct Plan {
    pub(super) view: View,
    pub(super) root: Node,
}

/// A compiled part. Columns are places in the view's catalogue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Present {
        column: usize,
        wanted: bool,
    },
    /// Per code key: whether it satisfies.
    Codes {
        column: usize,
        satisfies: Vec<bool>,
    },
    /// The numbers are sorted.
    Numbers {
        column: usize,
        any_of: Vec<f64>,
    },
    /// Both ends included.
    NumberRange {
        column: usize,
        low: f64,
        high: f64,
    },
    /// The days are sorted.
    Days {
        column: usize,
        any_of: Vec<i32>,
    },
    /// Both ends included.
    DayRange {
        column: usize,
        low: i32,
        high: i32,
    },
}

impl Plan {
    /// Fits an expression to the variables of a view.
    ///
    /// `at` is the JSON pointer of the expression within the request; findings point below it.
    ///
    /// # Errors
    /// All findings at once: `COHORT-UNKNOWN-VARIABLE` (with the three nearest names), `COHORT-TYPE`,
    /// `COHORT-UNKNOWN-CODE`, `COHORT-RANGE` (no value can lie within it). None echoes a value of the request.
    pub fn compile(expression: &Expression, view: &View, at: &str) -> Result<Self, Vec<Finding>> {
        let mut compiler = Compiler { catalogue: view.catalogue(), findings: Vec::new() };
        match compiler.node(expression, at) {
            Some(root) if compiler.findings.is_empty() => Ok(Self { view: view.clone(), root }),
            _ => Err(compiler.findings),
        }
    }
}

pub(super) struct Compiler<'a> {
    pub(super) catalogue: &'a Catalogue,
    findings: Vec<Finding>,
}

impl Compiler<'_> {
    pub(super) fn refuse<T>(&mut self, rule: &str, at: &str, sv: &str, en: &str) -> Option<T> {
        self.findings.push(Finding::error(rule, at, Text::new(sv, en)));
        None
    }

    fn node(&mut self, expression: &Expression, at: &str) -> Option<Node> {
        match expression {
            Expression::All(parts) => self.nodes(parts, &format!("{at}/all")).map(Node::All),
            Expression::Any(parts) => self.nodes(parts, &format!("{at}/any")).map(Node::Any),
            Expression::Not(part) => {
                self.node(part, &format!("{at}/not")).map(|node| Node::Not(Box::new(node)))
            }
            Expression::Test(test) => self.test(test, at),
        }
    }

    fn nodes(&mut self, parts: &[Expression], at: &str) -> Option<Vec<Node>> {
        // Collected twice so that every part is looked at, whatever is wrong with the first.
        let nodes: Vec<_> =
            parts.iter().enumerate().map(|(index, part)| self.node(part, &format!("{at}/{index}"))).collect();
        nodes.into_iter().collect()
    }

    fn test(&mut self, test: &Test, at: &str) -> Option<Node> {
        let catalogue = self.catalogue;
        let Some((column, definition)) = catalogue.find(&test.variable) else {
            self.findings.push(unknown_variable(catalogue, &test.variable, &format!("{at}/variable")));
            return None;
        };
        match &test.condition {
            Condition::Present(wanted) => Some(Node::Present { column, wanted: *wanted }),
            Condition::Equals(literal) => self.set(column, definition, &[(literal, format!("{at}/equals"))]),
            Condition::In(literals) => {
                let place = |(index, literal)| (literal, format!("{at}/in/{index}"));
                self.set(column, definition, &literals.iter().enumerate().map(place).collect::<Vec<_>>())
            }
            Condition::Between(pair) => self.range(column, definition, &Ends::of_pair(pair, at), at),
            Condition::Bounds(bounds) => self.range(column, definition, &Ends::of_bounds(bounds, at), at),
        }
    }

    fn set(
        &mut self,
        column: usize,
        definition: &VariableDefinition,
        literals: &[(&Literal, String)],
    ) -> Option<Node> {
        match definition.kind {
            ValueKind::Number => {
                let mut any_of: Vec<f64> =
                    literals.iter().map(|(literal, at)| self.number(literal, at)).collect::<Option<_>>()?;
                any_of.sort_unstable_by(f64::total_cmp);
                Some(Node::Numbers { column, any_of })
            }
            ValueKind::Date => {
                let mut any_of: Vec<i32> =
                    literals.iter().map(|(literal, at)| self.day(literal, at)).collect::<Option<_>>()?;
                any_of.sort_unstable();
                Some(Node::Days { column, any_of })
            }
            ValueKind::Code => {
                let mut satisfies = vec![false; definition.codes.len()];
                for (literal, at) in literals {
                    satisfies[self.key(column, literal, at)?] = true;
                }
                Some(Node::Codes { column, satisfies })
            }
        }
    }

    fn range(
        &mut self,
        column: usize,
        definition: &VariableDefinition,
        ends: &Ends<'_>,
        at: &str,
    ) -> Option<Node> {
        match definition.kind {
            ValueKind::Number => self.number_range(column, ends, at),
            ValueKind::Date => self.day_range(column, ends, at),
            ValueKind::Code if definition.level == Level::Ordinal => {
                self.code_range(column, definition.codes.len(), ends, at)
            }
            ValueKind::Code => self.refuse(
                "COHORT-TYPE",
                at,
                "Variabelns koder har ingen ordning. Använd `equals`, `in` eller `present`.",
                "The codes of this variable have no order. Use `equals`, `in` or `present`.",
            ),
        }
    }
}
