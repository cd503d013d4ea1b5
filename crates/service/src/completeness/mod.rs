//! Completeness and timeliness (domain brief 2.4): of forms, of fields, of follow-up, and the query load, each with what
//! is missing or waits.
//!
//! A site means the one that answers for the patient today, on whose worklist the items stand. Who sees what:
//!
//! - a data manager gets exact figures of the own sites, and the items, records and courses behind them;
//! - a coordinator gets coarser figures of every site that answers for at least five patients with an infused course (of
//!   forms, some of which are due and overdue before, for at least five patients), all together or one by one, but none about
//!   fewer than five patients and no median of fewer than ten (5.6); what lies above something hidden is of that too, in tens,
//!   whole per cent and whole numbers, or not shown, so that no total leans; of follow-up only Clark's C in whole per cent at
//!   ends of quarters. Smaller sites are in no figure, so that no total tells of them.
//!
//! A caller with both kinds of roles is a data manager of the own sites and a coordinator of the others. A question for
//! figures leaves an event with the hash of what was asked; one for items, records or courses names the patients shown.

mod audience;
mod field;
mod field_record;
mod field_tally;
mod follow_up;
mod form;
mod form_figures;
mod form_sum;
mod gap_key;
mod load_record;
mod load_tally;
mod missing;
mod quarter;
mod query_load;
mod source;
mod sum;

pub use cartotek_domain::completeness::{
    Calendar, CalendarPeriod, FieldCompleteness, FieldStanding, PersonTime, QueryLoad, Share,
};

pub use self::field::{FieldFigures, FieldQuestion, FieldReport, FieldShown};
pub use self::field_record::{FieldRecord, FieldRecordQuery};
pub use self::follow_up::{FollowUpFigures, FollowUpGap, FollowUpQuestion, FollowUpReport, GapQuery};
pub use self::form::{FormFigures, FormGroup, FormQuestion, FormReport, FormShare};
pub use self::gap_key::{GapKey, NotAGapKey};
pub use self::load_record::{LoadRecord, LoadRecordQuery};
pub use self::missing::MissingQuery;
pub use self::query_load::{LoadFigures, LoadQuestion, LoadReport};
