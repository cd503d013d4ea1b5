//! What happens to tubes, on the wire: splitting, placing, custody.

use cartotek_domain::code::barcode::Barcode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::{ActorId, BoxId, CustodyEventId};
use cartotek_domain::identifier::FieldKind;
use cartotek_domain::sample::{CustodyEvent, CustodyKind, Tube};
use cartotek_domain::text::Language;
use cartotek_service::sample::{Aliquoted, NewAliquot, Placement, Splitting, TubeFile};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::body::Body;
use crate::http::problem::FindingView;
use crate::resource::place_view::PlaceView;
use crate::resource::sample_view::{AliquotView, AmountDraft, AmountView, TubeStateView};

/// Whether a tube holds the primary sample or an aliquot.
///
/// - `sample`: The primary sample.
/// - `aliquot`: An aliquot.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TubeKind {
    Sample,
    Aliquot,
}

impl From<Tube> for TubeKind {
    fn from(tube: Tube) -> Self {
        match tube {
            Tube::Sample(_) => Self::Sample,
            Tube::Aliquot(_) => Self::Aliquot,
        }
    }
}

/// A tube and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tube)]
pub(crate) struct TubeView {
    /// Sample or aliquot.
    kind: TubeKind,
    /// Its id.
    id: uuid::Uuid,
    /// Its barcode.
    #[schema(example = "KIBB-000018")]
    barcode: String,
    /// Where it stands.
    #[serde(flatten)]
    state: TubeStateView,
}

impl From<TubeFile> for TubeView {
    fn from(file: TubeFile) -> Self {
        let TubeFile { tube, barcode, state } = file;
        Self { kind: tube.into(), id: tube.uuid(), barcode, state: state.into() }
    }
}

/// A step in a tube's chain of custody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyEvent)]
pub(crate) struct CustodyEventView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CustodyEventId,
    /// 1 for the first step of the sample and its aliquots, then 2, 3, …
    number: i64,
    /// Whose step: sample or aliquot.
    tube_kind: TubeKind,
    /// The id of that tube.
    tube: uuid::Uuid,
    /// What happened.
    kind: CustodyKind,
    /// When.
    occurred_at: DateTime<Utc>,
    /// Who did it.
    #[schema(value_type = uuid::Uuid)]
    actor: ActorId,
    /// Where the tube was after it; absent when in no position.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
}

impl From<CustodyEvent> for CustodyEventView {
    fn from(event: CustodyEvent) -> Self {
        let CustodyEvent { id, number, tube, kind, occurred_at, actor, place, .. } = event;
        let (tube_kind, tube) = (tube.into(), tube.uuid());
        Self { id, number, tube_kind, tube, kind, occurred_at, actor, place: place.map(PlaceView::from) }
    }
}

/// An aliquot to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AliquotDraft {
    /// Its barcode: 3 to 40 visible characters without spaces, unique in the network.
    #[schema(value_type = String, pattern = "^[!-~]{3,40}$", example = "KIBB-000018")]
    barcode: Barcode,
    /// How much it holds.
    amount: AmountDraft,
}

/// How a tube is split into aliquots of the same material.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "aliquots": [
        {"barcode": "KIBB-000018", "amount": {"value": 2, "unit": "mL"}},
        {"barcode": "KIBB-000019", "amount": {"value": 2, "unit": "mL"}}
    ],
    "loss": {"value": 0.1, "unit": "mL"}
}))]
pub(crate) struct SplittingDraft {
    /// The aliquots, all made or none.
    #[schema(min_items = 1, max_items = 200)]
    aliquots: Vec<AliquotDraft>,
    /// What was lost on the way.
    #[serde(default)]
    loss: Option<AmountDraft>,
}

impl Body for SplittingDraft {
    fn field_kind(pointer: &str) -> Option<FieldKind> {
        Some(if pointer.ends_with("/barcode") { FieldKind::Label } else { FieldKind::Structured })
    }
}

impl SplittingDraft {
    /// The split; every amount that is none is found.
    pub(crate) fn parse(self) -> Result<Splitting, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut aliquots = Vec::with_capacity(self.aliquots.len());
        for (index, one) in self.aliquots.into_iter().enumerate() {
            match one.amount.parse(&format!("/aliquots/{index}/amount")) {
                Ok(amount) => aliquots.push(NewAliquot { barcode: one.barcode, amount }),
                Err(finding) => findings.push(finding),
            }
        }
        let loss = self.loss.map(|loss| loss.parse("/loss")).transpose();
        match loss {
            Ok(loss) if findings.is_empty() => return Ok(Splitting { aliquots, loss }),
            Ok(_) => {}
            Err(finding) => findings.push(finding),
        }
        Err(findings)
    }
}

/// What a split made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Aliquoted)]
pub(crate) struct AliquotedView {
    /// The new aliquots, in the order given.
    aliquots: Vec<AliquotView>,
    /// What is left in the tube they were taken from.
    remaining: AmountView,
    /// Warnings.
    findings: Vec<FindingView>,
}

impl AliquotedView {
    pub(crate) fn new(made: Aliquoted, language: Language) -> Self {
        Self {
            aliquots: made.aliquots.into_iter().map(AliquotView::from).collect(),
            remaining: made.remaining.into(),
            findings: made.findings.iter().map(|one| FindingView::new(one, language)).collect(),
        }
    }
}

/// Where a tube is to lie.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"box": "01980000-0000-7000-8000-000000000000", "position": "A1"}))]
pub(crate) struct PlacementDraft {
    /// The box, of the biobank that holds the tube.
    #[serde(rename = "box")]
    #[schema(value_type = uuid::Uuid)]
    storage_box: BoxId,
    /// The position: the letter of the row and the number of the column.
    #[schema(example = "A1", max_length = 4)]
    position: String,
}

impl Body for PlacementDraft {}

impl From<PlacementDraft> for Placement {
    fn from(draft: PlacementDraft) -> Self {
        Self { storage_box: draft.storage_box, position: draft.position }
    }
}
