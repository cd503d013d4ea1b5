//! Figures of fields in the making.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{FieldCompleteness, LEAST_COUNT, Share};
use cartotek_domain::id::PatientId;
use cartotek_forms::{AppliedField, Field, Form};

use super::audience::Audience;
use super::field::{Contents, FieldFigures, FieldReport, FieldShown};
use super::source::Counted;
use super::sum::Sum;
use crate::error::ServiceError;

/// What is counted of a field in the contents of a site.
#[derive(Debug, Default)]
struct Cell {
    figures: FieldCompleteness,
    /// The patients with such a content; not counted for the sites themselves.
    patients: BTreeSet<PatientId>,
}

/// Figures in the making.
pub(super) struct Tally {
    contents: Contents,
    audience: Audience,
    records: u64,
    /// The required fields where they are.
    required: FieldCompleteness,
    fields: BTreeMap<String, BTreeMap<SiteCode, Cell>>,
}

impl Tally {
    pub(super) fn new(contents: Contents, audience: Audience) -> Self {
        let (required, fields) = (FieldCompleteness::default(), BTreeMap::new());
        Self { contents, audience, records: 0, required, fields }
    }

    pub(super) fn with(mut self, counted: &[Counted]) -> Result<Self, ServiceError> {
        for Counted { site, record, revision } in counted {
            if self.audience.left_out.contains(&record.patient) {
                continue;
            }
            let Some(fields) = self.contents.fields(record, revision)? else { continue };
            self.records += 1;
            for AppliedField { pattern, required, standing, .. } in fields {
                if required {
                    self.required.add(standing);
                }
                let cell = self.fields.entry(pattern).or_default().entry(site.clone()).or_default();
                cell.figures.add(standing);
                if !self.audience.exact {
                    cell.patients.insert(record.patient);
                }
            }
        }
        Ok(self)
    }

    pub(super) fn report(self) -> Result<FieldReport, ServiceError> {
        let exact = self.audience.exact;
        let (mut listed, mut required) = (Vec::new(), Vec::new());
        for Field { pattern, title, required: is_required, .. } in self.listed() {
            let sums = self.sums(&pattern);
            let figures = sums.shown(&self.audience);
            listed.push(FieldFigures { field: pattern, title, required: is_required, figures });
            if is_required {
                required.push(sums);
            }
        }
        // The own sites see every required field where it is required; others those that are listed.
        let required = if exact { Some(counted(self.required)) } else { together(&required, &self.audience) };
        Ok(FieldReport {
            title: self.contents.title()?,
            records: exact.then_some(self.records),
            required,
            fields: listed,
            hidden_sites: self.audience.hidden,
            exact,
        })
    }

    /// The fields of all versions that the caller sees: for others than the site those that apply to every content, since
    /// how often another one applies is a clinical count.
    fn listed(&self) -> Vec<Field> {
        let mut listed: Vec<Field> = Vec::new();
        for field in self.contents.versions().flat_map(Form::fields) {
            match listed.iter_mut().find(|known| known.pattern == field.pattern) {
                Some(known) => {
                    known.required |= field.required;
                    known.always_applies &= field.always_applies;
                }
                None => listed.push(field),
            }
        }
        listed.retain(|field| self.audience.exact || field.always_applies);
        listed
    }

    /// What the figures of a field are the sums of: of the sites.
    fn sums(&self, pattern: &str) -> FieldSums {
        let mut sums = FieldSums::default();
        for cell in self.fields.get(pattern).into_iter().flat_map(BTreeMap::values) {
            sums.add(cell, &self.audience);
        }
        sums
    }
}

/// What the figures of a field are the sums of.
#[derive(Debug, Default)]
struct FieldSums {
    answered: Sum,
    known: Sum,
}

impl FieldSums {
    /// Adds a site: to what is hidden, for others, what is of a few.
    fn add(&mut self, cell: &Cell, audience: &Audience) {
        let patients = u64::try_from(cell.patients.len()).unwrap_or(u64::MAX);
        let FieldCompleteness { answered, known } = cell.figures;
        let is_shown = |share: Share| {
            audience.exact || share.whole >= LEAST_COUNT && audience.shows_share(share, patients)
        };
        self.answered.add(answered, patients, is_shown(answered));
        self.known.add(known, patients, is_shown(known));
    }

    /// The figures as the caller may see them.
    fn shown(&self, audience: &Audience) -> Option<FieldShown> {
        let Self { answered, known } = self;
        if audience.exact {
            return Some(counted(FieldCompleteness { answered: answered.shown, known: known.shown }));
        }
        uncounted(told(answered, audience), told(known, audience))
    }
}

/// The required fields together, as others see them: a part that is told of each of them. Else one content that lacks several
/// answers would be told by their sum.
fn together(fields: &[FieldSums], audience: &Audience) -> Option<FieldShown> {
    let part = |of: fn(&FieldSums) -> &Sum| {
        let mut all = Share::default();
        for sum in fields.iter().map(of).filter(|sum| sum.all().whole > 0) {
            told(sum, audience)?;
            all.add_all(sum.all());
        }
        all.whole_per_cent()
    };
    uncounted(part(|field| &field.answered), part(|field| &field.known))
}

/// A share as others see it.
fn told(sum: &Sum, audience: &Audience) -> Option<f64> {
    sum.whole_per_cent(audience, LEAST_COUNT)
}

/// Figures as others see them, without counts.
fn uncounted(answered: Option<f64>, known: Option<f64>) -> Option<FieldShown> {
    (answered.is_some() || known.is_some()).then_some(FieldShown { counts: None, answered, known })
}

/// Figures as the own sites see them.
fn counted(figures: FieldCompleteness) -> FieldShown {
    let (answered, known) = (figures.answered.fraction(), figures.known.fraction());
    FieldShown { counts: Some(figures), answered, known }
}
