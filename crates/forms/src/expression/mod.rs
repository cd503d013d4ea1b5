//! CEL expressions: parsing, what they name, and their value. The only module that knows the `cel` library.
//!
//! Answers stay where they are: `f`, `e`, `m`, `c` and `p` are views that convert a value when a rule asks for it.

mod bind;
mod names;
mod plain;

use std::fmt;
use std::sync::Arc;

use cel::objects::Value as CelValue;
use cel::{Context, ExecutionError, Program};
use chrono::NaiveDate;
use serde_json::Value;

use crate::function::{FUNCTIONS, Library};
use crate::milestone::{Declarations, MilestoneView};
use crate::node::Node;

pub(crate) use bind::span;
pub(crate) use names::Names;
use plain::{Held, Open, Plain};

/// A value that goes into or comes out of an expression or function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Null,
    Truth(bool),
    Number(f64),
    Text(String),
    Date(crate::date::Span),
    List(Vec<Self>),
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A partial date leaves it open.
    Partial,
    /// A date it needs is absent.
    Absent,
    /// The expression is wrong; the text may hold values and is for load errors alone.
    Defect(String),
}

const PARTIAL: &str = "undecided for a partial date";
const ABSENT: &str = "undecided for an absent date";

impl From<&ExecutionError> for Stop {
    fn from(error: &ExecutionError) -> Self {
        match error {
            ExecutionError::FunctionError { message, .. } if message == PARTIAL => Self::Partial,
            ExecutionError::FunctionError { message, .. } if message == ABSENT => Self::Absent,
            other => Self::Defect(other.to_string()),
        }
    }
}

impl Stop {
    fn into_error(self, function: &str) -> ExecutionError {
        match self {
            Self::Partial => ExecutionError::function_error(function, PARTIAL),
            Self::Absent => ExecutionError::function_error(function, ABSENT),
            Self::Defect(message) => ExecutionError::function_error(function, message),
        }
    }
}

/// What an expression sees.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'v> {
    /// `f`.
    pub(crate) content: (&'v Node, &'v Value),
    /// `e`.
    pub(crate) element: Option<(&'v Node, &'v Value)>,
    /// `m`, `c` and `p`.
    pub(crate) milestones: Option<(&'v Declarations, &'v MilestoneView)>,
    /// `today`.
    pub(crate) today: NaiveDate,
}

/// Our functions, bound once per process.
pub(crate) struct Engine {
    context: Context<'static, 'static>,
    library: Arc<Library>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// Binds every function of `crate::function` to the lists and schedules of `library`.
    pub(crate) fn new(library: &Arc<Library>) -> Self {
        let mut context = Context::default();
        for (name, function) in FUNCTIONS {
            bind::add_function(&mut context, name, *function, library);
        }
        Self { context, library: Arc::clone(library) }
    }
}

/// A parsed expression with the names it mentions.
pub(crate) struct Expression {
    source: String,
    program: Program,
    /// The same, when it is plain.
    plain: Option<Plain>,
    names: Names,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.source)
    }
}

impl Expression {
    /// Parses CEL.
    ///
    /// # Errors
    /// What is wrong, for the author: syntax, an unknown function or variable, `has()`, `null` on the left of `==`.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let program = Program::compile(source).map_err(|errors| format!("not valid CEL: {errors}"))?;
        let names = Names::of(program.expression())?;
        let plain = Plain::of(program.expression());
        Ok(Self { source: source.to_owned(), program, plain, names })
    }

    /// The text it was parsed from.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What it mentions.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Its value.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn evaluate(&self, engine: &Engine, scope: &Scope<'_>) -> Result<Datum, Stop> {
        let plainly = self.evaluate_plainly(engine, scope);
        // Every unit test that evaluates anything sees to it that both ways say the same.
        #[cfg(test)]
        if let Some(plainly) = &plainly {
            assert_eq!(format!("{plainly:?}"), format!("{:?}", self.interpret(engine, scope)), "{self:?}");
        }
        plainly.unwrap_or_else(|| self.interpret(engine, scope))
    }

    /// Its value by the quick way, where that can tell.
    fn evaluate_plainly(&self, engine: &Engine, scope: &Scope<'_>) -> Option<Result<Datum, Stop>> {
        match self.plain.as_ref()?.evaluate(&engine.library, scope).and_then(Held::into_datum) {
            Ok(value) => Some(Ok(value)),
            Err(Open::Stopped(stop)) => Some(Err(stop)),
            Err(Open::NotPlain) => None,
        }
    }

    /// Its value by CEL.
    fn interpret(&self, engine: &Engine, scope: &Scope<'_>) -> Result<Datum, Stop> {
        let mut context = engine.context.new_inner_scope();
        let (root, answers) = scope.content;
        if !self.names.content.is_empty() {
            context.add_variable_as_val("f", bind::answer(root, Some(answers)));
        }
        if let Some((node, element)) = scope.element.filter(|_| !self.names.element.is_empty()) {
            context.add_variable_as_val("e", bind::answer(node, Some(element)));
        }
        if let Some((declarations, view)) = scope.milestones.filter(|_| !self.names.milestones.is_empty()) {
            let bound = |reach| Box::new(bind::Milestones { declarations, view, reach });
            context.add_variable_as_val("m", bound(plain::Reach::Picked));
            context.add_variable_as_val("c", bound(plain::Reach::Course));
            context.add_variable_as_val("p", bound(plain::Reach::Patient));
        }
        if self.names.today {
            context.add_variable_as_val("today", Box::new(bind::Date(scope.today.into())));
        }
        CelValue::resolve_val(self.program.expression(), &context)
            .map_err(|error| Stop::from(&error))
            .and_then(|value| bind::datum(value.as_ref()))
    }
}
