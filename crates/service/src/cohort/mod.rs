//! Research questions: the codebook, counts and survival over a columnar view of the registry.
//!
//! The view holds one row per course and is kept in memory by every server. It reflects the *sealed* changes of the log
//! (`as_of`, the number of leaves) and is brought forward patient by patient. Who sees what is decided here:
//!
//! - a data manager gets exact figures about the patients of the own sites, whatever their consents: it is the site's
//!   own record;
//! - a researcher or coordinator gets protected figures over the whole network, about patients whose consent stands
//!   (see `row.rs`).
//!
//! A caller with both kinds of roles asks as a data manager. Every question leaves an event with the hash of what was
//! asked; it names no patient, because none is shown.

mod audience;
mod endpoint;
mod pick;
mod question;
mod row;
mod variable;
mod view;

use cartotek_domain::access::{Granted, permission};
use serde_json::json;

pub use cartotek_analysis::codebook::{CodebookCode, CodebookEntry};
pub use cartotek_analysis::count::{By, GroupKey};
pub use cartotek_analysis::disclosure::{
    AtRiskView, BreakdownView, CountView, CurveView, GroupView, MedianView, Protection, StepView,
    StratumView, SurvivalView,
};
pub use cartotek_analysis::survival::SurvivalRequest;

pub(crate) use crate::cohort::audience::research;
pub(crate) use crate::cohort::question::hash as question_hash;
pub use crate::cohort::question::{CohortAnswer, CountQuestion, SurvivalQuestion};
pub(crate) use crate::cohort::row::responsible_mark;
pub(crate) use crate::cohort::view::Cohorts;

use crate::Service;
use crate::act::{Act, Done};
use crate::cohort::question::{Asked, Asking, count, hash, survive};
use crate::error::ServiceError;

/// Which variables are looked for.
#[derive(Debug, Clone, Default)]
pub struct VariableQuery {
    /// Words that stand in the id or the name, in either language.
    pub text: Option<String>,
    /// The form that they come from, or what stands in its place.
    pub form: Option<String>,
}

impl Service {
    /// The codebook: the variables that a cohort expression may name, all or those that are looked for.
    ///
    /// # Errors
    /// `content_invalid` for an unknown form; as the published forms cannot be read.
    pub fn variables(
        &self,
        _granted: &Granted<permission::ReadVariables>,
        query: &VariableQuery,
    ) -> Result<Done<Vec<CodebookEntry>>, ServiceError> {
        let published = self.forms()?;
        let mut definitions = variable::definitions(&published.forms);
        if let Some(form) = &query.form
            && !definitions.iter().any(|one| one.form == *form)
        {
            published.expect(form, None)?;
        }
        definitions.retain(|one| variable::is_looked_for(one, query));
        let value = cartotek_analysis::codebook::entries(&definitions);
        Ok(Done::new(value, None))
    }

    /// How many patients and courses a cohort holds, in all and by one variable.
    ///
    /// # Errors
    /// `content_invalid` with a finding for everything in the question that does not fit the codebook.
    pub async fn count_cohort(
        &self,
        granted: &Granted<permission::AskCohort>,
        act: &Act,
        question: CountQuestion,
    ) -> Result<Done<CohortAnswer<CountView>>, ServiceError> {
        let asked = Asked::read(&question.filter, question.by.as_ref().map(|by| by.variable.clone()))?;
        let hash = hash(&json!({ "count": { "where": asked.expression(), "by": question.by } }));
        let asking = Asking::of(granted);
        let view = self.cohort_view().await?;
        let answer = blocking(move || count(&view, &asking, &asked, question.by.as_ref())).await??;
        let receipt = self.witness_question(granted, act, hash).await?;
        Ok(Done::new(answer, Some(receipt)))
    }

    /// Overall survival of a cohort, in all and by one variable.
    ///
    /// # Errors
    /// As [`Service::count_cohort`].
    pub async fn cohort_survival(
        &self,
        granted: &Granted<permission::AskCohort>,
        act: &Act,
        question: SurvivalQuestion,
    ) -> Result<Done<CohortAnswer<SurvivalView>>, ServiceError> {
        let asked = Asked::read(&question.filter, question.request.strata.clone())?;
        let hash = hash(&json!({ "survival": { "where": asked.expression(), "request": question.request } }));
        let asking = Asking::of(granted);
        let view = self.cohort_view().await?;
        let answer = blocking(move || survive(&view, &asking, &asked, &question.request)).await??;
        let receipt = self.witness_question(granted, act, hash).await?;
        Ok(Done::new(answer, Some(receipt)))
    }
}

/// Runs a computation where it holds up no other request.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let answer = tokio::task::spawn_blocking(work).await;
    answer.map_err(|_| ServiceError::Defect("a computation over the cohort view panicked".to_owned()))
}
