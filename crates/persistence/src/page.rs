//! Keyset pages: a list continues after the key of its last item. The order of a list is total, so its key
//! ends in the id. The text of a cursor is the API's business.

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// The key of the last item already seen; `None` for the start.
    pub after: Option<K>,
    /// At most this many items.
    pub limit: u16,
}

impl<K> Page<K> {
    /// The first page.
    pub const fn first(limit: u16) -> Self {
        Self { after: None, limit }
    }

    /// How many rows to ask for: one more than wanted tells whether another page follows.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The page made of the rows that [`Page::rows`] asked for.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> PageOf<T, K> {
        let limit = usize::from(self.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        PageOf { items, next }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOf<T, K> {
    /// The items in order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<K>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_row_makes_a_cursor_and_is_not_shown() {
        let page = Page { after: None, limit: 2 };
        assert_eq!(page.cut(vec![1, 2, 3], |item| *item), PageOf { items: vec![1, 2], next: Some(2) });
        assert_eq!(page.cut(vec![1, 2], |item| *item), PageOf { items: vec![1, 2], next: None });
        assert_eq!(page.cut(Vec::<i32>::new(), |item| *item), PageOf { items: vec![], next: None });
    }
}
