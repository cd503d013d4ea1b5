//! A question about a cohort: read, run for whom it is asked, and answered with what was done.

use cartotek_analysis::cohort::{Expression, Plan, Selection, describe};
use cartotek_analysis::count::{self, By};
use cartotek_analysis::disclosure::{Answer, Audience, CountView, Protection, SurvivalView};
use cartotek_analysis::survival::{SurvivalRequest, overall_survival};
use cartotek_analysis::view::{Scope, View};
use cartotek_crypto::hash::{Hash, sha256};
use cartotek_domain::access::{Granted, Role, permission};
use cartotek_domain::text::{Language, Text};
use cartotek_forms::canonical;
use serde::Serialize;
use serde_json::Value;

use super::row::RESEARCH;
use crate::error::ServiceError;

/// How many a cohort holds.
#[derive(Debug, Clone)]
pub struct CountQuestion {
    /// The cohort expression, as sent at `/where`.
    pub filter: Value,
    /// By which variable to break the count down, as sent at `/by`.
    pub by: Option<By>,
}

/// How long a cohort lives.
#[derive(Debug, Clone)]
pub struct SurvivalQuestion {
    /// The cohort expression, as sent at `/where`.
    pub filter: Value,
    /// Strata and times, as sent beside it.
    pub request: SurvivalRequest,
}

/// An answer with everything needed to rely on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CohortAnswer<T> {
    /// How the figures were protected.
    pub protection: Protection,
    /// About whom it is and what was done to the figures.
    pub explanation: Text,
    /// The question in words.
    pub question: Text,
    /// The number of sealed events that it reflects.
    pub as_of: u64,
    /// The figures.
    pub result: T,
}

/// Who asks, as far as the answer depends on it.
pub(super) struct Asking {
    audience: Audience,
    /// The own sites of a data manager; empty for the network.
    sites: Vec<String>,
}

impl Asking {
    pub(super) fn of(granted: &Granted<permission::AskCohort>) -> Self {
        if granted.through(Role::DataManager) {
            let sites = granted.own_sites().iter().map(ToString::to_string).collect();
            return Self { audience: Audience::Exact, sites };
        }
        Self { audience: Audience::Protected, sites: Vec::new() }
    }

    fn scope(&self) -> Scope {
        Scope::Sites(match self.audience {
            Audience::Exact => self.sites.clone(),
            Audience::Protected => vec![RESEARCH.to_owned()],
        })
    }
}

/// A cohort expression that was read, with the variable that divides the answer.
pub(super) struct Asked {
    expression: Expression,
    divided_by: Option<String>,
}

impl Asked {
    /// Reads what was sent at `/where`.
    pub(super) fn read(filter: &Value, divided_by: Option<String>) -> Result<Self, ServiceError> {
        let expression = Expression::parse(filter, "/where").map_err(ServiceError::invalid)?;
        Ok(Self { expression, divided_by })
    }

    pub(super) fn expression(&self) -> &Expression {
        &self.expression
    }

    fn select(&self, view: &View, asking: &Asking) -> Result<Selection, ServiceError> {
        let plan = Plan::compile(&self.expression, view, "/where").map_err(ServiceError::invalid)?;
        Ok(plan.evaluate(&asking.scope()))
    }

    /// The question in words.
    fn describe(&self, view: &View, subject: &Text) -> Text {
        let definitions = view.catalogue().definitions();
        let in_language = |language: Language, by: &str| {
            let cohort = describe(&self.expression, definitions, language);
            let title = self.divided_by.as_deref().and_then(|id| view.catalogue().find(id));
            let divided = title.map(|(_, one)| format!("{by}{}", one.title.in_language(language)));
            format!("{}: {cohort}{}", subject.in_language(language), divided.unwrap_or_default())
        };
        Text::new(in_language(Language::Sv, "; uppdelat på "), in_language(Language::En, "; divided by "))
    }
}

