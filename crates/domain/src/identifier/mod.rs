//! The identifier guard: direct identifiers of persons are refused at every door.
//!
//! [`detect`] judges one text, [`screen`] a whole JSON value with its keys and numbers. Both are pure, linear in the
//! size of their input, and return only *where* and *what kind*: the offending text is never part of the answer.
//! Callers run the guard before anything is logged or stored.
//!
//! Refused are Swedish person numbers of every kind, e-mail addresses and Swedish telephone numbers, through the
//! usual disguises (other digits, dashes and blanks of Unicode, invisible characters, separators, surrounding text).
//! Names are found only in free text, and only behind a word that announces them (`namn: …`). Sources: Skatteverket
//! SKV 704 and 707 (person and coordination numbers), Inera (reserve numbers and their layouts), the published open
//! test numbers of Skatteverket for the tests.

mod contact;
mod exempt;
mod fold;
mod letter_form;
mod name;
mod number;
mod screen;

use chrono::NaiveDate;

pub use screen::{Hit, finding, screen};

use crate::names::named;

named! {
    /// What an identifier looks like.
    IdentifierKind {
        /// A Swedish personal identity number.
        Personnummer = "personnummer",
        /// A Swedish coordination number (samordningsnummer): the day plus 60.
        CoordinationNumber = "coordination_number",
        /// An interim number of the study administration: a letter instead of the first serial digit.
        InterimNumber = "interim_number",
        /// A reserve number of Region Stockholm.
        ReserveNumberStockholm = "reserve_number_stockholm",
        /// A reserve number of Region Västra Götaland.
        ReserveNumberVastraGotaland = "reserve_number_vastra_gotaland",
        /// A reserve number of Region Värmland.
        ReserveNumberVarmland = "reserve_number_varmland",
        /// A reserve number of Inera (formerly Carelink): the day plus 31 to 58.
        ReserveNumberCarelink = "reserve_number_carelink",
        /// A local reserve number of another region: a date and four characters with a letter.
        ReserveNumberLocal = "reserve_number_local",
        /// A national reserve identity.
        NationalReserveId = "national_reserve_id",
        /// An e-mail address.
        Email = "email",
        /// A Swedish telephone number.
        Phone = "phone",
        /// A person's name, by the word that announces it.
        Name = "name",
    }
}

/// What kind of field a text stands in; it decides how strict the guard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A code, a name of something, a file name, a query parameter: nothing written freely.
    Structured,
    /// Text written by a person, where dates, times and results occur.
    FreeText,
    /// A label that others print (lot, batch, bag, barcode): refused only with a correct check digit.
    Label,
}

/// What the guard says about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing found.
    Clean,
    /// A label that looks like a person's identifier but may well be none: a warning.
    Suspicious(IdentifierKind),
    /// An identifier: to be refused.
    Refused(IdentifierKind),
}

impl Verdict {
    /// A hit that a label may still carry with a warning.
    fn unless_label(kind: IdentifierKind, field: FieldKind) -> Self {
        if field == FieldKind::Label { Self::Suspicious(kind) } else { Self::Refused(kind) }
    }
}

/// Judges one text; `today` is the Swedish calendar day: nobody is born after it.
pub fn detect(text: &str, today: NaiveDate, field: FieldKind) -> Verdict {
    if !fold::worth_a_look(text) || exempt::is_exempt(text, today) {
        return Verdict::Clean;
    }
    let folded = fold::fold(text);
    let person = number::scan(&folded, today, field);
    if matches!(person, Verdict::Refused(_)) {
        return person;
    }
    person.max(contact::scan(&folded, field)).max(name::scan(&folded, field))
}

#[cfg(test)]
mod tests;
