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
            Expr::Call(call) => match &call.target {
                None => self.call(call),
                Some(target) => self.method(target, call),
            },
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

    /// The macros `all` and `exists`, which fold a condition over a list, and `filter` and `map`, which gather another.
    fn comprehension(&mut self, comprehension: &'e ComprehensionExpr) -> Option<Plain> {
        if comprehension.iter_var2.is_some() || !is_named(&comprehension.result, &comprehension.accu_var) {
            return None;
        }
        let list = self.read(&comprehension.iter_range)?;
        self.variables.push(&comprehension.iter_var);
        let read = match &comprehension.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(start)) => self.fold(comprehension, *start.inner(), list),
            Expr::List(start) if start.elements.is_empty() => self.gather(comprehension, list),
            _ => None,
        };
        self.variables.pop();
        read
    }

    fn fold(&mut self, comprehension: &'e ComprehensionExpr, start: bool, list: Plain) -> Option<Plain> {
        let Expr::Call(step) = &comprehension.loop_step.expr else { return None };
        let [before, condition] = step.args.as_slice() else { return None };
        let decisive = match step.func_name.as_str() {
            operators::LOGICAL_AND => false,
            operators::LOGICAL_OR => true,
            _ => return None,
        };
        if start == decisive || !is_named(before, &comprehension.accu_var) {
            return None;
        }
        Some(Plain::Folded { decisive, parts: Box::new([list, self.read(condition)?]) })
    }

    fn gather(&mut self, comprehension: &'e ComprehensionExpr, list: Plain) -> Option<Plain> {
        let gathered = &comprehension.accu_var;
        let (guard, step) = match &comprehension.loop_step.expr {
            Expr::Call(call) if call.func_name == operators::CONDITIONAL => match call.args.as_slice() {
                [guard, step, otherwise] if is_named(otherwise, gathered) => (Some(guard), step),
                _ => return None,
            },
            _ => (None, &comprehension.loop_step),
        };
        let Expr::Call(step) = &step.expr else { return None };
        let [before, added] = step.args.as_slice() else { return None };
        let Expr::List(added) = &added.expr else { return None };
        let [item] = added.elements.as_slice() else { return None };
        if step.func_name != operators::ADD || !is_named(before, gathered) {
            return None;
        }
        let guard = guard.map(|guard| self.read(guard).map(Box::new).ok_or(())).transpose().ok()?;
        Some(Plain::Gathered { guard, parts: Box::new([list, self.read(item)?]) })
    }

    fn method(&mut self, target: &'e IdedExpr, call: &'e CallExpr) -> Option<Plain> {
        let [argument] = call.args.as_slice() else { return None };
        (call.func_name == "startsWith").then_some(())?;
        Some(Plain::Begins(Box::new([self.read(target)?, self.read(argument)?])))
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
            operators::ADD => some(Plain::Joined, parts),
            operators::INDEX => some(Plain::Element, parts),
            operators::SUBSTRACT => some(|sides| Plain::Reckoned(|left, right| left - right, sides), parts),
            operators::MULTIPLY => some(|sides| Plain::Reckoned(|left, right| left * right, sides), parts),
            operators::DIVIDE => some(|sides| Plain::Reckoned(|left, right| left / right, sides), parts),
            "size" => some(Plain::Size, parts),
            "int" => some(Plain::Whole, parts),
            name => {
                let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
                Some(Plain::Call(*function, parts))
            }
        }
    }
}

fn is_named(expression: &IdedExpr, name: &str) -> bool {
    matches!(&expression.expr, Expr::Ident(one) if one == name)
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
