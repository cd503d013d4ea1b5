//! The order in which a document names its properties: columns and codebook follow the author, not the alphabet.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::pointer::escape;

/// Keys of every object of a document, in the order written, by pointer.
#[derive(Debug, Default)]
pub(crate) struct KeyOrder(BTreeMap<String, Vec<String>>);

impl KeyOrder {
    /// Reads the order from a document that is known to be valid JSON; empty otherwise.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut order = Self::default();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        // A broken document is reported where it is parsed.
        let _ = Walk { order: &mut order, pointer: String::new() }.deserialize(&mut reader);
        order
    }

    /// The position of `key` in the object at `pointer`.
    pub(crate) fn position(&self, pointer: &str, key: &str) -> usize {
        let keys = self.0.get(pointer);
        keys.and_then(|keys| keys.iter().position(|known| known == key)).unwrap_or(usize::MAX)
    }
}

struct Walk<'o> {
    order: &'o mut KeyOrder,
    pointer: String,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            let pointer = format!("{}/{}", self.pointer, escape(&key));
            members.next_value_seed(Walk { order: self.order, pointer })?;
            keys.push(key);
        }
        self.order.0.insert(self.pointer, keys);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_written_order() {
        let order = KeyOrder::read(br#"{"properties": {"b": {"x": 1}, "a": [1]}}"#);
        assert!(order.position("/properties", "b") < order.position("/properties", "a"));
        assert_eq!(order.position("/properties/b", "x"), 0);
        assert_eq!(order.position("/properties", "absent"), usize::MAX);
    }
}
