//! The samples that are taken of a demo patient who lets the biobank have them.

use cartotek_domain::consent::ConsentPurpose;
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use chrono::NaiveDate;

use super::course::{Course, plus};
use super::life::Life;
use super::random::Dice;

/// A primary sample and its aliquots.
#[derive(Debug)]
pub(super) struct Specimen {
    /// Which course it belongs to, from 0.
    pub(super) course: usize,
    /// The day of collection.
    pub(super) day: NaiveDate,
    /// The code of its time point.
    pub(super) time_point: &'static str,
    /// What it is.
    pub(super) kind: Kind,
    /// How many aliquots it is split into.
    pub(super) aliquots: usize,
}

/// What is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plasma, 1 mL per aliquot.
    Plasma,
    /// Mononuclear cells, ten million per aliquot.
    Cells,
}

impl Kind {
    /// The code of the material.
    pub(super) const fn material(self) -> &'static str {
        match self {
            Self::Plasma => "PLASMA_EDTA",
            Self::Cells => "PBMC",
        }
    }

    /// What so many tenths of an aliquot hold.
    pub(super) fn amount(self, tenths: i64) -> Option<Amount> {
        match self {
            Self::Plasma => Amount::new(tenths * 100_000, AmountUnit::Nanolitre).ok(),
            Self::Cells => Amount::new(tenths * 1_000_000, AmountUnit::Cell).ok(),
        }
    }
}

/// Time points with the day after day 0 on which they usually fall, and the days around it.
const TIMES: [(&str, i64, i64); 6] =
    [("PRE_LD", -7, 1), ("D7", 7, 1), ("D14", 14, 2), ("D28", 28, 2), ("D100", 100, 8), ("M12", 365, 20)];

/// The samples of a life in order of time; two patients in five give some.
pub(super) fn specimens(dice: &mut Dice, life: &Life) -> Vec<Specimen> {
    let gives = life.person.agrees_to(ConsentPurpose::BiobankResearch) && dice.chance(0.45);
    let refused = life.withdrawal.filter(|(purpose, _)| *purpose == ConsentPurpose::BiobankResearch);
    let ends = [refused.map(|(_, day)| day), life.death.map(|death| death.date), life.unseen_from()];
    let end = ends.into_iter().flatten().min();
    let mut specimens = Vec::new();
    for (course, day0) in life.courses.iter().map(Course::day0).enumerate() {
        let Some(day0) = day0.filter(|_| gives) else { continue };
        for (time_point, days, around) in TIMES {
            let day = plus(day0, days + dice.between(-around, around));
            let kind = if dice.chance(0.5) { Kind::Plasma } else { Kind::Cells };
            let aliquots = usize::try_from(dice.between(2, 4)).unwrap_or(2);
            if dice.chance(0.7) && end.is_none_or(|end| day < end) {
                specimens.push(Specimen { course, day, time_point, kind, aliquots });
            }
        }
    }
    specimens.sort_by_key(|specimen| specimen.day);
    specimens
}
