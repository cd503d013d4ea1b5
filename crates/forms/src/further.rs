//! Further variables of one value: the first and the last of a course beside its worst, and the one at each time point.

use std::iter;

use cartotek_domain::text::Text;
use cartotek_domain::variable::{Pick, VariableDefinition, VariableValue};
use serde_json::Value;

use crate::mark::VariableMark;
use crate::pointer::find;
use crate::variable::Origin;

impl Origin<'_> {
    /// The codebook entry of a value with those of its further variables, which its mark asks for.
    ///
    /// # Errors
    /// When `per` points to no answer with a closed choice of codes.
    pub(crate) fn with_further(
        &self,
        entry: VariableDefinition,
        mark: &VariableMark,
    ) -> Result<Vec<VariableDefinition>, String> {
        if mark.also.is_empty() && mark.per.is_none() {
            return Ok(vec![entry]);
        }
        let further = |name: &str, title: &Text, said: &Text, group: String| VariableDefinition {
            id: further_id(&entry.id, name),
            title: joined(&entry.title, " – ", title),
            description: described(&entry, said),
            group,
            ..entry.clone()
        };
        let of_picks = mark.also.iter().map(|pick| {
            let (title, said) = words(*pick);
            let one = further(name_of(*pick), &title, &said, entry.group.clone());
            VariableDefinition { pick: *pick, ..one }
        });
        let (question, codes) = self.choice(mark)?;
        let of_codes = codes.iter().map(|(code, title)| {
            // Records with another code are no earlier or later ones of the same.
            let group = format!("{} {code}", entry.group);
            further(code, title, &said_of_code(&question, title), group)
        });
        let own =
            VariableDefinition { description: described(&entry, &words(entry.pick).1), ..entry.clone() };
        Ok(iter::once(own).chain(of_picks).chain(of_codes).collect())
    }

    /// The title and the codes of the answer that tells records apart.
    fn choice(&self, mark: &VariableMark) -> Result<(Text, Vec<(String, Text)>), String> {
        let Some(pattern) = &mark.per else { return Ok((Text::new("", ""), Vec::new())) };
        let node = self.root.at(pattern).filter(|_| !pattern.contains('*'));
        let found = node.map(|node| (node.title.clone(), self.codes(node)));
        found
            .filter(|(_, codes)| !codes.is_empty())
            .ok_or_else(|| format!("`per` must point to one answer with a list of codes, not `{pattern}`"))
    }
}

/// A value of a content under the id of each variable that it is.
pub(crate) fn under_each_id(
    mark: &VariableMark,
    content: &Value,
    value: VariableValue,
) -> impl Iterator<Item = (String, VariableValue)> {
    let picks = mark.also.iter().map(move |pick| further_id(&mark.id, name_of(*pick)));
    let code = mark.per.as_deref().and_then(|pattern| find(content, pattern, &[])?.as_str());
    let ids = iter::once(mark.id.clone()).chain(picks).chain(code.map(|code| further_id(&mark.id, code)));
    ids.map(move |id| (id, value.clone()))
}

/// The id of a further variable: that of the value, and a pick or a code.
fn further_id(id: &str, name: &str) -> String {
    let plain = |one: char| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(plain).collect();
    format!("{id}_{name}")
}

/// A pick in ids.
fn name_of(pick: Pick) -> &'static str {
    match pick {
        Pick::First => "first",
        Pick::Last => "last",
        Pick::Max => "max",
        Pick::Min => "min",
    }
}

/// A pick in titles and in descriptions.
fn words(pick: Pick) -> (Text, Text) {
    match pick {
        Pick::First => (
            Text::new("första", "first"),
            Text::new(
                "Ur omgångens första svar på denna del.",
                "From the first answers of the course to this part.",
            ),
        ),
        Pick::Last => (
            Text::new("senaste", "last"),
            Text::new(
                "Ur omgångens senaste svar på denna del.",
                "From the last answers of the course to this part.",
            ),
        ),
        Pick::Max => (
            Text::new("högsta", "highest"),
            Text::new("Omgångens högsta värde.", "The highest value of the course."),
        ),
        Pick::Min => (
            Text::new("lägsta", "lowest"),
            Text::new("Omgångens lägsta värde.", "The lowest value of the course."),
        ),
    }
}

fn said_of_code(question: &Text, code: &Text) -> Text {
    Text::new(
        format!("Ur svaren där ”{}” är ”{}”.", question.sv, code.sv),
        format!("From the answers whose “{}” is “{}”.", question.en, code.en),
    )
}

fn described(entry: &VariableDefinition, said: &Text) -> Text {
    let Text { sv, en } = &entry.description;
    Text::new(format!("{sv} {}", said.sv).trim_start(), format!("{en} {}", said.en).trim_start())
}

fn joined(one: &Text, between: &str, other: &Text) -> Text {
    Text::new(format!("{}{between}{}", one.sv, other.sv), format!("{}{between}{}", one.en, other.en))
}
