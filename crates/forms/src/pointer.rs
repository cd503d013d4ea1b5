//! JSON pointers (RFC 6901) and pointer patterns, in which `*` stands for the current element of a list.

use serde_json::Value;

/// `token` as it stands in a pointer.
pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The tokens of a pattern; none for the whole.
pub(crate) fn tokens(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').skip(1)
}

/// The pointer that a pattern means inside the elements at `indexes`.
pub(crate) fn at_indexes(pattern: &str, indexes: &[usize]) -> String {
    let mut indexes = indexes.iter();
    let mut pointer = String::with_capacity(pattern.len());
    for token in tokens(pattern) {
        pointer.push('/');
        match (token, indexes.clone().next()) {
            ("*", Some(index)) => {
                indexes.next();
                pointer.push_str(&index.to_string());
            }
            _ => pointer.push_str(token),
        }
    }
    pointer
}

/// The pattern of a pointer: every index becomes `*` (property names are never numbers).
pub(crate) fn pattern_of(pointer: &str) -> String {
    let mut pattern = String::with_capacity(pointer.len());
    for token in tokens(pointer) {
        pattern.push('/');
        let index = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
        pattern.push_str(if index { "*" } else { token });
    }
    pattern
}

/// The value that a pattern means inside the elements at `indexes`.
pub(crate) fn find<'v>(content: &'v Value, pattern: &str, indexes: &[usize]) -> Option<&'v Value> {
    let mut indexes = indexes.iter();
    tokens(pattern).try_fold(content, |value, token| match token {
        "*" => value.get(*indexes.next()?),
        name => value.get(name),
    })
}

/// Whether one of the two patterns lies within the other.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stars_take_the_indexes_in_order() {
        assert_eq!(at_indexes("/rows/*/cells/*/date", &[3, 1]), "/rows/3/cells/1/date");
        assert_eq!(at_indexes("/rows/*/date", &[]), "/rows/*/date");
        assert_eq!(pattern_of("/rows/3/cells/1/date"), "/rows/*/cells/*/date");
        let content = json!({"rows": [{"date": "x"}, {"date": "y"}]});
        assert_eq!(find(&content, "/rows/*/date", &[1]), Some(&json!("y")));
        assert_eq!(find(&content, "/rows/*/date", &[2]), None);
        assert_eq!(find(&content, "", &[]), Some(&content));
    }

    #[test]
    fn overlap_goes_by_whole_tokens() {
        assert!(overlap("/crs", "/crs/onset_date"));
        assert!(overlap("/crs/onset_date", "/crs"));
        assert!(!overlap("/crs", "/crs_extra"));
    }
}
