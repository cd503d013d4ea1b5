//! Publishing schemas: the database is authoritative, every server compiles what it holds.

mod compiled;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use cartotek_crypto::hash::sha256;
use cartotek_domain::access::{Granted, permission};
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::record::{Record, Revision, SchemaDocument};
use cartotek_domain::text::Text;
use cartotek_forms::{Form, Forms, SchemaSet};
use cartotek_persistence::{ReadSession, StoreError};

use crate::Service;
use crate::act::{Act, Done};
use crate::error::ServiceError;
use crate::journal::Journal;
use crate::publish::compiled::compile;
use crate::schedule::rebuild::{DUE, shapes_schedules};
use crate::timeline::published;

/// The name of the generation that counts publications.
pub(crate) const GENERATION: &str = "schemas";
/// How often a publication is prepared anew before the database counts as too busy.
const ATTEMPTS: usize = 10;

/// The compiled forms of one publication.
#[derive(Debug)]
pub struct PublishedForms {
    /// Counts publications.
    pub generation: i64,
    /// The forms.
    pub forms: Arc<Forms>,
    hashes: HashMap<(String, u32), String>,
}

impl PublishedForms {
    /// SHA-256 of a form's bytes, lower-case hex: what its records pin.
    pub fn sha256(&self, form: &Form) -> &str {
        self.hashes.get(&(form.code().to_owned(), form.version())).map_or("", String::as_str)
    }

    /// Whether they are what is published now: another server may have published since they were compiled.
    pub(crate) fn are_current(&self, session: &mut dyn ReadSession) -> Result<bool, StoreError> {
        Ok(session.generation(GENERATION)? == self.generation)
    }

    /// The form, the latest version unless one is named.
    ///
    /// # Errors
    /// `content_invalid`, naming the forms there are.
    pub fn expect(&self, code: &str, version: Option<u32>) -> Result<&Form, ServiceError> {
        self.forms.form(code, version).ok_or_else(|| {
            let known = self.forms.latest().map(|form| format!("{} {}", form.code(), form.version()));
            let known = known.collect::<Vec<_>>().join(", ");
            let message = Text::new(
                format!("Formuläret eller versionen finns inte. Formulär och senaste versioner: {known}."),
                format!("There is no such form, or version of it. Forms and latest versions: {known}."),
            );
            ServiceError::invalid(vec![Finding::error("FORM-UNKNOWN", "/form", message)])
        })
    }
}

impl Service {
    /// The version of the form that a stored revision was checked against.
    ///
    /// # Errors
    /// `unavailable` for one that another server has published a moment ago: this one will know it in some seconds.
    pub(crate) fn version_of(&self, record: &Record, revision: &Revision) -> Result<u32, ServiceError> {
        let version = u32::try_from(revision.form_version);
        let version =
            version.map_err(|_| StoreError::inconsistent("revision", "form_version", revision.id))?;
        match self.forms()?.forms.form(&record.form, Some(version)) {
            Some(_) => Ok(version),
            None => Err(StoreError::Busy.into()),
        }
    }

    /// The compiled forms.
    ///
    /// # Errors
    /// A defect when none were ever loaded.
    pub fn forms(&self) -> Result<Arc<PublishedForms>, ServiceError> {
        let forms = self.0.forms.read().unwrap_or_else(PoisonError::into_inner).clone();
        forms.ok_or_else(|| ServiceError::Defect("no forms are loaded".to_owned()))
    }

    /// Compiles the published forms again when another server has published; called every few seconds.
    ///
    /// # Errors
    /// When the database cannot be read, or what it holds does not compile.
    pub async fn refresh_forms(&self) -> Result<(), ServiceError> {
        let current = self.forms().ok().map(|published| published.generation);
        let loaded = self
            .store()
            .read("load forms", move |session| {
                let generation = session.generation(GENERATION)?;
                let fresh = (current != Some(generation)).then(|| session.schema_documents()).transpose()?;
                Ok::<_, StoreError>(fresh.map(|documents| (generation, documents)))
            })
            .await?;
        let Some((generation, documents)) = loaded else { return Ok(()) };
        let documents = documents.into_iter().map(|one| (one.path, one.content.into_bytes())).collect();
        let forms = compile(&SchemaSet { documents })?;
        let hashes = forms
            .forms()
            .map(|form| ((form.code().to_owned(), form.version()), sha256(&[form.bytes()]).to_string()))
            .collect();
        let published = Arc::new(PublishedForms { generation, forms, hashes });
        let mut held = self.0.forms.write().unwrap_or_else(PoisonError::into_inner);
        // A later publication may have been compiled in the meantime.
        if held.as_ref().is_none_or(|held| held.generation < generation) {
            *held = Some(published);
        }
        Ok(())
    }

    /// Publishes the documents that are new and replaces changed code lists; a published form never changes.
    ///
    /// # Errors
    /// `content_invalid` when the result does not compile or a published form was changed.
    pub async fn publish(
        &self,
        granted: &Granted<permission::PublishForms>,
        act: &Act,
        set: SchemaSet,
    ) -> Result<Done<Vec<String>>, ServiceError> {
        self.publish_by(Some(granted), act, set).await
    }

