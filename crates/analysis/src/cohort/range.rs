//! Bounds as closed ranges; one in which no value can lie is refused.

use super::expression::{Bounds, Literal};
use super::plan::{Compiler, Node};

/// One end of a range.
pub(super) struct End<'a> {
    literal: &'a Literal,
    excluded: bool,
    /// Its JSON pointer.
    at: String,
}

/// Both ends of a range; an absent one is open.
pub(super) struct Ends<'a> {
    low: Option<End<'a>>,
    high: Option<End<'a>>,
}

impl<'a> Ends<'a> {
    pub(super) fn of_bounds(bounds: &'a Bounds, at: &str) -> Self {
        let end = |literal: &'a Option<Literal>, excluded: bool, key: &str| {
            literal.as_ref().map(|literal| End { literal, excluded, at: format!("{at}/{key}") })
        };
        Self {
            low: end(&bounds.at_least, false, "at_least").or(end(&bounds.more_than, true, "more_than")),
            high: end(&bounds.at_most, false, "at_most").or(end(&bounds.less_than, true, "less_than")),
        }
    }

    pub(super) fn of_pair([low, high]: &'a [Literal; 2], at: &str) -> Self {
        let end =
            |literal, place| Some(End { literal, excluded: false, at: format!("{at}/between/{place}") });
        Self { low: end(low, 0), high: end(high, 1) }
    }
}

impl Compiler<'_> {
    pub(super) fn number_range(&mut self, column: usize, ends: &Ends<'_>, at: &str) -> Option<Node> {
        let mut end = |end: &Option<End<'_>>, open: f64, beyond: fn(f64) -> f64| {
            let Some(End { literal, excluded, at }) = end else { return Some(open) };
            self.number(literal, at).map(|number| if *excluded { beyond(number) } else { number })
        };
        let (low, high) = (end(&ends.low, f64::MIN, f64::next_up), end(&ends.high, f64::MAX, f64::next_down));
        let (low, high) = (low?, high?);
        if low <= high { Some(Node::NumberRange { column, low, high }) } else { self.empty_range(at) }
    }

    pub(super) fn day_range(&mut self, column: usize, ends: &Ends<'_>, at: &str) -> Option<Node> {
        let mut end = |end: &Option<End<'_>>, open: i32, beyond: i32| {
            let Some(End { literal, excluded, at }) = end else { return Some(open) };
            self.day(literal, at).map(|day| if *excluded { day + beyond } else { day })
        };
        let (low, high) = (end(&ends.low, i32::MIN, 1), end(&ends.high, i32::MAX, -1));
        let (low, high) = (low?, high?);
        if low <= high { Some(Node::DayRange { column, low, high }) } else { self.empty_range(at) }
    }

    /// Codes in the order of their list, of which there are `codes`.
    pub(super) fn code_range(
        &mut self,
        column: usize,
        codes: usize,
        ends: &Ends<'_>,
        at: &str,
    ) -> Option<Node> {
        let mut end = |end: &Option<End<'_>>, open: usize, past: bool| {
            let Some(End { literal, excluded, at }) = end else { return Some(open) };
            self.key(column, literal, at).map(|key| key + usize::from(*excluded != past))
        };
        let (low, end) = (end(&ends.low, 0, false), end(&ends.high, codes, true));
        let within = low?..end?;
        if within.is_empty() {
            return self.empty_range(at);
        }
        let satisfies = (0..codes).map(|key| within.contains(&key)).collect();
        Some(Node::Codes { column, satisfies })
    }

    fn empty_range<T>(&mut self, at: &str) -> Option<T> {
        self.refuse(
            "COHORT-RANGE",
            at,
            "Inget värde kan ligga inom gränserna. Byt plats på dem eller vidga dem.",
            "No value can lie within these bounds. Swap or widen them.",
        )
    }
}
