//! Questions to the small network, as a site or as a researcher asks them.

use cartotek_domain::access::{Granted, Permission, Role};
use cartotek_service::cohort::{CohortAnswer, CountQuestion, CountView, SurvivalQuestion, SurvivalView};
use cartotek_service::{Done, Service, ServiceError};
use serde_json::{Value, json};

use crate::network::{Network, act, granted};

impl Network {
    /// A count as a data manager of a site, or a researcher where it is empty.
    pub(crate) async fn counted(&self, site: &str, question: CountQuestion) -> CohortAnswer<CountView> {
        self.ask(&self.service, site, question).await.unwrap().value
    }

    /// A count on a server.
    pub(crate) async fn ask(
        &self,
        service: &Service,
        site: &str,
        question: CountQuestion,
    ) -> Result<Done<CohortAnswer<CountView>>, ServiceError> {
        service.count_cohort(&asking(site), &act(), question).await
    }

    pub(crate) async fn survival(&self, site: &str, request: Value) -> CohortAnswer<SurvivalView> {
        let request = serde_json::from_value(request).unwrap();
        let question = SurvivalQuestion { filter: json!({"all": []}), request };
        self.service.cohort_survival(&asking(site), &act(), question).await.unwrap().value
    }
}

pub(crate) fn asking<P: Permission>(site: &str) -> Granted<P> {
    granted(if site.is_empty() { Role::Researcher } else { Role::DataManager }, site)
}