    /// What `migrate` does: publishes the folder that came with the program.
    ///
    /// # Errors
    /// As [`Service::publish`].
    pub async fn publish_as_system(
        &self,
        act: &Act,
        set: SchemaSet,
    ) -> Result<Done<Vec<String>>, ServiceError> {
        self.publish_by(None, act, set).await
    }

    /// Compiles, then publishes; once more when somebody else has published in between.
    async fn publish_by(
        &self,
        by: Option<&Granted<permission::PublishForms>>,
        act: &Act,
        set: SchemaSet,
    ) -> Result<Done<Vec<String>>, ServiceError> {
        let set = Arc::new(set);
        for _ in 0..ATTEMPTS {
            let (service, set, prepared) =
                (self.clone(), Arc::clone(&set), self.prepare_publication(&set).await?);
            let decide = move |journal: &mut Journal<'_>| publish(&service, journal, &set, prepared);
            let done = match by {
                Some(granted) => self.change(granted, act, "publish forms", decide).await,
                None => self.change_as_system("forms.publish", act, "publish forms", decide).await,
            };
            if !matches!(done, Err(ServiceError::Store(StoreError::Busy))) {
                let done = done?;
                self.refresh_forms().await?;
                if !act.dry_run {
                    self.lay_due_schedules().await?;
                    self.note_published().await?;
                }
                return Ok(done);
            }
        }
        Err(StoreError::Busy.into())
    }

    /// Compiles what would be published, before the one writer is asked; gives the generation it rests on.
    async fn prepare_publication(&self, set: &SchemaSet) -> Result<i64, ServiceError> {
        let read = |session: &mut dyn ReadSession| {
            Ok::<_, StoreError>((session.generation(GENERATION)?, session.schema_documents()?))
        };
        let (generation, known) = self.store().read("load forms", read).await?;
        let known = known.into_iter().map(|one| (one.path, one.content.into_bytes()));
        let documents = known.chain(set.documents.clone()).collect();
        tokio::task::spawn_blocking(move || compile(&SchemaSet { documents }))
            .await
            .map_err(|_| ServiceError::Defect("compiling forms panicked".to_owned()))??;
        Ok(generation)
    }
}

/// Publishes what is new, which was compiled together with what was published in the generation `prepared`; returns the
/// paths.
fn publish(
    service: &Service,
    journal: &mut Journal<'_>,
    set: &SchemaSet,
    prepared: i64,
) -> Result<Vec<String>, ServiceError> {
    let known = known(journal)?;
    if set.documents.iter().all(|(path, bytes)| holds(&known, path, bytes)) {
        return Ok(Vec::new());
    }
    // One publication at a time gets beyond this point, whichever server it runs on, and sees what others published.
    journal.bump_generation(GENERATION)?;
    if journal.read().generation(GENERATION)? != prepared + 1 {
        // Somebody else has published since: what was compiled is not what would be there.
        return Err(StoreError::Busy.into());
    }
    let known = self::known(journal)?;
    let mut paths = Vec::new();
    for (path, bytes) in &set.documents {
        if holds(&known, path, bytes) {
            continue;
        }
        let after = document(service, path, bytes)?;
        match known.get(path) {
            None => journal.insert(&after)?,
            Some(before) if is_list(path) && journal.replace(before, &after)? => {}
            Some(_) => return Err(changed(path)),
        }
        paths.push(path.clone());
    }
    if paths.iter().any(|path| shapes_schedules(path)) {
        journal.bump_generation(DUE)?;
    }
    if paths.iter().any(|path| published::decides_findings(path)) {
        journal.bump_generation(published::DUE)?;
    }
    Ok(paths)
}

fn document(service: &Service, path: &str, bytes: &[u8]) -> Result<SchemaDocument, ServiceError> {
    Ok(SchemaDocument {
        path: path.to_owned(),
        sha256: sha256(&[bytes]).to_string(),
        content: String::from_utf8(bytes.to_vec()).map_err(|_| not_text(path))?,
        published_at: service.now(),
        salt: service.salt()?,
    })
}

/// What is published, by path.
fn known(journal: &mut Journal<'_>) -> Result<HashMap<String, SchemaDocument>, ServiceError> {
    Ok(journal.read().schema_documents()?.into_iter().map(|one| (one.path.clone(), one)).collect())
}

fn holds(known: &HashMap<String, SchemaDocument>, path: &str, bytes: &[u8]) -> bool {
    known.get(path).is_some_and(|one| one.sha256 == sha256(&[bytes]).to_string())
}

/// Code lists grow, and examples only explain: both may be replaced.
fn is_list(path: &str) -> bool {
    path.starts_with("codelists/") || path.contains("/examples/")
}

fn not_text(path: &str) -> ServiceError {
    let message = Text::new(format!("{path} är inte UTF-8-text."), format!("{path} is not UTF-8 text."));
    ServiceError::invalid(vec![Finding::error("FORM-DEFECT", "", message)])
}

fn changed(path: &str) -> ServiceError {
    ServiceError::explained(
        Problem::AlreadyExists,
        format!("{path} är redan publicerad med annat innehåll. Publicera ändringen som en ny version."),
        format!("{path} is published already with other content. Publish the change as a new version."),
    )
}
