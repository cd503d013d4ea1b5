//! Expressions that most rules consist of – answers, comparisons, logic, our functions – evaluated without the general
//! interpreter, which takes several times as long.
//!
//! What is not plain, or goes wrong in any way but by a date that leaves it open, is left to the interpreter: it alone says
//! what CEL means and what is wrong with an expression. A test compares both over all rules and examples.

mod held;
mod reading;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use cel::common::ast::IdedExpr;
use serde_json::Value;

pub(super) use self::held::Held;
use self::held::{equal, held, number, truth_of, whole};
use self::reading::Reading;
use super::{Datum, Scope, Stop};
use crate::function::{Function, Library};
use crate::milestone::{Declarations, MilestoneView};
use crate::node::Kind;

/// A plain expression.
pub(super) enum Plain {
    Literal(Held<'static>),
    Answer(Root, Vec<String>),
    Milestone(Reach, String),
    /// A variable of a macro, by how many stand between it and here.
    Local(usize),
    Today,
    List(Vec<Self>),
    Not(Box<[Self; 1]>),
    Both(Box<[Self; 2]>),
    Either(Box<[Self; 2]>),
    Choice(Box<[Self; 3]>),
    Equal(Box<[Self; 2]>),
    Unequal(Box<[Self; 2]>),
    Ordered(fn(Ordering) -> bool, Box<[Self; 2]>),
    Among(Box<[Self; 2]>),
    Reckoned(fn(f64, f64) -> f64, Box<[Self; 2]>),
    /// The sum of two numbers; one text, or list, behind the other.
    Joined(Box<[Self; 2]>),
    Size(Box<[Self; 1]>),
    /// The element of a list at a place.
    Element(Box<[Self; 2]>),
    /// The whole number that a number begins with.
    Whole(Box<[Self; 1]>),
    /// Whether a text begins with another.
    Begins(Box<[Self; 2]>),
    /// A condition over the elements of a list, decided by the first that is so: yes for `exists`, no for `all`.
    Folded {
        decisive: bool,
        parts: Box<[Self; 2]>,
    },
    /// What `filter` and `map` gather of a list: of the elements of which the first holds, the second.
    Gathered {
        guard: Option<Box<Self>>,
        parts: Box<[Self; 2]>,
    },
    Call(Function, Vec<Self>),
}

/// Where a path of answers begins.
#[derive(Clone, Copy)]
pub(super) enum Root {
    /// `f`.
    Content,
    /// `e`.
    Element,
}

/// Which values a name of a milestone stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// `m`: the one that the declaration picks.
    Picked,
    /// `c`: all of the course.
    Course,
    /// `p`: all of the patient.
    Patient,
}

impl Reach {
    /// What the name stands for; `None` when nobody declares it.
    pub(super) fn values(
        self,
        declarations: &Declarations,
        view: &MilestoneView,
        name: &str,
    ) -> Option<Datum> {
        match self {
            Self::Picked => declarations.pick(view, name),
            Self::Course => declarations.all(&view.course, name),
            Self::Patient => declarations.all(&view.patient, name),
        }
    }
}

/// Why there is no value here.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Open {
    /// A date leaves it open.
    Stopped(Stop),
    /// The interpreter is to say.
    NotPlain,
}

/// What the variables of macros are, the innermost first.
struct Locals<'l, 'v> {
    value: &'l Held<'v>,
    outer: Option<&'l Self>,
}

type Plainly<'v> = Result<Held<'v>, Open>;

impl Plain {
    /// The expression, when it is plain.
    pub(super) fn of(expression: &IdedExpr) -> Option<Self> {
        Reading::default().read(expression)
    }

    /// Its value.
    pub(super) fn evaluate<'v>(&'v self, library: &Library, scope: &Scope<'v>) -> Plainly<'v> {
        self.evaluate_within(library, scope, None)
    }

