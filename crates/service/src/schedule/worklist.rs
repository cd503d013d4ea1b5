//! Worklists: what waits at the sites, and the whole schedule of one patient.

use std::collections::{BTreeSet, HashMap};

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::id::{PatientId, RecordId};
use cartotek_domain::patient::Patient;
use cartotek_domain::problem::Problem;
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::{Record, RecordStatus, Revision};
use cartotek_domain::schedule::worklist::{self, Urgency};
use cartotek_domain::schedule::{Expected, ItemState, Schedule, ScheduleEntry};
use cartotek_domain::text::Text;
use cartotek_forms::Forms;
use cartotek_persistence::session::schedule::WorklistFilter;
pub use cartotek_persistence::session::schedule::WorklistKey;
use cartotek_persistence::{Page, PageOf, ReadSession};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::ServiceError;
use crate::patient::{patient_subject, seen};

/// What a caller asks of the worklists of its sites.
#[derive(Debug, Clone)]
pub struct WorklistQuery {
    /// Only of this patient.
    pub patient: Option<Pseudonym>,
    /// Only of this form.
    pub form: Option<String>,
    /// Only what asks for attention so much; without it all that waits, and nothing that is closed.
    pub urgency: Option<Urgency>,
    /// How many days before its window opens an item counts as due soon.
    pub soon: u32,
}

/// An item of a worklist or schedule as it stands today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistItem {
    /// The patient.
    pub pseudonym: Pseudonym,
    /// The item.
    pub entry: ScheduleEntry,
    /// Where it stands today.
    pub state: ItemState,
    /// The draft that would answer it; of several, the one begun last.
    pub draft: Option<RecordId>,
    /// How much it asks for attention; `None` when it has no place on a worklist.
    pub urgency: Option<Urgency>,
    /// The name of the form, or of the materials.
    pub title: Text,
    /// Why it is there.
    pub why: Text,
    /// What would satisfy it.
    pub satisfied_by: Text,
}

impl Service {
    /// What waits at the caller's sites today, or what of it asks for attention so much, or what is closed there; what
    /// becomes overdue first at the top.
    ///
    /// # Errors
    /// `not_found` for a patient outside the caller's sites; `content_invalid` for a form that there is not.
    pub async fn worklist(
        &self,
        granted: &Granted<permission::ReadWorklist>,
        act: &Act,
        query: WorklistQuery,
        page: Page<WorklistKey>,
    ) -> Result<Done<PageOf<WorklistItem, WorklistKey>>, ServiceError> {
        let (today, published) = (self.today(), self.forms()?);
        if let Some(form) = &query.form {
            published.expect(form, None)?;
        }
        let (scope, sites) = (granted.patients(today), granted.own_sites());
        let show = move |session: &mut dyn ReadSession| {
            let schedule = schedule(&published.forms)?;
            let find = |session: &mut dyn ReadSession, pseudonym| {
                session.patient(pseudonym, &scope)?.ok_or_else(ServiceError::not_found)
            };
            let patient = query.patient.as_ref().map(|pseudonym| find(session, pseudonym)).transpose()?;
            let horizon = later(today, query.soon);
            let filter = WorklistFilter {
                sites: sites.clone(),
                patient: patient.as_ref().map(|patient| patient.id),
                form: query.form.clone(),
                urgency: query.urgency,
                today,
                horizon,
                latest_grace: later(horizon, schedule.longest_wait()),
            };
            let found = session.worklist(&filter, &page)?;
            let mut seen: Seen = patient.iter().map(self::seen).collect();
            let reader = Reader { forms: &published.forms, schedule, today, soon: query.soon };
            let items = reader.items(session, found.items, &mut seen)?;
            Ok((PageOf { items, next: found.next }, seen))
        };
        self.show(granted, act, "list worklist", show).await
    }

    /// Everything that is expected of a patient, by time: answered, waiting, to come and closed.
    ///
    /// # Errors
    /// `not_found` outside the caller's sites.
    pub async fn patient_schedule(
        &self,
        granted: &Granted<permission::ReadWorklist>,
        act: &Act,
        pseudonym: Pseudonym,
    ) -> Result<Done<Vec<WorklistItem>>, ServiceError> {
        let (today, published) = (self.today(), self.forms()?);
        let scope = granted.patients(today);
        let show = move |session: &mut dyn ReadSession| {
            let patient = session.patient(&pseudonym, &scope)?.ok_or_else(ServiceError::not_found)?;
            let entries = session.schedule_of(patient.id)?;
            Ok((items_of(session, &published.forms, entries, today)?, vec![seen(&patient)]))
        };
        self.show(granted, act, "read schedule", show).await
    }
}