/// Counts a cohort.
pub(super) fn count(
    view: &View,
    asking: &Asking,
    asked: &Asked,
    by: Option<&By>,
) -> Result<CohortAnswer<CountView>, ServiceError> {
    let selection = asked.select(view, asking)?;
    let counted = match by {
        None => count::count(&selection),
        Some(by) => count::count_by(&selection, by, "/by").map_err(ServiceError::invalid)?,
    };
    let subject = Text::new("Antal patienter och behandlingsomgångar", "Number of patients and courses");
    let question = asked.describe(view, &subject);
    let sums = match (asking.audience, by) {
        (Audience::Protected, Some(_)) => Text::new(
            " I en uppdelning är summan den av de visade grupperna, också där en patient står i flera.",
            " In a breakdown the total is that of the groups shown, also where a patient stands in several.",
        ),
        _ => Text::new("", ""),
    };
    Ok(answered(counted.answer(asking.audience), asking, question, &sums))
}

/// Estimates the survival of a cohort.
pub(super) fn survive(
    view: &View,
    asking: &Asking,
    asked: &Asked,
    request: &SurvivalRequest,
) -> Result<CohortAnswer<SurvivalView>, ServiceError> {
    let selection = asked.select(view, asking)?;
    let survival = overall_survival(&selection, request, "").map_err(ServiceError::invalid)?;
    let subject = Text::new("Total överlevnad", "Overall survival");
    let question = asked.describe(view, &subject);
    let (grid_sv, grid_en) = match asking.audience {
        Audience::Exact => ("", ""),
        Audience::Protected => (
            " Kurvan visas var 30:e dag i hela procent, så länge minst 10 följs, ur avrundade antal; den sänks först när minst 10 har avlidit sedan sist och ligger däremellan för högt; intervallen räknar inte in det.",
            " The curve is shown every 30 days in whole percent, as long as at least 10 are followed, from rounded figures; it comes down only where at least 10 have died since it last did, and lies too high in between; the intervals do not count that in.",
        ),
    };
    let method = Text::new(
        format!(
            " Kaplan–Meier från patientens första infusion i kohorten till död av vilken orsak som helst, censurerat \
             vid senaste dag känd i livet; den som är känd som död utan dödsdatum räknas som avliden den dag en kontakt \
             fann det; 95 % log-log-intervall enligt Greenwood.{grid_sv}"
        ),
        format!(
            " Kaplan–Meier from the patient's first infusion in the cohort to death of any cause, censored at the last \
             day known alive; who is known to be dead without a date counts as dead on the day of the contact that \
             found it; 95 % log-log intervals after Greenwood.{grid_en}"
        ),
    );
    Ok(answered(survival.answer(asking.audience), asking, question, &method))
}

fn answered<T>(answer: Answer<T>, asking: &Asking, question: Text, method: &Text) -> CohortAnswer<T> {
    let (protection, as_of) = (answer.protection().clone(), answer.as_of());
    let about = match &protection {
        Protection::Exact => {
            let sites = asking.sites.join(", ");
            Text::new(
                format!("Exakta tal om patienterna vid {sites}."),
                format!("Exact figures about the patients of {sites}."),
            )
        }
        Protection::Protected { note, .. } => Text::new(
            format!("{} Hela nätverket, utom patienter utan gällande samtycke.", note.sv),
            format!("{} The whole network, without patients whose consent does not stand.", note.en),
        ),
    };
    let sealed = Text::new(
        format!(" Alla ändringar till och med loggens händelse {as_of} är med."),
        format!(" All changes up to event {as_of} of the log are included."),
    );
    let explanation = Text::new(about.sv + &sealed.sv + &method.sv, about.en + &sealed.en + &method.en);
    CohortAnswer { protection, explanation, question, as_of, result: answer.into_result() }
}

/// What the log keeps of a question: the same for every way to write it down.
pub(crate) fn hash(question: &Value) -> Hash {
    sha256(&[canonical(question).as_bytes()])
}
