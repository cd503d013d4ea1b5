//! Answers, dates, milestones and functions as CEL values.

use std::any::Any;
use std::sync::Arc;

use cartotek_domain::partial_date::PartialDate;
use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{Context, ExecutionError, FunctionContext};
use serde_json::{Map, Value};

use super::plain::Reach;
use super::{Datum, Stop};
use crate::date::{Span, day_of_instant};
use crate::function::{Function, Library};
use crate::milestone::{Declarations, MilestoneView};
use crate::node::{Group, Kind, Node};

static DATE: Type = Type::new_unspecified_type("date");
static ANSWERS: Type = Type::new_unspecified_type("answers");
static MILESTONES: Type = Type::new_unspecified_type("milestones");

/// The answer at a node; absent and wrongly typed values are `null`, absent lists empty. `plain::held` says the same.
pub(super) fn answer<'v>(node: &'v Node, value: Option<&'v Value>) -> Box<dyn Val + 'v> {
    match &node.kind {
        Kind::Text | Kind::Uuid => or_null(value.and_then(Value::as_str).map(CelString::from)),
        Kind::Date | Kind::PartialDate | Kind::DateTime => or_null(span(&node.kind, value).map(Date)),
        Kind::Number | Kind::Integer => or_null(value.and_then(Value::as_f64).map(CelDouble::from)),
        Kind::Boolean => or_null(value.and_then(Value::as_bool).map(CelBool::from)),
        Kind::Group(group) => Box::new(Answers { group, members: value.and_then(Value::as_object) }),
        Kind::List(items) => {
            let elements = value.and_then(Value::as_array).into_iter().flatten();
            let elements: Vec<_> = elements.map(|element| answer(items, Some(element))).collect();
            Box::new(CelList::from(elements))
        }
    }
}

/// The days that a date answer may stand for.
pub(crate) fn span(kind: &Kind, value: Option<&Value>) -> Option<Span> {
    let text = value?.as_str()?;
    match kind {
        Kind::DateTime => day_of_instant(text).map(Span::from),
        _ => text.parse::<PartialDate>().ok().map(Span::from),
    }
}

fn or_null<'v, T: Val + 'v>(value: Option<T>) -> Box<dyn Val + 'v> {
    match value {
        Some(value) => Box::new(value),
        None => Box::new(CelNull),
    }
}

/// A value as one of ours.
pub(super) fn datum(value: &dyn Val) -> Result<Datum, Stop> {
    if value.downcast_ref::<CelNull>().is_some() {
        Ok(Datum::Null)
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        Ok(Datum::Truth(*truth.inner()))
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        Ok(Datum::Number(*number.inner()))
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        integer(*number.inner())
    } else if let Some(text) = value.downcast_ref::<CelString>() {
        Ok(Datum::Text(text.inner().to_owned()))
    } else if let Some(date) = value.downcast_ref::<Date>() {
        Ok(Datum::Date(date.0))
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        list.inner().iter().map(|item| datum(item.as_ref())).collect::<Result<_, _>>().map(Datum::List)
    } else {
        Err(Stop::Defect("a group of answers is no value".to_owned()))
    }
}

fn integer(number: i64) -> Result<Datum, Stop> {
    i32::try_from(number)
        .map(|number| Datum::Number(f64::from(number)))
        .map_err(|_| Stop::Defect("an integer is too large".to_owned()))
}

fn value<'v>(datum: Datum) -> Box<dyn Val + 'v> {
    match datum {
        Datum::Null => Box::new(CelNull),
        Datum::Truth(truth) => Box::new(CelBool::from(truth)),
        Datum::Number(number) => Box::new(CelDouble::from(number)),
        Datum::Text(text) => Box::new(CelString::from(text)),
        Datum::Date(span) => Box::new(Date(span)),
        Datum::List(items) => Box::new(CelList::from(items.into_iter().map(value).collect::<Vec<_>>())),
    }
}

/// A date. It has no order of its own: only functions compare dates, because the answer may be open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Date(pub(super) Span);

impl Val for Date {
    fn get_type(&self) -> &Type {
        &DATE
    }

    fn cel_type() -> &'static Type {
        &DATE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Date {}

/// A group of answers; `members` is `None` for an absent group.
#[derive(Debug, Clone, Copy)]
struct Answers<'a> {
    group: &'a Group,
    members: Option<&'a Map<String, Value>>,
}

impl Val for Answers<'_> {
    fn get_type(&self) -> &Type {
        &ANSWERS
    }

    fn cel_type() -> &'static Type {
        &ANSWERS
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    /// An absent group equals `null`.
    fn equals(&self, other: &dyn Val) -> bool {
        self.members.is_none() && other.downcast_ref::<CelNull>().is_some()
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl<'a> Indexer for Answers<'a> {
    fn get<'b, 'v>(&'b self, field: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = field_name(field)?;
        let (group, members): (&'a Group, _) = (self.group, self.members);
        let node = group.property(name).ok_or_else(|| ExecutionError::no_such_key(name))?;
        Ok(CowVal::Owned(answer(node, members.and_then(|members| members.get(name)))))
    }

    fn steal<'v>(self: Box<Self>, field: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(field).map(CowVal::into_owned)
    }
}

/// The milestones of patient and course.
#[derive(Debug, Clone, Copy)]
pub(super) struct Milestones<'a> {
    pub(super) declarations: &'a Declarations,
    pub(super) view: &'a MilestoneView,
    pub(super) reach: Reach,
}

impl Val for Milestones<'_> {
    fn get_type(&self) -> &Type {
        &MILESTONES
    }

    fn cel_type() -> &'static Type {
        &MILESTONES
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Indexer for Milestones<'_> {
    fn get<'b, 'v>(&'b self, field: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = field_name(field)?;
        let picked = self.reach.values(self.declarations, self.view, name);
        picked.map(|picked| CowVal::Owned(value(picked))).ok_or_else(|| ExecutionError::no_such_key(name))
    }

    fn steal<'v>(self: Box<Self>, field: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(field).map(CowVal::into_owned)
    }
}

fn field_name(field: &dyn Val) -> Result<&str, ExecutionError> {
    field
        .downcast_ref::<CelString>()
        .map(CelString::inner)
        .ok_or_else(|| ExecutionError::function_error("_._", "a property is named by a text"))
}

type Callable = Box<
    dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> + Send + Sync,
>;

/// Makes one of our functions callable by name.
pub(super) fn add_function(
    context: &mut Context<'static, 'static>,
    name: &'static str,
    function: Function,
    library: &Arc<Library>,
) {
    let library = Arc::clone(library);
    let callable: Callable = Box::new(move |call| {
        let arguments =
            call.args.iter().map(|argument| datum(argument.as_ref())).collect::<Result<Vec<_>, _>>();
        arguments
            .and_then(|arguments| function(&library, &arguments))
            .map(|result| CowVal::Owned(value(result)))
            .map_err(|stop| stop.into_error(name))
    });
    // Only a name that CEL itself declares is refused; a test calls every function.
    let _ = context.add_function::<Callable, _>(name, callable);
}
