//! Reading a plain expression out of the parsed CEL.

use std::borrow::Cow;
use std::cmp::Ordering;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::{Held, Plain, Reach, Root};
use crate::function::FUNCTIONS;

/// Reading an expression: the variables of the macros around, the innermost last.
#[derive(Default)]
pub(super) struct Reading<'e> {
    variables: Vec<&'e str>,
}

impl<'e> Reading<'e> {
    /// The expression, when it is plain.
    pub(super) fn read(&mut self, expression: &'e IdedExpr) -> Option<Plain> {
        match &expression.expr {
            Expr::Literal(literal) => of_literal(literal).map(Plain::Literal),
            Expr::Ident(_) | Expr::Select(_) => self.path(expression),
            Expr::List(list) if list.optional_indices.is_empty() => self.all(&list.elements).map(Plain::List),
            Expr::Call(call) if call.target.is_none() => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            _ => None,
        }
    }

    fn all(&mut self, expressions: &'e [IdedExpr]) -> Option<Vec<Plain>> {
        expressions.iter().map(|one| self.read(one)).collect()
    }

    /// `f.a.b`, `e.c`, `m.d`, `today`, a variable.
    fn path(&self, expression: &IdedExpr) -> Option<Plain> {
        let mut path = Vec::new();
        let mut inner = &expression.expr;
        while let Expr::Select(select) = inner {
            if select.test {
                return None;
            }
            path.push(select.field.clone());
            inner = &select.operand.expr;
        }
        path.reverse();
        let Expr::Ident(root) = inner else { return None };
        if let Some(distance) = self.variables.iter().rev().position(|variable| variable == root) {
            return path.is_empty().then_some(Plain::Local(distance));
        }
        let milestone = |reach| match path.as_slice() {
            [name] => Some(Plain::Milestone(reach, name.clone())),
            _ => None,
        };
        match root.as_str() {
            "f" => Some(Plain::Answer(Root::Content, path)),
            "e" => Some(Plain::Answer(Root::Element, path)),
            "m" => milestone(Reach::Picked),
            "c" => milestone(Reach::Course),
            "p" => milestone(Reach::Patient),
            "today" => path.is_empty().then_some(Plain::Today),
            _ => None,
        }
    }

    /// `all` and `exists`: the macros that fold a condition over a list.
    fn comprehension(&mut self, comprehension: &'e ComprehensionExpr) -> Option<Plain> {
        let ComprehensionExpr {
            iter_range, iter_var, iter_var2, accu_var, accu_init, loop_step, result, ..
        } = comprehension;
        let is_accumulator = |one: &IdedExpr| matches!(&one.expr, Expr::Ident(name) if name == accu_var);
        let Expr::Call(step) = &loop_step.expr else { return None };
        let [before, condition] = step.args.as_slice() else { return None };
        let Expr::Literal(LiteralValue::Boolean(start)) = &accu_init.expr else { return None };
        let decisive = match step.func_name.as_str() {
            operators::LOGICAL_AND => false,
            operators::LOGICAL_OR => true,
            _ => return None,
        };
        let folds = *start.inner() != decisive && is_accumulator(before) && is_accumulator(result);
        if !folds || iter_var2.is_some() {
            return None;
        }
        let list = self.read(iter_range)?;
        self.variables.push(iter_var);
        let condition = self.read(condition);
        self.variables.pop();
        Some(Plain::Folded { decisive, parts: Box::new([list, condition?]) })
    }

    fn call(&mut self, call: &'e CallExpr) -> Option<Plain> {
        let parts = self.all(&call.args)?;
        match call.func_name.as_str() {
            operators::LOGICAL_AND => some(Plain::Both, parts),
            operators::LOGICAL_OR => some(Plain::Either, parts),
            operators::LOGICAL_NOT => some(Plain::Not, parts),
            operators::CONDITIONAL => some(Plain::Choice, parts),
            operators::EQUALS => some(Plain::Equal, parts),
            operators::NOT_EQUALS => some(Plain::Unequal, parts),
            operators::LESS => some(|sides| Plain::Ordered(Ordering::is_lt, sides), parts),
            operators::LESS_EQUALS => some(|sides| Plain::Ordered(Ordering::is_le, sides), parts),
            operators::GREATER => some(|sides| Plain::Ordered(Ordering::is_gt, sides), parts),
            operators::GREATER_EQUALS => some(|sides| Plain::Ordered(Ordering::is_ge, sides), parts),
            operators::IN => some(Plain::Among, parts),
            operators::ADD => some(|sides| Plain::Reckoned(|left, right| left + right, sides), parts),
            operators::SUBSTRACT => some(|sides| Plain::Reckoned(|left, right| left - right, sides), parts),
            operators::MULTIPLY => some(|sides| Plain::Reckoned(|left, right| left * right, sides), parts),
            operators::DIVIDE => some(|sides| Plain::Reckoned(|left, right| left / right, sides), parts),
            "size" => some(Plain::Size, parts),
            name => {
                let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
                Some(Plain::Call(*function, parts))
            }
        }
    }
}

fn some<const N: usize>(make: impl FnOnce(Box<[Plain; N]>) -> Plain, parts: Vec<Plain>) -> Option<Plain> {
    parts.try_into().ok().map(Box::new).map(make)
}

fn of_literal(literal: &LiteralValue) -> Option<Held<'static>> {
    match literal {
        LiteralValue::Boolean(truth) => Some(Held::Truth(*truth.inner())),
        LiteralValue::Double(number) => Some(Held::Number(*number.inner())),
        LiteralValue::Int(number) => i32::try_from(*number.inner()).ok().map(Held::Whole),
        LiteralValue::String(text) => Some(Held::Text(Cow::Owned(text.inner().to_owned()))),
        LiteralValue::Null => Some(Held::Null),
        LiteralValue::Bytes(_) | LiteralValue::UInt(_) => None,
    }
}
