//! What JSON from outside is refused for, in words that repeat nothing of it.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

/// Where in a text something stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// `None` where the text is itself a line of something longer.
    pub(crate) line: Option<usize>,
    /// The character of the line, from 1.
    pub(crate) column: usize,
}

/// What is refused beyond broken syntax.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    DuplicateKey,
    Nul,
    Depth,
    Nodes,
    Number,
}

impl Fault {
    /// Its finding.
    pub(crate) fn finding(self, position: Option<Position>) -> Finding {
        let (rule, sv, en) = match self {
            Self::DuplicateKey => (
                "JSON-DUPLICATE-KEY",
                "Samma fältnamn står två gånger i ett objekt; behåll ett av dem.",
                "An object has the same field name twice; keep one of them.",
            ),
            Self::Nul => (
                "JSON-NUL",
                "En text innehåller NUL-tecknet (U+0000); ta bort det.",
                "A text contains the NUL character (U+0000); remove it.",
            ),
            Self::Depth => (
                "JSON-DEPTH",
                "Innehållet är nästlat djupare än 32 nivåer.",
                "The content is nested deeper than 32 levels.",
            ),
            Self::Nodes => (
                "JSON-SIZE",
                "Innehållet har fler än 10 000 värden; dela upp det.",
                "The content has more than 10 000 values; split it.",
            ),
            Self::Number => (
                "JSON-NUMBER",
                "Ett tal ligger utanför ±9007199254740991 och skulle avrundas; skicka det som text om det är en beteckning.",
                "A number lies outside ±9007199254740991 and would be rounded; send it as a text if it is a label.",
            ),
        };
        finding(rule, sv, en, position)
    }
}

/// An error about the text as a whole, at its position where that is known.
pub(crate) fn finding(rule: &str, sv: &str, en: &str, position: Option<Position>) -> Finding {
    let message = match position {
        Some(Position { line: Some(line), column }) => Text::new(
            format!("Rad {line}, tecken {column}: {sv}"),
            format!("Line {line}, column {column}: {en}"),
        ),
        Some(Position { line: None, column }) => {
            Text::new(format!("Tecken {column}: {sv}"), format!("Column {column}: {en}"))
        }
        None => Text::new(sv, en),
    };
    Finding::error(rule, "", message)
}