/// The items of one patient as they stand, by time.
pub(crate) fn items_of(
    session: &mut dyn ReadSession,
    forms: &Forms,
    entries: Vec<ScheduleEntry>,
    today: NaiveDate,
) -> Result<Vec<WorklistItem>, ServiceError> {
    let reader = Reader { forms, schedule: schedule(forms)?, today, soon: 0 };
    let mut items = reader.items(session, entries, &mut Seen::new())?;
    items.sort_by_key(|one| (one.entry.item.target, one.entry.subject(), one.entry.ordinal));
    Ok(items)
}

/// The published schedule.
pub(crate) fn schedule(forms: &Forms) -> Result<&Schedule, ServiceError> {
    forms.schedule(None).ok_or_else(|| {
        ServiceError::explained(
            Problem::WrongState,
            "Inget uppföljningsschema är publicerat. Be administratören publicera schemas/schedule.",
            "No follow-up schedule is published. Ask the administrator to publish schemas/schedule.",
        )
    })
}

pub(crate) fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX)
}

/// Makes items of entries.
pub(crate) struct Reader<'r> {
    pub(crate) forms: &'r Forms,
    pub(crate) schedule: &'r Schedule,
    pub(crate) today: NaiveDate,
    pub(crate) soon: u32,
}

impl Reader<'_> {
    /// The items, in the order of the entries; whose they are is noted in `seen`.
    pub(crate) fn items(
        &self,
        session: &mut dyn ReadSession,
        entries: Vec<ScheduleEntry>,
        seen: &mut Seen,
    ) -> Result<Vec<WorklistItem>, ServiceError> {
        let ids: BTreeSet<PatientId> = entries.iter().map(|entry| entry.patient).collect();
        let ids: Vec<PatientId> = ids.into_iter().collect();
        let patients: HashMap<PatientId, Patient> =
            session.patients_by_id(&ids)?.into_iter().map(|patient| (patient.id, patient)).collect();
        for id in &ids {
            if !seen.iter().any(|one| one.patient == Some(*id)) {
                seen.push(patient_subject(*id));
            }
        }
        let drafts = drafts(session, &entries)?;
        let item = |entry: ScheduleEntry| {
            let patient = patients.get(&entry.patient)?;
            let draft = drafts.iter().rev().find(|draft| draft.is_about(&entry)).map(|draft| draft.id);
            Some(self.item(patient.pseudonym, entry, draft))
        };
        Ok(entries.into_iter().filter_map(item).collect())
    }

    fn item(&self, pseudonym: Pseudonym, entry: ScheduleEntry, draft: Option<RecordId>) -> WorklistItem {
        let state = entry.state(draft.is_some(), self.today);
        let title = self.title(&entry.item.what);
        WorklistItem {
            pseudonym,
            state,
            draft,
            urgency: worklist::urgency(&entry.item, state, self.today, self.soon),
            why: worklist::why(self.schedule, &entry.item, state),
            satisfied_by: worklist::satisfied_by(&entry.item, entry.infused, &title),
            title,
            entry,
        }
    }

    /// The name of the form, or of the materials of which one is enough.
    pub(crate) fn title(&self, what: &Expected) -> Text {
        match what {
            Expected::Form { form, .. } => {
                self.forms.form(form, None).map_or_else(|| Text::new(form, form), |form| form.title().clone())
            }
            Expected::Sample { materials, .. } => {
                let list = self.forms.code_list("material");
                let name = |code: &String| {
                    let known = list.and_then(|list| list.codes.iter().find(|one| one.code == *code));
                    known.map_or_else(|| Text::new(code, code), |one| one.title.clone())
                };
                let names: Vec<Text> = materials.iter().map(name).collect();
                let join =
                    |text: fn(&Text) -> &str, or: &str| names.iter().map(text).collect::<Vec<_>>().join(or);
                Text::new(join(|text| &text.sv, " eller "), join(|text| &text.en, " or "))
            }
        }
    }
}

/// A draft, as far as it tells what it would answer.
struct Draft {
    id: RecordId,
    subject: Uuid,
    form: String,
    content: serde_json::Value,
}

impl Draft {
    /// Whether it would answer an item that nothing answers yet.
    fn is_about(&self, entry: &ScheduleEntry) -> bool {
        entry.answer.is_none()
            && self.subject == entry.subject()
            && entry.item.what.is_met_by_form(&self.form, &self.content)
    }
}

/// The drafts that may be about the entries, by patient in the order begun.
fn drafts(session: &mut dyn ReadSession, entries: &[ScheduleEntry]) -> Result<Vec<Draft>, ServiceError> {
    let waiting = entries.iter().filter(|entry| entry.answer.is_none());
    let patients: BTreeSet<PatientId> = waiting.map(|entry| entry.patient).collect();
    let patients: Vec<PatientId> = patients.into_iter().collect();
    let found = session.latest_of(&patients, RecordStatus::Draft)?;
    let read = |(record, revision): (Record, Revision)| {
        let content = serde_json::from_str(&revision.content).ok()?;
        Some(Draft { id: record.id, subject: record.subject(), form: record.form, content })
    };
    Ok(found.into_iter().filter_map(read).collect())
}
