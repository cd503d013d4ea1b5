//! What a filled form looks like in a data-subject extract.

use std::collections::BTreeMap;

use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::record::AmendmentReason;
use cartotek_domain::text::{Language, Text};
use cartotek_service::extract::{Annulled, ExtractedRecord, ExtractedRevision};
use cartotek_service::forms::Wording;
use cartotek_service::record::ListedRecord;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::resource::finding::RecordFindingView;
use crate::resource::record_view::{RecordView, RevisionView};
use crate::resource::signature::{SignatureView, VerificationView};

/// An answer in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Wording)]
struct WordingView {
    /// What was asked.
    question: String,
    /// What the answer's code means; absent where the answer is no code.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// A content with its answers in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExtractedRevision)]
struct ExtractedRevisionView {
    #[serde(flatten)]
    revision: RevisionView,
    /// The wording of every answer, by its JSON pointer into `content`.
    wordings: BTreeMap<String, WordingView>,
}

impl ExtractedRevisionView {
    fn new(extracted: ExtractedRevision, language: Language) -> Self {
        let word = |(pointer, Wording { question, answer }): (String, Wording)| {
            let said = |text: Text| text.in_language(language).to_owned();
            (pointer, WordingView { question: said(question), answer: answer.map(said) })
        };
        let wordings = extracted.wordings.into_iter().map(word).collect();
        Self { revision: extracted.revision.into(), wordings }
    }
}

/// When a record was annulled, and why.
#[derive(Debug, Serialize, ToSchema)]
struct ExtractedAnnulment {
    /// The coded reason.
    reason: AmendmentReason,
    /// When.
    at: DateTime<Utc>,
}

impl From<Annulled> for ExtractedAnnulment {
    fn from(Annulled { reason, at }: Annulled) -> Self {
        Self { reason, at }
    }
}

/// A filled form with every content it ever had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExtractedRecord)]
pub(crate) struct ExtractedRecordView {
    #[serde(flatten)]
    record: RecordView,
    /// The name of the form.
    form_title: String,
    /// That it was annulled: it answers nothing, and since it may tell of somebody else, nothing that stands in it is shown.
    /// Absent of every other record.
    #[serde(skip_serializing_if = "Option::is_none")]
    annulled: Option<ExtractedAnnulment>,
    /// The contents, the first one first.
    revisions: Vec<ExtractedRevisionView>,
    /// Its verifications, by revision, with whether each still holds.
    verifications: Vec<VerificationView>,
    /// The signatures under it, in the order made, with whether each still holds.
    signatures: Vec<SignatureView>,
    /// What rules that look beyond the form find in it, given all that is known of the patient by now.
    findings: Vec<RecordFindingView>,
}

impl ExtractedRecordView {
    pub(crate) fn new(extracted: ExtractedRecord, patient: Pseudonym, language: Language) -> Self {
        let ExtractedRecord {
            record,
            key,
            marks,
            form_title,
            annulled,
            revisions,
            verifications,
            signatures,
            findings,
        } = extracted;
        Self {
            record: ListedRecord { record, pseudonym: patient, key, marks }.into(),
            form_title: form_title.in_language(language).to_owned(),
            annulled: annulled.map(ExtractedAnnulment::from),
            revisions: revisions.into_iter().map(|one| ExtractedRevisionView::new(one, language)).collect(),
            verifications: verifications.into_iter().map(VerificationView::from).collect(),
            signatures: signatures.into_iter().map(SignatureView::from).collect(),
            findings: findings.into_iter().map(|one| RecordFindingView::new(one, language)).collect(),
        }
    }
}
