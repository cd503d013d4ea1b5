//! Values on their way through a plain expression.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{Open, Plainly};
use crate::date::Span;
use crate::expression::{Datum, span};
use crate::node::{Kind, Node};

/// A value on its way.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::expression) enum Held<'v> {
    Null,
    Truth(bool),
    /// An integer of the expression's own: answers are numbers, and arithmetic between the two is refused.
    Whole(i32),
    Number(f64),
    Text(Cow<'v, str>),
    Date(Span),
    List(Vec<Self>),
}

impl Held<'_> {
    /// A value that a function or milestone gives.
    pub(super) fn of_datum(datum: Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Truth(truth) => Self::Truth(truth),
            Datum::Number(number) => Self::Number(number),
            Datum::Text(text) => Self::Text(Cow::Owned(text)),
            Datum::Date(span) => Self::Date(span),
            Datum::List(items) => Self::List(items.into_iter().map(Self::of_datum).collect()),
        }
    }

    /// The value as it leaves the expression.
    pub(in crate::expression) fn into_datum(self) -> Result<Datum, Open> {
        Ok(match self {
            Self::Null => Datum::Null,
            Self::Truth(truth) => Datum::Truth(truth),
            Self::Whole(_) => Datum::Number(number(&self)?),
            Self::Number(number) => Datum::Number(number),
            Self::Text(text) => Datum::Text(text.into_owned()),
            Self::Date(span) => Datum::Date(span),
            Self::List(items) => {
                Datum::List(items.into_iter().map(Self::into_datum).collect::<Result<_, _>>()?)
            }
        })
    }
}

/// Whether it is true.
pub(super) fn truth_of(value: Held<'_>) -> Result<bool, Open> {
    match value {
        Held::Truth(truth) => Ok(truth),
        _ => Err(Open::NotPlain),
    }
}

/// Whether two values are the same; numbers whatever they are written as.
pub(super) fn equal(left: &Held<'_>, right: &Held<'_>) -> bool {
    match (left, right) {
        (Held::Whole(_) | Held::Number(_), Held::Whole(_) | Held::Number(_)) => {
            matches!((number(left), number(right)), (Ok(left), Ok(right)) if left.partial_cmp(&right).is_some_and(Ordering::is_eq))
        }
        (Held::List(left), Held::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        _ => left == right,
    }
}

/// The number.
pub(super) fn number(value: &Held<'_>) -> Result<f64, Open> {
    match value {
        Held::Number(number) => Ok(*number),
        Held::Whole(number) => Ok(f64::from(*number)),
        _ => Err(Open::NotPlain),
    }
}

/// The whole number that a number begins with.
pub(super) fn whole(value: &Held<'_>) -> Result<i32, Open> {
    let number = number(value)?.trunc();
    let in_range = number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX);
    #[expect(clippy::cast_possible_truncation, reason = "within the range")]
    in_range.then_some(number as i32).ok_or(Open::NotPlain)
}

/// The answer at a node; absent and wrongly typed values are `null`, absent lists empty, as `bind::answer` says. A group is no
/// plain value.
pub(super) fn held<'v>(node: &'v Node, value: Option<&'v Value>) -> Plainly<'v> {
    let found = match &node.kind {
        Kind::Text | Kind::Uuid => value.and_then(Value::as_str).map(|text| Held::Text(Cow::Borrowed(text))),
        Kind::Date | Kind::PartialDate | Kind::DateTime => span(&node.kind, value).map(Held::Date),
        Kind::Number | Kind::Integer => value.and_then(Value::as_f64).map(Held::Number),
        Kind::Boolean => value.and_then(Value::as_bool).map(Held::Truth),
        Kind::Group(_) => return Err(Open::NotPlain),
        Kind::List(items) => {
            let elements = value.and_then(Value::as_array).into_iter().flatten();
            let elements = elements.map(|element| held(items, Some(element)));
            Some(Held::List(elements.collect::<Result<_, _>>()?))
        }
    };
    Ok(found.unwrap_or(Held::Null))
}
