//! What an expression mentions, found once when it is parsed.

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use crate::function::FUNCTIONS;

/// CEL's own functions that rules may use.
const CEL_FUNCTIONS: [&str; 8] =
    ["size", "startsWith", "endsWith", "contains", "matches", "int", "double", "string"];
/// CEL's operators that rules may use.
const OPERATORS: [&str; 19] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::NOT_STRICTLY_FALSE,
    operators::IN,
];

/// The names in an expression.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Patterns below `f`; `""` for `f` itself.
    pub(crate) content: BTreeSet<String>,
    /// Patterns below `e`.
    pub(crate) element: BTreeSet<String>,
    /// Milestones, whether as `m.<name>`, `c.<name>` or `p.<name>`.
    pub(crate) milestones: BTreeSet<String>,
    /// Those of them that it reads of all courses, as `p.<name>`.
    pub(crate) of_all_courses: BTreeSet<String>,
    /// Whether it names `today`.
    pub(crate) today: bool,
}

/// Where a path begins.
#[derive(Clone, Copy, PartialEq)]
enum Root {
    Content,
    Element,
    Milestones,
    /// Milestones of all courses.
    OfAllCourses,
    Today,
    /// A variable of a macro over something that is no path.
    Inner,
}

type Path = (Root, String);

impl Names {
    /// The names in `expression`.
    ///
    /// # Errors
    /// What may not be written, for the author.
    pub(super) fn of(expression: &IdedExpr) -> Result<Self, String> {
        let mut walk = Walk { names: Self::default(), variables: BTreeMap::new() };
        walk.visit(expression)?;
        Ok(walk.names)
    }
}

struct Walk {
    names: Names,
    variables: BTreeMap<String, Path>,
}

impl Walk {
    /// The path that an expression spells: `f.a.b`, `e.c`, `f.rows[0].d`, `row.d` inside a macro over `f.rows`.
    fn path(&self, expression: &IdedExpr) -> Option<Path> {
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) if !select.test => {
                let (root, path) = self.path(&select.operand)?;
                Some((root, format!("{path}/{}", select.field)))
            }
            Expr::Call(call) if call.func_name == operators::INDEX => {
                let (root, path) = self.path(call.args.first()?)?;
                Some((root, format!("{path}/*")))
            }
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Path> {
        if let Some(path) = self.variables.get(name) {
            return Some(path.clone());
        }
        let root = match name {
            "f" => Root::Content,
            "e" => Root::Element,
            "m" | "c" => Root::Milestones,
            "p" => Root::OfAllCourses,
            "today" => Root::Today,
            _ => return None,
        };
        Some((root, String::new()))
    }

    fn note(&mut self, (root, path): Path) -> Result<(), String> {
        match root {
            Root::Content => drop(self.names.content.insert(path)),
            Root::Element => drop(self.names.element.insert(path)),
            Root::Milestones | Root::OfAllCourses => {
                let name = path.split('/').nth(1).ok_or("`m`, `c` and `p` need a milestone: m.<name>")?;
                self.names.milestones.insert(name.to_owned());
                if root == Root::OfAllCourses {
                    self.names.of_all_courses.insert(name.to_owned());
                }
            }
            Root::Today => self.names.today = true,
            Root::Inner => {}
        }
        Ok(())
    }

