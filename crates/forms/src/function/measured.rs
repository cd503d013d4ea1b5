//! Measured values as arguments: a number, or `[number, comparator]`.

use cartotek_domain::measured::{Comparator, Measured};

use super::arguments;
use crate::expression::{Datum, Stop};

impl Datum {
    /// A measured value; none too with a comparator that the list does not have, which a draft may hold.
    pub(super) fn measured(&self) -> Result<Option<Measured>, Stop> {
        let Self::List(parts) = self else { return Ok(self.number()?.map(Measured::from)) };
        let [number, comparator] = arguments(parts)?;
        let comparator = comparator.text()?.map_or(Some(Comparator::Exactly), Comparator::from_name);
        let known = number.number()?.zip(comparator);
        Ok(known.map(|(number, comparator)| Measured { number, comparator }))
    }
}