    fn evaluate_within<'v>(
        &'v self,
        library: &Library,
        scope: &Scope<'v>,
        locals: Option<&Locals<'_, 'v>>,
    ) -> Plainly<'v> {
        let value = |one: &'v Self| one.evaluate_within(library, scope, locals);
        let truth = |one: &'v Self| truth_of(value(one)?);
        Ok(match self {
            Self::Literal(literal) => literal.clone(),
            Self::Answer(root, path) => answer(*root, path, scope)?,
            Self::Milestone(reach, name) => milestone(*reach, name, scope)?,
            Self::Local(distance) => local(locals, *distance)?.clone(),
            Self::Today => Held::Date(scope.today.into()),
            Self::List(items) => Held::List(items.iter().map(value).collect::<Result<_, _>>()?),
            Self::Not(one) => Held::Truth(!truth(&one[0])?),
            Self::Both(sides) => Held::Truth(decided(false, || truth(&sides[0]), || truth(&sides[1]))?),
            Self::Either(sides) => Held::Truth(decided(true, || truth(&sides[0]), || truth(&sides[1]))?),
            Self::Choice(parts) => value(&parts[if truth(&parts[0])? { 1 } else { 2 }])?,
            Self::Equal(sides) => Held::Truth(equal(&value(&sides[0])?, &value(&sides[1])?)),
            Self::Unequal(sides) => Held::Truth(!equal(&value(&sides[0])?, &value(&sides[1])?)),
            Self::Ordered(holds, sides) => {
                let order = number(&value(&sides[0])?)?.partial_cmp(&number(&value(&sides[1])?)?);
                Held::Truth(holds(order.ok_or(Open::NotPlain)?))
            }
            Self::Among(sides) => match (value(&sides[0])?, value(&sides[1])?) {
                (one, Held::List(items)) => Held::Truth(items.iter().any(|item| equal(item, &one))),
                _ => return Err(Open::NotPlain),
            },
            Self::Reckoned(reckon, sides) => match (value(&sides[0])?, value(&sides[1])?) {
                (Held::Number(left), Held::Number(right)) => Held::Number(reckon(left, right)),
                _ => return Err(Open::NotPlain),
            },
            Self::Joined(sides) => match (value(&sides[0])?, value(&sides[1])?) {
                (Held::Number(left), Held::Number(right)) => Held::Number(left + right),
                (Held::Text(left), Held::Text(right)) => Held::Text(left + right),
                (Held::List(mut left), Held::List(right)) => {
                    left.extend(right);
                    Held::List(left)
                }
                _ => return Err(Open::NotPlain),
            },
            Self::Element(sides) => match (value(&sides[0])?, value(&sides[1])?) {
                (Held::List(mut items), Held::Whole(place)) => match usize::try_from(place) {
                    Ok(place) if place < items.len() => items.swap_remove(place),
                    _ => return Err(Open::NotPlain),
                },
                _ => return Err(Open::NotPlain),
            },
            Self::Whole(one) => Held::Whole(whole(&value(&one[0])?)?),
            // CEL looks at the arguments of a method before its target.
            Self::Begins(sides) => match (value(&sides[1])?, value(&sides[0])?) {
                (Held::Text(start), Held::Text(text)) => Held::Truth(text.starts_with(&*start)),
                _ => return Err(Open::NotPlain),
            },
            Self::Size(one) => match value(&one[0])? {
                Held::List(items) => Held::Whole(i32::try_from(items.len()).map_err(|_| Open::NotPlain)?),
                _ => return Err(Open::NotPlain),
            },
            Self::Folded { decisive, parts } => {
                let Held::List(items) = value(&parts[0])? else { return Err(Open::NotPlain) };
                for item in &items {
                    let inside = Locals { value: item, outer: locals };
                    // What is open here may be decided by another one, or not: as CEL says.
                    let holds = parts[1].evaluate_within(library, scope, Some(&inside)).and_then(truth_of);
                    if holds.map_err(|_| Open::NotPlain)? == *decisive {
                        return Ok(Held::Truth(*decisive));
                    }
                }
                Held::Truth(!*decisive)
            }
            Self::Gathered { guard, parts } => {
                let Held::List(items) = value(&parts[0])? else { return Err(Open::NotPlain) };
                let mut gathered = Vec::new();
                for item in &items {
                    let inside = Locals { value: item, outer: locals };
                    let within = |one: &'v Self| one.evaluate_within(library, scope, Some(&inside));
                    if guard.as_deref().map_or(Ok(true), |guard| truth_of(within(guard)?))? {
                        gathered.push(within(&parts[1])?);
                    }
                }
                Held::List(gathered)
            }
            Self::Call(function, arguments) => {
                let arguments =
                    arguments.iter().map(|one| value(one)?.into_datum()).collect::<Result<Vec<_>, _>>()?;
                match function(library, &arguments) {
                    Ok(result) => Held::of_datum(result),
                    Err(Stop::Defect(_)) => return Err(Open::NotPlain),
                    Err(stop) => return Err(Open::Stopped(stop)),
                }
            }
        })
    }
}

/// `&&` and `||`: either side decides by being `deciding`; a left side that is open stays so unless the right one decides.
fn decided(
    deciding: bool,
    left: impl FnOnce() -> Result<bool, Open>,
    right: impl FnOnce() -> Result<bool, Open>,
) -> Result<bool, Open> {
    match left() {
        Ok(truth) if truth == deciding => Ok(deciding),
        Ok(_) => right(),
        Err(Open::NotPlain) => Err(Open::NotPlain),
        Err(open) => right().and_then(|truth| if truth == deciding { Ok(deciding) } else { Err(open) }),
    }
}

fn local<'l, 'v>(mut locals: Option<&'l Locals<'_, 'v>>, distance: usize) -> Result<&'l Held<'v>, Open> {
    for _ in 0..distance {
        locals = locals.and_then(|one| one.outer);
    }
    locals.map(|one| one.value).ok_or(Open::NotPlain)
}

fn answer<'v>(root: Root, path: &[String], scope: &Scope<'v>) -> Plainly<'v> {
    let (mut node, value) = match root {
        Root::Content => scope.content,
        Root::Element => scope.element.ok_or(Open::NotPlain)?,
    };
    let mut value = Some(value);
    for name in path {
        let Kind::Group(group) = &node.kind else { return Err(Open::NotPlain) };
        node = group.property(name).ok_or(Open::NotPlain)?;
        value = value.and_then(Value::as_object).and_then(|members| members.get(name));
    }
    held(node, value)
}

fn milestone<'v>(reach: Reach, name: &str, scope: &Scope<'v>) -> Plainly<'v> {
    let (declarations, view) = scope.milestones.ok_or(Open::NotPlain)?;
    reach.values(declarations, view, name).map(Held::of_datum).ok_or(Open::NotPlain)
}
