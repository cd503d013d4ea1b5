//! The facts of many rows, each with its own event, written together.
//!
//! The counterpart of the journal for imports: a record gets in only together with its event.

use std::sync::Arc;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::audit::{AuditEvent, Outcome, Subject};
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::AuditEventId;
use cartotek_domain::milestone::Milestone;
use cartotek_domain::record::{Acknowledgement, Record};
use cartotek_forms::Form;
use cartotek_persistence::session::together::Together;
use cartotek_persistence::{ReadSession, WriteSession};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::import::Import;
use crate::import::header::Header;
use crate::import::mapping::Mappings;
use crate::import::prepare::PreparedRow;
use crate::import::recall::reached;
use crate::import::selection::Selection;
use crate::journal::{fact_hash, subject};
use crate::patient::all_seen;
use crate::record::prepare::Prepared;
use crate::schedule::settle::{Changes, Submission, settle};
use crate::timeline::{due, found_at_submission};
use crate::witness::Witnessed;

/// Who writes rows, for which site and forms.
#[derive(Clone)]
pub(super) struct Writer(Arc<Inner>);

struct Inner {
    service: Service,
    granted: Granted<permission::ImportRecords>,
    act: Act,
    site: SiteCode,
    selection: Selection,
    mappings: Mappings,
    header: Option<Arc<Header>>,
}

impl Writer {
    pub(super) fn new(
        service: &Service,
        granted: &Granted<permission::ImportRecords>,
        act: &Act,
        site: &SiteCode,
        (selection, mappings): (Selection, Mappings),
        header: Option<Arc<Header>>,
    ) -> Self {
        Self(Arc::new(Inner {
            service: service.clone(),
            granted: granted.clone(),
            act: act.clone(),
            site: site.clone(),
            selection,
            mappings,
            header,
        }))
    }

    pub(super) fn service(&self) -> &Service {
        &self.0.service
    }

    pub(super) fn site(&self) -> &SiteCode {
        &self.0.site
    }

    pub(super) fn act(&self) -> &Act {
        &self.0.act
    }

    pub(super) fn granted(&self) -> &Granted<permission::ImportRecords> {
        &self.0.granted
    }

    pub(super) fn selection(&self) -> &Selection {
        &self.0.selection
    }

    /// The versions of mappings by which the file is read, for an event.
    pub(super) fn mapped(&self) -> Vec<Subject> {
        all_seen(self.0.mappings.versions())
    }

    pub(super) fn header(&self) -> Option<&Header> {
        self.0.header.as_deref()
    }

    /// The form that a row fills in.
    pub(super) fn form_of(&self, row: &PreparedRow) -> Option<&Form> {
        self.0.selection.form(row.form.as_ref()?)
    }

    /// The column of a table that a finding in a row's content belongs to.
    pub(super) fn column_of(&self, row: &PreparedRow, pointer: &str) -> Option<&str> {
        self.header()?.column_at(row.form.as_ref()?, pointer)
    }

    /// An event of the import, with an id of its own.
    pub(super) fn event(&self) -> AuditEvent {
        let event = self.0.service.event(&self.0.granted, &self.0.act);
        AuditEvent {
            id: AuditEventId::next(self.0.service.ids()),
            unit: Some(self.0.site.to_string()),
            http_status: 201,
            ..event
        }
    }

    /// The stored answer, once it is recorded whom it is shown of again.
    pub(super) async fn witness_replay(&self, done: Done<Import>) -> Result<Done<Import>, ServiceError> {
        let (site, today) = (self.site().clone(), self.0.service.today());
        let patients: Vec<_> = done.value.findings.iter().filter_map(|one| one.patient).collect();
        let look = move |session: &mut dyn ReadSession| reached(session, &site, patients, today);
        let subjects = self.0.service.store().read("find patients of import", look).await?;
        if !subjects.is_empty() {
            let event = AuditEvent { outcome: Outcome::Read, subjects, ..self.event() };
            self.0.service.append(event).await?;
        }
        Ok(done)
    }

    /// The event as it is stored.
    pub(super) fn witness(&self, event: &AuditEvent) -> Result<Witnessed, ServiceError> {
        Witnessed::new(event, &self.0.service.keys().audit_row)
    }
}

/// Facts that wait to be written.
#[derive(Default)]
pub(super) struct Batch {
    rows: Together,
    submitted: Vec<Submission>,
}

impl Batch {
    /// Adds a submitted record, in which something was found, with its event.
    pub(super) fn add(
        &mut self,
        writer: &Writer,
        record: Record,
        prepared: &Prepared,
        explained: Vec<Acknowledgement>,
        milestones: Vec<Milestone>,
        found: &[Finding],
    ) -> Result<(), ServiceError> {
        let author = writer.granted().caller().actor;
        let revision = prepared.revision(writer.service(), &record, author, explained, None)?;
        let subjects = vec![
            subject(&record, None, Some(fact_hash(&record)?.to_string())),
            subject(&revision, None, Some(fact_hash(&revision)?.to_string())),
        ];
        writer.witness(&AuditEvent { subjects, ..writer.event() })?.add_to(&mut self.rows);
        self.rows.findings.extend(found_at_submission(prepared.form()?, &record, &revision, found));
        self.rows.milestones.extend(milestones.into_iter().map(|milestone| (record.patient, milestone)));
        self.submitted.push(Submission {
            record: record.clone(),
            prepared: prepared.clone(),
            expected: None,
        });
        self.rows.records.push(record);
        self.rows.revisions.push(revision);
        Ok(())
    }

    /// Writes everything, and notes what is to be judged after it.
    pub(super) fn write(&self, tx: &mut dyn WriteSession, writer: &Writer) -> Result<(), ServiceError> {
        tx.write_together(&self.rows)?;
        let mut changes = Changes::default();
        changes.note_milestones(&self.rows.milestones);
        self.submitted.iter().for_each(|one| changes.submitted(one.clone()));
        let published = writer.service().forms()?;
        let answers = settle(tx, &published, &changes)?;
        let findings_due = due(writer.service(), tx, &changes)?;
        Ok(tx.write_together(&Together { findings_due, answers, ..Together::default() })?)
    }
}
