//! What samples and aliquots look like on the wire.

use cartotek_domain::code::site::{BiobankCode, SiteCode};
use cartotek_domain::consent::ConsentPurpose;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{AliquotId, CourseId, SampleId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::amount::{Amount, AmountUnit};
use cartotek_domain::sample::{Sample, SampleUse, TubeStatus};
use cartotek_domain::text::Language;
use cartotek_service::sample::{AliquotFile, Registered, SampleCourse, SampleFile, SampleLine, TubeState};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::problem::FindingView;
use crate::resource::place_view::NamedPlaceView;

/// An amount in the unit it is kept in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Amount, example = json!({"quantity": 4_500_000, "unit": "nL"}))]
pub(crate) struct AmountView {
    /// How many.
    quantity: i64,
    /// Of what.
    unit: AmountUnit,
}

impl From<Amount> for AmountView {
    fn from(amount: Amount) -> Self {
        Self { quantity: amount.quantity(), unit: amount.unit() }
    }
}

/// An amount as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": 4.5, "unit": "mL"}))]
pub(crate) struct AmountDraft {
    /// The number.
    #[schema(minimum = 0)]
    value: f64,
    /// `L`, `mL`, `uL`, `nL`, `g`, `mg`, `ug`, `ng`, `cells_e6`, `cells` or `pieces`.
    #[schema(max_length = 10)]
    unit: String,
}

impl AmountDraft {
    /// The amount; a finding at `pointer` when it is none.
    pub(crate) fn parse(&self, pointer: &str) -> Result<Amount, Finding> {
        Amount::from_written(self.value, &self.unit)
            .map_err(|error| Finding::error("R-BIO-07", pointer, error.text()))
    }
}

/// Where a tube stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TubeState)]
pub(crate) struct TubeStateView {
    /// What is left in it.
    remaining: AmountView,
    /// Computed from where it lies and what is left.
    status: TubeStatus,
    /// Where it lies; absent when in no position.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<NamedPlaceView>,
    /// The number of the last step in its chain of custody: the ETag for `If-Match` of its position.
    version: i64,
}

impl From<TubeState> for TubeStateView {
    fn from(state: TubeState) -> Self {
        let TubeState { remaining, status, place, version } = state;
        Self { remaining: remaining.into(), status, place: place.map(NamedPlaceView::from), version }
    }
}

/// A primary sample.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sample)]
pub(crate) struct SampleView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: SampleId,
    /// Its barcode.
    #[schema(example = "KIBB-000017")]
    barcode: String,
    /// The patient.
    #[schema(value_type = String, format = "pseudonym", example = "CT-7K3M9Q2XAN")]
    patient: Pseudonym,
    /// The biobank that holds it.
    #[schema(value_type = String, example = "KI-BB")]
    biobank: BiobankCode,
    /// Where it was collected.
    #[schema(value_type = String, example = "KAR")]
    collection_site: SiteCode,
    /// Code of the material (code list `material`).
    #[schema(example = "PBMC")]
    material: String,
    /// When it was collected, with the offset at the place.
    #[schema(value_type = String, format = DateTime, example = "2026-02-19T08:30:00+01:00")]
    collected_at: DateTime<FixedOffset>,
    /// Code of the time point (code list `sample_time_point`).
    #[schema(example = "D7")]
    time_point: String,
    /// What it was taken for.
    taken_for: SampleUse,
    /// How much was collected.
    amount: AmountView,
    /// When it was entered.
    created_at: DateTime<Utc>,
}

impl SampleView {
    pub(crate) fn new(sample: Sample, patient: Pseudonym) -> Self {
        Self {
            collected_at: sample.collected(),
            id: sample.id,
            barcode: sample.barcode,
            patient,
            biobank: sample.biobank,
            collection_site: sample.collection_site,
            material: sample.material,
            time_point: sample.time_point,
            taken_for: sample.taken_for,
            amount: sample.amount.into(),
            created_at: sample.created_at,
        }
    }
}

/// A primary sample in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SampleLine)]
pub(crate) struct SampleLineView {
    /// The sample.
    #[serde(flatten)]
    sample: SampleView,
    /// What is left in its own tube.
    remaining: AmountView,
}

impl From<SampleLine> for SampleLineView {
    fn from(line: SampleLine) -> Self {
        Self { sample: SampleView::new(line.sample, line.pseudonym), remaining: line.remaining.into() }
    }
}

/// What is shown of a sample's course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SampleCourse)]
pub(crate) struct SampleCourseView {
    /// The course.
    #[schema(value_type = uuid::Uuid)]
    id: CourseId,
    /// 1 for the patient's first course, then 2, 3, …
    number: i32,
    /// The day of its first infusion, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    day0: Option<NaiveDate>,
}

impl From<SampleCourse> for SampleCourseView {
    fn from(course: SampleCourse) -> Self {
        Self { id: course.id, number: course.number, day0: course.day0 }
    }
}

/// An aliquot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Aliquot)]
pub(crate) struct AliquotView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: AliquotId,
    /// Its barcode.
    #[schema(example = "KIBB-000018")]
    barcode: String,
    /// The primary sample it comes from.
    #[schema(value_type = uuid::Uuid)]
    sample: SampleId,
    /// The aliquot it was taken from; absent when taken from the sample itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    parent: Option<AliquotId>,
    /// The biobank that holds it.
    #[schema(value_type = String, example = "KI-BB")]
    biobank: BiobankCode,
    /// Code of the material.
    #[schema(example = "PBMC")]
    material: String,
    /// How much it held at first.
    amount: AmountView,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Where its tube stands.
    state: TubeStateView,
}

impl From<AliquotFile> for AliquotView {
    fn from(file: AliquotFile) -> Self {
        let AliquotFile { aliquot, state } = file;
        Self {
            id: aliquot.id,
            barcode: aliquot.barcode,
            sample: aliquot.sample,
            parent: aliquot.parent,
            biobank: aliquot.biobank,
            material: aliquot.material,
            amount: aliquot.amount.into(),
            created_at: aliquot.created_at,
            state: state.into(),
        }
    }
}

/// A primary sample with its aliquots and what follows from its facts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SampleFile)]
pub(crate) struct SampleFileView {
    /// The sample.
    #[serde(flatten)]
    sample: SampleView,
    /// The course it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<SampleCourseView>,
    /// The sample type of MIABIS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Plasma")]
    miabis_type: Option<String>,
    /// Where its own tube stands.
    state: TubeStateView,
    /// Its aliquots, in the order made.
    aliquots: Vec<AliquotView>,
    /// What the patient's yes covers today.
    consent_purposes: Vec<ConsentPurpose>,
    /// Warnings and notices; absent from answers that only read.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingView>>,
}

impl From<SampleFile> for SampleFileView {
    fn from(file: SampleFile) -> Self {
        Self {
            sample: SampleView::new(file.sample, file.pseudonym),
            course: file.course.map(SampleCourseView::from),
            miabis_type: file.miabis_type,
            state: file.state.into(),
            aliquots: file.aliquots.into_iter().map(AliquotView::from).collect(),
            consent_purposes: file.purposes,
            findings: None,
        }
    }
}

impl SampleFileView {
    /// A sample that was just registered.
    pub(crate) fn registered(registered: Registered, language: Language) -> Self {
        let findings = registered.findings.iter().map(|one| FindingView::new(one, language)).collect();
        Self { findings: Some(findings), ..registered.file.into() }
    }
}
