//! Suggestions for a name that is not known.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::view::Catalogue;

/// A finding that a variable is unknown, naming the three nearest ones (never the name that was given).
pub(crate) fn unknown_variable(catalogue: &Catalogue, name: &str, at: &str) -> Finding {
    let nearest = nearest(name, catalogue.definitions().iter().map(|one| one.id.as_str()));
    Finding::error(
        "COHORT-UNKNOWN-VARIABLE",
        at,
        Text::new(
            format!("Variabeln finns inte. Närmast: {nearest}. Alla står i kodboken, `/variables`."),
            format!("There is no such variable. Nearest: {nearest}. All are in the codebook, `/variables`."),
        ),
    )
}

/// The three known names nearest to one that is not known, each in backticks.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<(usize, &str)> = known.into_iter().map(|one| (distance(name, one), one)).collect();
    known.sort_unstable();
    known.iter().take(3).map(|(_, one)| format!("`{one}`")).collect::<Vec<_>>().join(", ")
}

/// Edit distance (Levenshtein) between the first 64 characters of two names.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, left) in left.chars().take(64).enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (index, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *other);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (left, right, edits) in
            [("", "abc", 3), ("kitten", "sitting", 3), ("ålder", "alder", 1), ("a", "a", 0)]
        {
            assert_eq!(distance(left, right), edits, "{left} {right}");
        }
    }
}
