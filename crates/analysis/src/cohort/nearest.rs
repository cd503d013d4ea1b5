//! Suggestions for a name that is not known.

use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;

use crate::view::Catalogue;

/// A finding that a variable is unknown, naming the three nearest ones (never the name that was given).
pub(crate) fn unknown_variable(catalogue: &Catalogue, name: &str, at: &str) -> Finding {
    let mut ids: Vec<(usize, &str)> =
        catalogue.definitions().iter().map(|one| (distance(name, &one.id), one.id.as_str())).collect();
    ids.sort_unstable();
    let nearest = ids.iter().take(3).map(|(_, id)| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    Finding::error(
        "COHORT-UNKNOWN-VARIABLE",
        at,
        Text::new(
            format!("Variabeln finns inte. Närmast: {nearest}. Alla står i kodboken, `/variables`."),
            format!("There is no such variable. Nearest: {nearest}. All are in the codebook, `/variables`."),
        ),
    )
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
