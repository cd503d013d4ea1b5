//! Completeness and timeliness of forms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{Calendar, CalendarPeriod, Share};
use cartotek_domain::schedule::{Moment, Schedule};
use cartotek_persistence::session::completeness::{CountingItems, Dimension};
use cartotek_persistence::{Page, PageOf, ReadSession, StoreError};
use chrono::NaiveDate;
use serde_json::json;

use super::audience::{About, Audience};
use super::form_figures::{Counts, figures};
use crate::Service;
use crate::act::{Act, Done};
use crate::cohort::question_hash;
use crate::error::ServiceError;
use crate::schedule::worklist::later;

/// What figures are asked for.
#[derive(Debug, Clone, Default)]
pub struct FormQuestion {
    /// Only of this site.
    pub site: Option<SiteCode>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only of this time point, or of none.
    pub time_point: Option<Moment>,
    /// Only of forms whose grace ends on this day or later.
    pub from: Option<NaiveDate>,
    /// Only of forms whose grace ends on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Whether by site.
    pub by_site: bool,
    /// Whether by form.
    pub by_form: bool,
    /// Whether by time point.
    pub by_time_point: bool,
    /// By which periods, if any.
    pub by_period: Option<Calendar>,
}

/// What the items of a figure have in common, as far as they are told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FormGroup {
    /// The site.
    pub site: Option<SiteCode>,
    /// The form.
    pub form: Option<String>,
    /// The time point.
    pub time_point: Option<Moment>,
    /// The period in which the grace ends.
    pub period: Option<CalendarPeriod>,
}

/// A part of the forms as the caller may see it: for others in tens and whole per cent where something under it is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FormShare {
    /// How many of them; `None` when hidden.
    pub part: Option<u64>,
    /// How many there are; `None` when hidden.
    pub whole: Option<u64>,
    /// How many are not of the part; `None` when hidden.
    pub rest: Option<u64>,
    /// The part as a fraction; `None` of nothing or when hidden.
    pub fraction: Option<f64>,
}

impl From<Share> for FormShare {
    fn from(share: Share) -> Self {
        let (part, whole, rest) = (Some(share.part), Some(share.whole), Some(share.rest()));
        Self { part, whole, rest, fraction: share.fraction() }
    }
}

/// The figures of a group: what is due and overdue of all required forms, the rest of those of infused courses.
#[derive(Debug, Clone, PartialEq)]
pub struct FormFigures {
    /// Which.
    pub group: FormGroup,
    /// How many forms are due: open or due on the worklist; `None` when hidden.
    pub due: Option<u64>,
    /// How many are overdue on the worklist; `None` when hidden.
    pub overdue: Option<u64>,
    /// Of the forms whose grace has passed those completed; `None` when hidden.
    pub completed: Option<FormShare>,
    /// How many of those that are not are of patients who were lost to follow-up, the rest being overdue; `None` when hidden.
    pub missed: Option<u64>,
    /// Of the completed forms those submitted before their grace ended; `None` when hidden.
    pub timely: Option<FormShare>,
    /// The median of the days after the window on which they were first submitted; `None` when hidden or without a form.
    pub median_delay: Option<f64>,
}

/// Completeness and timeliness of forms.
#[derive(Debug, Clone, PartialEq)]
pub struct FormReport {
    /// The figures, by group.
    pub groups: PageOf<FormFigures, FormGroup>,
    /// Sites that are in no figure, because they answer for too few patients.
    pub hidden_sites: Vec<SiteCode>,
    /// Whether the figures are exact: those of the caller's own sites.
    pub exact: bool,
    /// Until when they count.
    pub today: NaiveDate,
}

impl Service {
    /// How complete and timely the forms of infused courses are that should be there by today, and how many forms are due and
    /// overdue, of these courses or others.
    ///
    /// # Errors
    /// `not_found` for a site whose figures the caller may not see; `content_invalid` for an unknown form.
    pub async fn form_completeness(
        &self,
        granted: &Granted<permission::ReadCompleteness>,
        act: &Act,
        question: FormQuestion,
        page: Page<FormGroup>,
    ) -> Result<Done<FormReport>, ServiceError> {
        let published = self.forms()?;
        if let Some(form) = &question.form {
            published.expect(form, None)?;
        }
        // Due and overdue are of all patients; a share is of five infused ones at least wherever it is shown.
        let audience = self.audience(granted, About::All, question.site.as_ref()).await?;
        let today = self.today();
        let items = CountingItems {
            sites: audience.sites.clone(),
            patient: None,
            left_out: audience.left_out.clone(),
            form: question.form.clone(),
            time_point: question.time_point,
            from: question.from,
            to: question.to,
            today,
        };
        let (by, exact) = (question.dimensions(audience.exact), audience.exact);
        let latest_grace = later(today, published.forms.schedule(None).map_or(0, Schedule::longest_wait));
        let count = move |session: &mut dyn ReadSession| {
            let patients = if exact { Vec::new() } else { session.counted_patients(&items, &by)? };
            let due = session.due_items(&items, latest_grace, &by)?;
            Ok::<_, StoreError>(Counts { items: session.counted_items(&items, &by)?, patients, due })
        };
        let counts = self.store().read("count items", count).await?;
        let groups = one_page(figures(&question, counts, &audience), &page);
        let receipt = self.witness_question(granted, act, question.hash()).await?;
        let Audience { hidden, exact, .. } = audience;
        Ok(Done::new(FormReport { groups, hidden_sites: hidden, exact, today }, Some(receipt)))
    }
}

