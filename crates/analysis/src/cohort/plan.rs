//! Compiling an expression: names to columns, texts to codes and days, bounds to closed ranges.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, ValueKind, VariableDefinition};

use super::expression::{Bounds, Condition, Expression, Literal, Test};
use super::nearest::unknown_variable;
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
        let mut compiler = Compiler {
            catalogue: view.catalogue(),
            findings: Vec::new(),
        };
        match compiler.node(expression, at) {
            Some(root) if compiler.findings.is_empty() => Ok(Self {
                view: view.clone(),
                root,
            }),
            _ => Err(compiler.findings),
        }
    }
}

pub(super) struct Compiler<'a> {
    pub(super) catalogue: &'a Catalogue,
    findings: Vec<Finding>,
}

/// Both ends of a range, as `(literal, excluded, pointer)`.
struct Ends<'a> {
    low: Option<(&'a Literal, bool, String)>,
    high: Option<(&'a Literal, bool, String)>,
}

impl<'a> Ends<'a> {
    fn of_bounds(bounds: &'a Bounds, at: &str) -> Self {
        let end = |included: &'a Option<Literal>, key: &str, excluded: &'a Option<Literal>, other: &str| {
            let included = included
                .as_ref()
                .map(|literal| (literal, false, format!("{at}/{key}")));
            included.or_else(|| {
                excluded
                    .as_ref()
                    .map(|literal| (literal, true, format!("{at}/{other}")))
            })
        };
        Self {
            low: end(&bounds.at_least, "at_least", &bounds.more_than, "more_than"),
            high: end(&bounds.at_most, "at_most", &bounds.less_than, "less_than"),
        }
    }

    fn of_pair([low, high]: &'a [Literal; 2], at: &str) -> Self {
        Self {
            low: Some((low, false, format!("{at}/between/0"))),
            high: Some((high, false, format!("{at}/between/1"))),
        }
    }
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
            Expression::Not(part) => self
                .node(part, &format!("{at}/not"))
                .map(|node| Node::Not(Box::new(node))),
            Expression::Test(test) => self.test(test, at),
        }
    }

    fn nodes(&mut self, parts: &[Expression], at: &str) -> Option<Vec<Node>> {
        // Collected twice so that every part is looked at, whatever is wrong with the first.
        let nodes: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| self.node(part, &format!("{at}/{index}")))
            .collect();
        nodes.into_iter().collect()
    }

    fn test(&mut self, test: &Test, at: &str) -> Option<Node> {
        let catalogue = self.catalogue;
        let Some((column, definition)) = catalogue.find(&test.variable) else {
            self.findings.push(unknown_variable(
                catalogue,
                &test.variable,
                &format!("{at}/variable"),
            ));
            return None;
        };
        match &test.condition {
            Condition::Present(wanted) => Some(Node::Present {
                column,
                wanted: *wanted,
            }),
            Condition::Equals(literal) => self.set(column, definition, &[(literal, format!("{at}/equals"))]),
            Condition::In(literals) => {
                let place = |(index, literal)| (literal, format!("{at}/in/{index}"));
                self.set(
                    column,
                    definition,
                    &literals.iter().enumerate().map(place).collect::<Vec<_>>(),
                )
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
                let mut any_of: Vec<f64> = literals
                    .iter()
                    .map(|(literal, at)| self.number(literal, at))
                    .collect::<Option<_>>()?;
                any_of.sort_unstable_by(f64::total_cmp);
                Some(Node::Numbers { column, any_of })
            }
            ValueKind::Date => {
                let mut any_of: Vec<i32> = literals
                    .iter()
                    .map(|(literal, at)| self.day(literal, at))
                    .collect::<Option<_>>()?;
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
        let node = match definition.kind {
            ValueKind::Number => {
                let low = ends
                    .low
                    .as_ref()
                    .map_or(Some(f64::MIN), |(literal, excluded, at)| {
                        self.number(literal, at)
                            .map(|low| if *excluded { low.next_up() } else { low })
                    });
                let high = ends
                    .high
                    .as_ref()
                    .map_or(Some(f64::MAX), |(literal, excluded, at)| {
                        self.number(literal, at)
                            .map(|high| if *excluded { high.next_down() } else { high })
                    });
                let (low, high) = (low?, high?);
                (low <= high).then_some(Node::NumberRange { column, low, high })
            }
            ValueKind::Date => {
                let low = ends
                    .low
                    .as_ref()
                    .map_or(Some(i32::MIN), |(literal, excluded, at)| {
                        self.day(literal, at).map(|low| low + i32::from(*excluded))
                    });
                let high = ends
                    .high
                    .as_ref()
                    .map_or(Some(i32::MAX), |(literal, excluded, at)| {
                        self.day(literal, at).map(|high| high - i32::from(*excluded))
                    });
                let (low, high) = (low?, high?);
                (low <= high).then_some(Node::DayRange { column, low, high })
            }
            ValueKind::Code if definition.level != Level::Ordinal => {
                return self.refuse(
                    "COHORT-TYPE",
                    at,
                    "Variabelns koder har ingen ordning. Använd `equals`, `in` eller `present`.",
                    "The codes of this variable have no order. Use `equals`, `in` or `present`.",
                );
            }
            ValueKind::Code => {
                let low = ends.low.as_ref().map_or(Some(0), |(literal, excluded, at)| {
                    self.key(column, literal, at)
                        .map(|low| low + usize::from(*excluded))
                });
                let end =
                    ends.high
                        .as_ref()
                        .map_or(Some(definition.codes.len()), |(literal, excluded, at)| {
                            self.key(column, literal, at)
                                .map(|high| high + usize::from(!*excluded))
                        });
                let within = low?..end?;
                let satisfies = (0..definition.codes.len())
                    .map(|key| within.contains(&key))
                    .collect();
                (!within.is_empty()).then_some(Node::Codes { column, satisfies })
            }
        };
        node.or_else(|| {
            self.refuse(
                "COHORT-RANGE",
                at,
                "Inget värde kan ligga inom gränserna. Byt plats på dem eller vidga dem.",
                "No value can lie within these bounds. Swap or widen them.",
            )
        })
    }
}
