//! What a sample looks like in a data-subject extract.

use cartotek_domain::id::{CourseId, LedgerEntryId};
use cartotek_domain::pseudonym::Pseudonym;
use cartotek_domain::sample::{LedgerEntry, LedgerKind, Tube};
use cartotek_service::extract::ExtractedSample;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::resource::sample_view::{AliquotView, AmountView, SampleView, TubeStateView};
use crate::resource::tube_view::CustodyEventView;

/// A movement of amount between tubes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
struct LedgerEntryView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LedgerEntryId,
    /// Why.
    kind: LedgerKind,
    /// From which tube; absent when it came from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<uuid::Uuid>,
    /// Into which tube; absent when it left.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<uuid::Uuid>,
    /// How much.
    amount: AmountView,
    /// When it was entered.
    recorded_at: DateTime<Utc>,
}

impl From<LedgerEntry> for LedgerEntryView {
    fn from(entry: LedgerEntry) -> Self {
        let LedgerEntry { id, kind, from, to, amount, recorded_at, .. } = entry;
        let (from, to) = (from.map(Tube::uuid), to.map(Tube::uuid));
        Self { id, kind, from, to, amount: amount.into(), recorded_at }
    }
}

/// A sample with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExtractedSample)]
pub(crate) struct ExtractedSampleView {
    #[serde(flatten)]
    sample: SampleView,
    /// The course it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    course: Option<CourseId>,
    /// Where its own tube stands.
    state: TubeStateView,
    /// Its aliquots, in the order made.
    aliquots: Vec<AliquotView>,
    /// The movements of amount.
    ledger: Vec<LedgerEntryView>,
    /// The chain of custody.
    custody_events: Vec<CustodyEventView>,
}

impl ExtractedSampleView {
    pub(crate) fn new(extracted: ExtractedSample, patient: Pseudonym) -> Self {
        let ExtractedSample { sample, state, aliquots, ledger, custody } = extracted;
        Self {
            course: sample.course,
            sample: SampleView::new(sample, patient),
            state: state.into(),
            aliquots: aliquots.into_iter().map(AliquotView::from).collect(),
            ledger: ledger.into_iter().map(LedgerEntryView::from).collect(),
            custody_events: custody.into_iter().map(CustodyEventView::from).collect(),
        }
    }
}
