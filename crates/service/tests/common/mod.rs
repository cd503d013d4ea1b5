//! What the tests of use cases share: a service on a database of its own, with the network of all tests in it.
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test binary uses its part")]

#[path = "../../../../tests/src/clock.rs"]
mod clock;
pub(crate) mod content;
#[path = "../../../../tests/src/network.rs"]
mod network;
#[path = "../../../../tests/src/next_version.rs"]
pub(crate) mod next_version;
#[path = "../../../../tests/src/seeded.rs"]
pub(crate) mod seeded;
#[path = "../../../../tests/src/template.rs"]
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use cartotek_domain::access::{Caller, Granted, Permission, Role};
use cartotek_domain::consent::{ConsentDecision, ConsentPurpose, Signatory};
use cartotek_domain::finding::Severity;
use cartotek_domain::id::{LockId, RequestId};
use cartotek_domain::record::{Acknowledgement, Amendment, AmendmentReason};
use cartotek_forms::SchemaSet;
use cartotek_persistence::Engine;
use cartotek_persistence::testing::TestDatabase;
use cartotek_service::enrol::Decision;
use cartotek_service::record::{NewRecord, RecordFile};
use cartotek_service::{Act, Service, ServiceError};

use self::clock::TestClock;
use self::network::SECOND;
use self::template::{ground, prepared};

/// A patient's decision of a day, with nothing said but that.
pub(crate) fn decision(purpose: ConsentPurpose, decision: ConsentDecision, day: &str) -> Decision {
    Decision {
        purpose,
        decision,
        decided_on: day.parse().unwrap(),
        valid_to: None,
        form_version: None,
        language: None,
        signed_by: Signatory::Patient,
        ethics_ref: None,
        document_ref: None,
    }
}

/// Why a record is annulled.
pub(crate) fn annulment(reason: AmendmentReason) -> Amendment {
    Amendment { reason, text: "It should never have been.".to_owned() }
}

/// A list that decides what is expected, one space longer than the one that is published.
pub(crate) fn revised() -> SchemaSet {
    let mut bytes = include_bytes!("../../../../schemas/codelists/indication_group.json").to_vec();
    bytes.push(b' ');
    SchemaSet { documents: [("codelists/indication_group.json".to_owned(), bytes)].into() }
}

/// The place among statements of the first that adds rows to a table. Of changes of one patient it is the order in which
/// they were made: each adds its rows while it alone has the patient.
pub(crate) fn added_at(statements: &[String], table: &str) -> Option<usize> {
    let adds = format!("INSERT INTO {table} ");
    statements.iter().position(|text| text.replace(['`', '"'], "").contains(&adds))
}

/// A service with a person for each role and scope.
pub(crate) struct TestGround {
    pub(crate) service: Service,
    pub(crate) database: TestDatabase,
    pub(crate) clock: Arc<TestClock>,
    callers: BTreeMap<(Role, String), Caller>,
}

impl TestGround {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::on(TestDatabase::copy(&prepared(engine).template), 2).await
    }

    /// The same on a copy of a database that began as one of these; `round` sets its ids and salts apart.
    pub(crate) async fn on(database: TestDatabase, round: u64) -> Self {
        let prepared = prepared(database.store.engine());
        let clock = Arc::new(TestClock::default());
        let service =
            Service::start(ground(database.store.clone(), Arc::clone(&clock), round)).await.unwrap();
        let mut callers = BTreeMap::new();
        for (key, person) in &prepared.people {
            callers.insert(key.clone(), service.command_line_caller(person.actor).await.unwrap());
        }
        Self { service, database, clock, callers }
    }

    /// Another server in the place of this one, on the same database.
    pub(crate) async fn restart(&mut self) {
        let ground = ground(self.database.store.clone(), Arc::clone(&self.clock), 3);
        self.service = Service::start(ground).await.unwrap();
    }

    /// Another server beside this one, on the same database.
    pub(crate) async fn another_server(&self) -> Service {
        let ground = ground(self.database.store.clone(), Arc::clone(&self.clock), 4);
        Service::start(ground).await.unwrap()
    }

    /// Proof that the data manager of `site` holds the permission.
    pub(crate) fn data_manager<P: Permission>(&self, site: &str) -> Granted<P> {
        self.proof(Role::DataManager, site)
    }

    /// Proof that the second data manager of site KAR holds the permission.
    pub(crate) fn second_manager<P: Permission>(&self) -> Granted<P> {
        self.proof(Role::DataManager, SECOND)
    }

    /// Proof that staff of `biobank` holds the permission.
    pub(crate) fn staff<P: Permission>(&self, biobank: &str) -> Granted<P> {
        self.proof(Role::BiobankStaff, biobank)
    }

    /// Proof that somebody with a role for the whole network holds the permission.
    pub(crate) fn network<P: Permission>(&self, role: Role) -> Granted<P> {
        self.proof(role, "")
    }

    fn proof<P: Permission>(&self, role: Role, scope: &str) -> Granted<P> {
        Granted::prove(&self.callers[&(role, scope.to_owned())]).unwrap()
    }

    /// Submits a form for a site, with a reason for whatever it warns of.
    pub(crate) async fn submit(&self, site: &str, record: NewRecord) -> RecordFile {
        let granted = self.data_manager(site);
        let first = NewRecord { submission: Some(Vec::new()), ..record.clone() };
        let refusal = match self.service.create_record(&granted, &self.act(), first).await {
            Ok(done) => return done.value,
            Err(ServiceError::Refused(refusal)) => refusal,
            Err(other) => unreachable!("{other}"),
        };
        let warnings = refusal.findings.iter().filter(|one| one.severity == Severity::Warning);
        let explained = warnings.map(|one| Acknowledgement {
            rule: one.rule.clone(),
            pointer: one.pointer.clone(),
            reason: "The other forms come later.".to_owned(),
        });
        let second = NewRecord { submission: Some(explained.collect()), ..record };
        self.service.create_record(&granted, &self.act(), second).await.unwrap().value
    }

    /// One asks for the end of a lock of site KAR, another ends it.
    pub(crate) async fn unlock(&self, lock: LockId) {
        let (manager, reason) = (self.data_manager("KAR"), "Mistyped".to_owned());
        let asked = self.service.request_unlock(&manager, &self.act(), lock, reason).await.unwrap().value.id;
        self.service.approve_unlock(&self.second_manager(), &self.act(), asked).await.unwrap();
    }

    /// The circumstances of another request.
    pub(crate) fn act(&self) -> Act {
        Act::new(RequestId::next(self.service.ids()))
    }

    /// The circumstances of a request that keeps nothing.
    pub(crate) fn dry(&self) -> Act {
        Act { dry_run: true, ..self.act() }
    }
}