    fn visit(&mut self, expression: &IdedExpr) -> Result<(), String> {
        if let Some(path) = self.path(expression) {
            self.note(path)?;
            return self.visit_indexes(expression);
        }
        match &expression.expr {
            Expr::Ident(name) if name.starts_with('@') => Ok(()),
            Expr::Ident(name) => Err(format!("unknown name `{name}`: a rule sees f, e, m, c, p and today")),
            Expr::Select(select) if select.test => {
                Err("has() is not used: every property is bound, compare with null".to_owned())
            }
            Expr::Select(select) => self.visit(&select.operand),
            Expr::Call(call) => self.visit_call(call),
            Expr::Comprehension(macro_call) => self.visit_macro(macro_call),
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => self.visit(&entry.key).and_then(|()| self.visit(&entry.value)),
                EntryExpr::StructField(field) => self.visit(&field.value),
            }),
            Expr::Literal(_) | Expr::Unspecified => Ok(()),
            Expr::Struct(_) => Err("there are no messages to construct".to_owned()),
        }
    }

    /// The index expressions inside a path may name further paths.
    fn visit_indexes(&mut self, expression: &IdedExpr) -> Result<(), String> {
        match &expression.expr {
            Expr::Select(select) => self.visit_indexes(&select.operand),
            Expr::Call(call) => call.args.iter().skip(1).try_for_each(|index| self.visit(index)),
            _ => Ok(()),
        }
    }

    fn visit_call(&mut self, call: &CallExpr) -> Result<(), String> {
        let name = call.func_name.as_str();
        let known = OPERATORS.contains(&name)
            || CEL_FUNCTIONS.contains(&name)
            || FUNCTIONS.iter().any(|(ours, _)| *ours == name && call.target.is_none());
        if !known {
            return Err(format!("unknown function `{name}`"));
        }
        let null_first =
            matches!(call.args.first().map(|first| &first.expr), Some(Expr::Literal(LiteralValue::Null)));
        if null_first && (name == operators::EQUALS || name == operators::NOT_EQUALS) {
            return Err("write null on the right: `f.x == null`".to_owned());
        }
        if let Some(target) = &call.target {
            self.visit(target)?;
        }
        call.args.iter().try_for_each(|argument| self.visit(argument))
    }

    fn visit_macro(&mut self, call: &ComprehensionExpr) -> Result<(), String> {
        self.visit(&call.iter_range)?;
        self.visit(&call.accu_init)?;
        let element = match self.path(&call.iter_range) {
            Some((root, path)) => (root, format!("{path}/*")),
            None => (Root::Inner, String::new()),
        };
        let hidden = self.variables.insert(call.iter_var.clone(), element);
        let inner = (Root::Inner, String::new());
        let accumulator = self.variables.insert(call.accu_var.clone(), inner);
        for part in [&call.loop_cond, &call.loop_step, &call.result] {
            self.visit(part)?;
        }
        restore(&mut self.variables, &call.iter_var, hidden);
        restore(&mut self.variables, &call.accu_var, accumulator);
        Ok(())
    }
}

fn restore(variables: &mut BTreeMap<String, Path>, name: &str, hidden: Option<Path>) {
    match hidden {
        Some(path) => variables.insert(name.to_owned(), path),
        None => variables.remove(name),
    };
}

#[cfg(test)]
mod tests {
    use super::super::Expression;

    fn content(source: &str) -> Vec<String> {
        Expression::parse(source).unwrap().names().content.iter().cloned().collect()
    }

    #[test]
    fn paths_are_found_through_macros_and_indexes() {
        assert_eq!(content("f.a.b == 'x' && f.n > 1"), ["/a/b", "/n"]);
        assert_eq!(
            content("f.rows.exists(r, r.date != null && r.n > f.limit)"),
            ["/limit", "/rows", "/rows/*/date", "/rows/*/n"]
        );
        assert_eq!(content("f.rows[0].date == null"), ["/rows/*/date"]);
        let names = Expression::parse("not_after(m.infusion_date, e.date) && before(today, f.x)").unwrap();
        assert!(names.names().milestones.contains("infusion_date"));
        assert!(names.names().element.contains("/date"));
        assert!(names.names().today);
        let names = Expression::parse("latest(p.contact_date) == null").unwrap();
        assert!(names.names().milestones.contains("contact_date"));
    }

    #[test]
    fn what_cannot_be_right_is_refused_when_parsed() {
        for source in [
            "f.a ==",
            "g.a == 1",
            "nonsense(f.a)",
            "has(f.a)",
            "null == f.a",
            "f.a.not_after(f.b)",
            "m == null",
            "size(p) == 0",
        ] {
            assert!(Expression::parse(source).is_err(), "{source}");
        }
    }
}
