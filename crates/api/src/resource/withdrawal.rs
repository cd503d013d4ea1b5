//! Withdrawal of consent.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, Responder, post};
use cartotek_domain::access::permission::ManagePatient;
use cartotek_domain::consent::{ConsentPurpose, Signatory};
use cartotek_domain::finding::Finding;
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_service::Service;
use cartotek_service::sample::SamplesConcerned;
use cartotek_service::withdraw::{Purposes, Withdrawal, Withdrawn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::answer::Answer;
use crate::http::body::{Body, Sent};
use crate::http::caller::Permitted;
use crate::http::path;
use crate::http::problem::{ApiError, ForRequest};
use crate::http::query::Writing;
use crate::http::time::Day;
use crate::http::words::Words;
use crate::resource::consent::{ConsentDraft, ConsentView, patient_signs};

/// What a patient takes back: single purposes, or all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "purposes": ["biobank_research"], "decided_on": "2026-03-01", "signed_by": "patient",
    "document_ref": "binder 7, page 12"
}))]
pub(crate) struct WithdrawalDraft {
    /// The purposes; to each the patient's yes must hold on the day.
    #[serde(default)]
    purposes: Vec<ConsentPurpose>,
    /// In the place of `purposes`: every one to which a yes holds on the day.
    #[serde(default)]
    all: bool,
    /// The day it was signed or said.
    #[schema(value_type = String, format = Date)]
    decided_on: Day,
    /// Who signed; the patient unless it says otherwise.
    #[serde(default = "patient_signs")]
    signed_by: Signatory,
    /// Where the paper lies, in the hospital's own words.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    document_ref: Option<Words<200>>,
}

impl Body for WithdrawalDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        ConsentDraft::field_kind(pointer)
    }
}

impl WithdrawalDraft {
    /// The withdrawal, when it says in one way and not in two what is withdrawn.
    fn read(self) -> Result<Withdrawal, Finding> {
        let Self { purposes, all, decided_on, signed_by, document_ref } = self;
        let purposes = match (purposes.is_empty(), all) {
            (true, true) => Purposes::All,
            (false, false) => Purposes::Named(purposes),
            _ => {
                let text = Text::new(
                    "Ange antingen purposes med minst ett ändamål, eller all: true.",
                    "Give either purposes with at least one purpose, or all: true.",
                );
                return Err(Finding::error("R-CONS-09", "/purposes", text));
            }
        };
        let document_ref = document_ref.map(|words| words.0);
        Ok(Withdrawal { purposes, decided_on: decided_on.0, signed_by, document_ref })
    }
}

/// The samples that a withdrawal concerns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SamplesConcerned)]
pub(crate) struct SamplesConcernedView {
    /// Whether it leaves the biobank no purpose at all (form E1): then every tube is to be destroyed. Otherwise the
    /// tubes may no longer be used for what was withdrawn.
    every_purpose: bool,
    /// The tubes in which something is left.
    tubes: usize,
}

/// A withdrawal with what follows from it; in a dry run, what would follow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Withdrawal)]
pub(crate) struct WithdrawalView {
    /// One decision per purpose.
    decisions: Vec<ConsentView>,
    /// Whether nothing new may be collected for the registry from now on.
    collection_stops: bool,
    /// Whether researchers' answers leave the patient out from now on.
    left_out_of_research: bool,
    /// How many forms and samples are no longer expected, of all that were in fifteen years: also those whose time has not
    /// come, which stand on no worklist yet.
    no_longer_expected: usize,
    /// The samples it concerns.
    samples: SamplesConcernedView,
}

impl From<Withdrawn> for WithdrawalView {
    fn from(withdrawn: Withdrawn) -> Self {
        let Withdrawn { decisions, collection_stops, left_out_of_research, no_longer_expected, samples } =
            withdrawn;
        let SamplesConcerned { every_purpose, tubes } = samples;
        Self {
            decisions: decisions.into_iter().map(ConsentView::from).collect(),
            collection_stops,
            left_out_of_research,
            no_longer_expected,
            samples: SamplesConcernedView { every_purpose, tubes },
        }
    }
}

/// Record that a patient withdraws consent, to one purpose or to several at once.
///
/// All decisions are recorded, or none. `dry_run=true` tells what would follow. An objection to the quality register
/// is no withdrawal: record `opted_out`. Permission: `patients.manage`.
#[utoipa::path(tag = "patients", params(
    ("pseudonym" = String, Path, description = "Pseudonym of the patient.", example = "CT-7K3M9Q2XAN"),
    Writing,
), request_body = WithdrawalDraft,
    responses((status = 201, description = "The decisions are recorded.", body = WithdrawalView)))]
#[post("/patients/{pseudonym}/withdrawals")]
pub(crate) async fn withdraw(
    request: HttpRequest,
    caller: Permitted<ManagePatient>,
    pseudonym: Path<String>,
    sent: Sent<WithdrawalDraft>,
    service: Data<Service>,
) -> Result<impl Responder, ApiError> {
    let pseudonym = path::parse(&request, &pseudonym)?;
    let refused = |finding| ApiError::found(&request, Problem::ContentInvalid, vec![finding]);
    let withdrawal = sent.body.read().map_err(refused)?;
    let done = service.withdraw(&caller.0, &sent.act, pseudonym, withdrawal).await.for_request(&request)?;
    Ok(Answer::created(done, WithdrawalView::from))
}