/// The groups after the last one seen.
pub(super) fn one_page<F>(groups: BTreeMap<FormGroup, F>, page: &Page<FormGroup>) -> PageOf<F, FormGroup> {
    let mut rest =
        groups.into_iter().filter(|(group, _)| page.after.as_ref().is_none_or(|seen| group > seen));
    let (shown, items): (Vec<_>, Vec<_>) = rest.by_ref().take(usize::from(page.limit)).unzip();
    let next = rest.next().and(shown.last()).cloned();
    PageOf { items, next }
}

impl FormQuestion {
    /// By what items are counted: for others always by site, form and time point, since it is said there what is hidden.
    fn dimensions(&self, exact: bool) -> BTreeSet<Dimension> {
        let told_apart = [
            (self.by_site || !exact, Dimension::Site),
            (self.by_form || !exact, Dimension::Form),
            (self.by_time_point || !exact, Dimension::TimePoint),
        ];
        let told_apart = told_apart.into_iter().filter_map(|(by, dimension)| by.then_some(dimension));
        told_apart.chain(self.by_period.map(Dimension::Period)).collect()
    }

    fn hash(&self) -> cartotek_crypto::hash::Hash {
        question_hash(&json!({ "form_completeness": {
            "site": self.site,
            "form": self.form,
            "time_point": self.time_point.map(|one| one.to_string()),
            "from": self.from,
            "to": self.to,
            "by": [self.by_site, self.by_form, self.by_time_point],
            "by_period": self.by_period,
        } }))
    }
}

/// A text that is no group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a group of forms")]
pub struct NotAGroup;

impl fmt::Display for FormGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, form, time_point, period } = self;
        let text = |part: Option<String>| part.unwrap_or_default();
        let (site, time_point) =
            (site.as_ref().map(ToString::to_string), time_point.map(|one| one.to_string()));
        let period = period.map(|period| period.to_string());
        write!(f, "{}~{}~{}~{}", text(site), text(form.clone()), text(time_point), text(period))
    }
}

impl FromStr for FormGroup {
    type Err = NotAGroup;

    fn from_str(text: &str) -> Result<Self, NotAGroup> {
        let parts: Vec<&str> = text.split('~').collect();
        let [site, form, time_point, period] = parts[..] else { return Err(NotAGroup) };
        Ok(Self {
            site: read(site)?,
            form: read(form)?,
            time_point: read(time_point)?,
            period: read(period)?,
        })
    }
}

fn read<T: FromStr>(part: &str) -> Result<Option<T>, NotAGroup> {
    if part.is_empty() { Ok(None) } else { part.parse().map(Some).map_err(|_| NotAGroup) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> FormGroup {
        text.parse().unwrap()
    }

    #[test]
    fn a_group_is_read_as_it_is_written() {
        for text in ["KAR~follow_up~D100~2026-Q1", "~~~", "~prom~~2026", "UPP~~Y2~", "~~baseline~"] {
            assert_eq!(group(text).to_string(), text);
        }
        for text in ["", "KAR", "KAR~follow_up~D100~2026-Q5", "kar~~~", "~~D0100~", "~~~~"] {
            assert_eq!(text.parse::<FormGroup>(), Err(NotAGroup), "{text}");
        }
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let figures = |group: FormGroup| FormFigures {
            group,
            due: None,
            overdue: None,
            completed: None,
            missed: None,
            timely: None,
            median_delay: None,
        };
        let all =
            ["KAR~prom~D100~", "KAR~prom~M6~", "UPP~event~~", "UPP~prom~D100~", "UPP~prom~Y2~"].map(group);
        let groups: BTreeMap<_, _> = all.iter().map(|one| (one.clone(), figures(one.clone()))).collect();
        let mut page = Page { after: None, limit: 2 };
        let mut seen = Vec::new();
        loop {
            let part = one_page(groups.clone(), &page);
            assert!(part.items.len() <= 2 && !part.items.is_empty());
            seen.extend(part.items.into_iter().map(|one| one.group));
            match part.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }
}
