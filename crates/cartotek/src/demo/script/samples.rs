//! Samples: registered by the biobank, split, and put into boxes.

use cartotek_domain::access::permission::{HandleSample, RegisterSample};
use cartotek_domain::sample::amount::Amount;
use cartotek_domain::sample::{SampleUse, Tube};
use cartotek_service::sample::{NewAliquot, Registration, Splitting};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::super::network::{biobank_of, code};
use super::super::specimen::Kind;
use super::{Script, out_of_order};
use crate::failure::Failure;

/// Letters of a barcode: enough that no two of a large network are alike.
const BARCODE: usize = 14;

impl Script {
    /// Takes a sample in the morning and stores its aliquots in the afternoon.
    pub(super) async fn take(&mut self, at: usize) -> Result<(), Failure> {
        let specimen = &self.life.specimens[at];
        let (kind, aliquots, course) = (specimen.kind, specimen.aliquots, specimen.course);
        let (day, time_point) = (specimen.day, specimen.time_point);
        let (site, biobank) = (self.life.person.treating, biobank_of(self.life.person.treating));
        let tenths = i64::try_from(aliquots).unwrap_or_default() * 10;
        let registration = Registration {
            barcode: code(&self.dice.label(BARCODE))?,
            patient: self.pseudonym()?,
            course: Some(self.course_id(course)?),
            biobank: code(biobank)?,
            collection_site: code(site)?,
            material: kind.material().to_owned(),
            collected_at: in_the_morning(day).ok_or_else(|| out_of_order("no such time"))?,
            time_point: time_point.to_owned(),
            taken_for: SampleUse::Research,
            amount: amount(kind, tenths + 3)?,
        };
        let granted = self.stage.staff.biobanker::<RegisterSample>(biobank)?;
        let registered = self.service.register_sample(&granted, &self.act(), registration).await?.value;
        self.counted.samples += 1;
        self.clock.advance(90);
        let tube = Tube::Sample(registered.file.sample.id);
        self.split(biobank, tube, kind, aliquots).await
    }

    async fn split(&mut self, biobank: &str, tube: Tube, kind: Kind, aliquots: usize) -> Result<(), Failure> {
        let mut wanted = Vec::with_capacity(aliquots);
        for _ in 0..aliquots {
            wanted.push(NewAliquot { barcode: code(&self.dice.label(BARCODE))?, amount: amount(kind, 10)? });
        }
        let splitting = Splitting { aliquots: wanted, loss: Some(amount(kind, 3)?) };
        let granted = self.stage.staff.biobanker::<HandleSample>(biobank)?;
        let made = self.service.aliquot(&granted, &self.act(), tube, splitting).await?.value;
        self.clock.advance(20);
        for aliquot in made.aliquots {
            let placement = self.positions.pop().ok_or_else(|| out_of_order("no free position"))?;
            let (tube, version) = (Tube::Aliquot(aliquot.aliquot.id), aliquot.state.version);
            self.service.place_tube(&granted, &self.act(), tube, version, placement).await?;
            self.clock.advance(1);
            self.counted.aliquots += 1;
        }
        Ok(())
    }
}

fn amount(kind: Kind, tenths: i64) -> Result<Amount, Failure> {
    kind.amount(tenths).ok_or_else(|| Failure::new("the demo network has an amount below zero"))
}

/// Half past eight in Sweden.
fn in_the_morning(day: NaiveDate) -> Option<DateTime<FixedOffset>> {
    let offset = FixedOffset::east_opt(if is_summer_time(day) { 7200 } else { 3600 })?;
    let time = NaiveTime::MIN + TimeDelta::minutes(8 * 60 + 30);
    day.and_time(time).and_local_timezone(offset).single()
}

/// Whether Swedish clocks show summer time at that hour: from the last Sunday of March until that of October.
fn is_summer_time(day: NaiveDate) -> bool {
    let last_sunday = |month: u32| {
        let last = NaiveDate::from_ymd_opt(day.year(), month, 31)?;
        last.week(Weekday::Sun).checked_first_day()
    };
    let change = (last_sunday(3), last_sunday(10));
    matches!(change, (Some(spring), Some(autumn)) if (spring..autumn).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mornings_follow_the_swedish_clock() {
        let morning = |day: &str| in_the_morning(day.parse().unwrap()).unwrap().to_rfc3339();
        for (day, offset) in [
            ("2026-03-28", "+01:00"),
            ("2026-03-29", "+02:00"),
            ("2026-10-24", "+02:00"),
            ("2026-10-25", "+01:00"),
            ("2024-03-31", "+02:00"),
        ] {
            assert_eq!(morning(day), format!("{day}T08:30:00{offset}"));
        }
    }
}
