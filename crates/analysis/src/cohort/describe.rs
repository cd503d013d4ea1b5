//! A cohort expression in words, for people who confirm a question before they rely on its answer.

use cartotek_domain::text::Language;
use cartotek_domain::variable::VariableDefinition;

use super::expression::{Bounds, Condition, Expression, Literal, Test};

/// The expression in words; a variable without a definition is called by its id.
///
/// The text holds the values of the expression: show it only to the one who wrote it.
pub fn describe(expression: &Expression, definitions: &[VariableDefinition], language: Language) -> String {
    Words { definitions, language }.expression(expression)
}

/// What is left of an expression without the `all` and `any` of one part around it, which say nothing.
fn unwrapped(mut expression: &Expression) -> &Expression {
    while let Expression::All(parts) | Expression::Any(parts) = expression
        && let [only] = parts.as_slice()
    {
        expression = only;
    }
    expression
}

struct Words<'a> {
    definitions: &'a [VariableDefinition],
    language: Language,
}

impl Words<'_> {
    fn choose<'t>(&self, sv: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Sv => sv,
            Language::En => en,
        }
    }

    fn expression(&self, expression: &Expression) -> String {
        match expression {
            Expression::All(parts) if parts.is_empty() => {
                self.choose("alla behandlingsomgångar", "every course").to_owned()
            }
            Expression::All(parts) => self.joined(parts, self.choose(" och ", " and ")),
            Expression::Any(parts) => self.joined(parts, self.choose(" eller ", " or ")),
            Expression::Not(part) => format!("{} ({})", self.choose("inte", "not"), self.expression(part)),
            Expression::Test(test) => self.test(test),
        }
    }

    fn joined(&self, parts: &[Expression], word: &str) -> String {
        let part = |part: &Expression| {
            let part = unwrapped(part);
            let several = matches!(part, Expression::All(inner) | Expression::Any(inner) if inner.len() > 1);
            let words = self.expression(part);
            if several && parts.len() > 1 { format!("({words})") } else { words }
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    }

    fn test(&self, test: &Test) -> String {
        let definition = self.definitions.iter().find(|one| one.id == test.variable);
        let title = definition.map_or(test.variable.as_str(), |one| one.title.in_language(self.language));
        let value = |literal: &Literal| self.literal(definition, literal);
        let condition = match &test.condition {
            Condition::Equals(literal) => format!("{} {}", self.choose("är", "is"), value(literal)),
            Condition::In(literals) => {
                let values = literals.iter().map(value).collect::<Vec<_>>().join(", ");
                format!("{} {values}", self.choose("är någon av", "is one of"))
            }
            Condition::Between([low, high]) => {
                let (between, and) = (self.choose("är mellan", "is between"), self.choose("och", "and"));
                format!("{between} {} {and} {}", value(low), value(high))
            }
            Condition::Present(true) => self.choose("finns", "is recorded").to_owned(),
            Condition::Present(false) => self.choose("saknas", "is missing").to_owned(),
            Condition::Bounds(bounds) => {
                format!("{} {}", self.choose("är", "is"), self.bounds(bounds, &value))
            }
        };
        format!("{title} {condition}")
    }

    fn bounds(&self, bounds: &Bounds, value: &impl Fn(&Literal) -> String) -> String {
        [
            (&bounds.at_least, self.choose("minst", "at least")),
            (&bounds.more_than, self.choose("mer än", "more than")),
            (&bounds.at_most, self.choose("högst", "at most")),
            (&bounds.less_than, self.choose("mindre än", "less than")),
        ]
        .into_iter()
        .filter_map(|(bound, word)| bound.as_ref().map(|literal| format!("{word} {}", value(literal))))
        .collect::<Vec<_>>()
        .join(self.choose(" och ", " and "))
    }

    fn literal(&self, definition: Option<&VariableDefinition>, literal: &Literal) -> String {
        match literal {
            Literal::Number(number) => match definition.and_then(|one| one.unit.as_deref()) {
                Some(unit) => format!("{number} {unit}"),
                None => number.to_string(),
            },
            Literal::Text(text) => definition
                .and_then(|one| one.codes.iter().find(|(code, _)| code == text))
                .map_or_else(|| text.clone(), |(_, label)| label.in_language(self.language).to_owned()),
        }
    }
}
