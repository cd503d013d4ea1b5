//! Reading the values of an expression as what their variable holds.

use cartotek_domain::partial_date::{PartialDate, Precision};

use super::expression::Literal;
use super::plan::Compiler;
use crate::view::epoch_days;

impl Compiler<'_> {
    pub(super) fn number(&mut self, literal: &Literal, at: &str) -> Option<f64> {
        match literal {
            Literal::Number(number) => Some(*number),
            Literal::Text(_) => self.refuse(
                "COHORT-TYPE",
                at,
                "Variabeln är ett tal. Skriv ett tal.",
                "The variable is a number. Write a number.",
            ),
        }
    }

    pub(super) fn day(&mut self, literal: &Literal, at: &str) -> Option<i32> {
        let date = match literal {
            Literal::Text(text) => text.parse::<PartialDate>().ok(),
            Literal::Number(_) => None,
        };
        let day = date.filter(|date| date.precision() == Precision::Day).map(|date| epoch_days(date.first()));
        day.or_else(|| {
            self.refuse(
                "COHORT-TYPE",
                at,
                "Variabeln är ett datum. Skriv det som \"ÅÅÅÅ-MM-DD\".",
                "The variable is a date. Write it as \"YYYY-MM-DD\".",
            )
        })
    }

    pub(super) fn key(&mut self, column: usize, literal: &Literal, at: &str) -> Option<usize> {
        let Literal::Text(code) = literal else {
            return self.refuse(
                "COHORT-TYPE",
                at,
                "Variabeln är en kod. Skriv koden som text.",
                "The variable is a code. Write the code as text.",
            );
        };
        self.catalogue.key_of(column, code).map(usize::from).or_else(|| {
            self.refuse(
                "COHORT-UNKNOWN-CODE",
                at,
                "Koden finns inte i variabelns kodlista. Listan står i kodboken, `/variables`.",
                "The code is not in the variable's code list. The list is in the codebook, `/variables`.",
            )
        })
    }
}
