//! Figures of fields in the making.

use std::collections::{BTreeMap, BTreeSet};

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::completeness::{FieldCompleteness, LEAST_COUNT, Share, whole_per_cent};
use cartotek_domain::id::PatientId;
use cartotek_forms::{AppliedField, Field, Form};

use super::audience::Audience;
use super::field::{Contents, FieldFigures, FieldReport, FieldShown};
use super::source::Counted;
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
        let (mut listed, mut required) = (Vec::new(), FieldCompleteness::default());
        for field in self.listed() {
            let figures = self.figures(&field.pattern);
            if field.required {
                required.add_all(figures);
            }
            let Field { pattern, title, required, .. } = field;
            listed.push(FieldFigures { field: pattern, title, required, figures: shown(figures, exact) });
        }
        // The own sites see every required field; others those that are listed.
        let required = if exact { self.required } else { required };
        Ok(FieldReport {
            title: self.contents.title()?,
            records: exact.then_some(self.records),
            required: shown(required, exact),
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

    /// The sum of what is shown of the sites.
    fn figures(&self, pattern: &str) -> FieldCompleteness {
        let mut sum = FieldCompleteness::default();
        for cell in self.fields.get(pattern).into_iter().flat_map(BTreeMap::values) {
            let FieldCompleteness { answered, known } = cell.figures;
            let (answered, known) = (self.share(answered, cell), self.share(known, cell));
            sum.add_all(FieldCompleteness { answered, known });
        }
        sum
    }

    fn share(&self, share: Share, cell: &Cell) -> Share {
        if !self.audience.exact && share.whole < LEAST_COUNT {
            return Share::default();
        }
        self.audience.share(share, u64::try_from(cell.patients.len()).unwrap_or(u64::MAX))
    }
}

/// Figures as the caller may see them: others see no counts.
fn shown(figures: FieldCompleteness, exact: bool) -> Option<FieldShown> {
    let (answered, known) = (figures.answered.fraction(), figures.known.fraction());
    if exact {
        return Some(FieldShown { counts: Some(figures), answered, known });
    }
    let (answered, known) = (answered.map(whole_per_cent), known.map(whole_per_cent));
    (answered.is_some() || known.is_some()).then_some(FieldShown { counts: None, answered, known })
}
