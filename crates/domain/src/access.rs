//! Who may do what: roles, permissions and the one policy table.
//!
//! The table below is the source of the code, of `docs/permissions.md` and of the access tests. A permission is a
//! type, so that a handler names what it needs in its signature and cannot forget to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::actor::ActorKind;
use crate::code::site::{BiobankCode, SiteCode};
use crate::id::{ActorId, ProjectId, RoleGrantId};

/// What an actor is in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Submits and corrects outcome forms of a site.
    DataManager,
    /// Handles the samples of a biobank.
    BiobankStaff,
    /// Asks protected questions.
    Researcher,
    /// Sees aggregates and completeness of the whole network.
    Coordinator,
    /// Reviews the log; sees no clinical payload.
    Auditor,
    /// Runs the service: sites, actors, tokens, forms; sees no clinical payload.
    Admin,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::DataManager,
        Self::BiobankStaff,
        Self::Researcher,
        Self::Coordinator,
        Self::Auditor,
        Self::Admin,
    ];

    /// The stable name used in requests, the database and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataManager => "data_manager",
            Self::BiobankStaff => "biobank_staff",
            Self::Researcher => "researcher",
            Self::Coordinator => "coordinator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether a grant of this role may be limited to `scope`.
    pub fn accepts(self, scope: &GrantScope) -> bool {
        match self {
            Self::DataManager => matches!(scope, GrantScope::Site(_)),
            Self::BiobankStaff => matches!(scope, GrantScope::Biobank(_)),
            Self::Researcher => matches!(scope, GrantScope::Project(_) | GrantScope::Network),
            Self::Coordinator | Self::Auditor | Self::Admin => matches!(scope, GrantScope::Network),
        }
    }
}

/// What a grant of a role is limited to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "code", rename_all = "snake_case")]
pub enum GrantScope {
    /// One hospital.
    Site(SiteCode),
    /// One biobank.
    Biobank(BiobankCode),
    /// One research project.
    Project(ProjectId),
    /// The whole network.
    Network,
}

/// A role that an actor holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: RoleGrantId,
    /// The role.
    pub role: Role,
    /// What it is limited to.
    pub scope: GrantScope,
}

/// How a caller proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// An API token.
    Token,
    /// The command line on the server itself.
    CommandLine,
}

/// An authenticated actor with its roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub actor: ActorId,
    /// Person or system.
    pub kind: ActorKind,
    /// How it proved who it is.
    pub method: AuthMethod,
    /// Its roles.
    pub grants: Vec<Grant>,
    /// For each biobank it works for: the sites whose patients that biobank may register.
    pub biobank_sites: BTreeMap<BiobankCode, BTreeSet<SiteCode>>,
}

/// A set of codes: all there are, or the named ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope<T: Ord> {
    /// Every one, now and later.
    Every,
    /// The named ones; empty means none.
    Only(BTreeSet<T>),
}

impl<T: Ord> Scope<T> {
    /// Whether `code` lies in the scope.
    pub fn contains(&self, code: &T) -> bool {
        match self {
            Self::Every => true,
            Self::Only(codes) => codes.contains(code),
        }
    }
}

/// A thing that may be done, as a type.
pub trait Permission: Send + Sync + 'static {
    /// Its row in the policy table.
    const POLICY: &'static Policy;
}

/// One row of the policy table.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy {
    /// Stable name, as in the API description.
    pub name: &'static str,
    /// What it allows.
    pub allows: &'static str,
    /// The roles that hold it.
    pub roles: &'static [Role],
    /// Whether clinical or sample facts of single patients are seen or changed.
    pub payload: bool,
}

macro_rules! permissions {
    ($($name:ident = $text:literal, $allows:literal, payload: $payload:literal, [$($role:ident),+];)+) => {
        /// The permissions as types.
        pub mod permission {
            use super::{Permission, Policy, Role};
            $(
                #[doc = $allows]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl Permission for $name {
                    const POLICY: &'static Policy = &Policy {
                        name: $text,
                        allows: $allows,
                        roles: &[$(Role::$role),+],
                        payload: $payload,
                    };
                }
            )+
        }

        /// The policy table: every permission with the roles that hold it.
        pub const POLICIES: &[&Policy] = &[$(<permission::$name as Permission>::POLICY),+];
    };
}

permissions! {
    ReadNetwork = "network.read", "Read sites, biobanks, forms, code lists and one's own access.", payload: false,
        [DataManager, BiobankStaff, Researcher, Coordinator, Auditor, Admin];
    ManageSites = "sites.manage", "Create sites and biobanks and say whose patients a biobank registers.",
        payload: false, [Admin];
    ReadActors = "actors.read", "Read persons, systems, their roles and tokens.", payload: false, [Admin, Auditor];
    ManageActors = "actors.manage", "Create persons and systems, give and end roles, issue and revoke tokens.",
        payload: false, [Admin];
    PublishForms = "forms.publish", "Publish a form version.", payload: false, [Admin];
    EnrolPatient = "patients.enrol", "Enrol a patient at the caller's site.", payload: true, [DataManager];
    ReadPatient = "patients.read", "Read patients, courses and consents of the caller's sites.", payload: true,
        [DataManager, BiobankStaff];
    ManagePatient = "patients.manage", "Change participations, record consents, open and close courses.",
        payload: true, [DataManager];
    ReadRecord = "records.read", "Read filled forms, their revisions and differences.", payload: true, [DataManager];
    WriteRecord = "records.write", "Draft, submit and amend filled forms.", payload: true, [DataManager];
    ImportRecords = "imports.run", "Import many records from one file.", payload: true, [DataManager];
    ReadSample = "samples.read", "Read samples, aliquots and their custody.", payload: true,
        [DataManager, BiobankStaff];
    RegisterSample = "samples.register", "Register a primary sample.", payload: true, [DataManager, BiobankStaff];
    HandleSample = "samples.handle", "Aliquot, place and move samples.", payload: true, [BiobankStaff];
    ManageStorage = "storage.manage", "Read and create storage units and boxes.", payload: false, [BiobankStaff];
    ReadVariables = "variables.read", "Read the codebook.", payload: false, [DataManager, Researcher, Coordinator];
    AskCohort = "cohorts.ask",
        "Ask counts and survival: exact on the own site's patients for a data manager, protected for the others.",
        payload: false, [DataManager, Researcher, Coordinator];
    ProveAudit = "audit.prove", "Ask for checkpoints, inclusion and consistency proofs.", payload: false,
        [DataManager, BiobankStaff, Researcher, Coordinator, Auditor, Admin];
    ReadAccessReport = "audit.access_report", "See who has seen or changed what of one patient.", payload: false,
        [DataManager, Auditor];
    ReviewLog = "audit.review", "Read the log-review report.", payload: false, [Auditor];
    ReadMetrics = "metrics.read", "Read the service's metrics.", payload: false, [Admin];
}

/// Proof that a caller holds the permission `P`, with the scope in which it does.
#[derive(Debug, Clone)]
pub struct Granted<P: Permission> {
    caller: Caller,
    roles: BTreeSet<Role>,
    permission: PhantomData<P>,
}

impl<P: Permission> Granted<P> {
    /// The proof, or `None` when no role of the caller holds the permission.
    pub fn prove(caller: &Caller) -> Option<Self> {
        let roles: BTreeSet<Role> = caller
            .grants
            .iter()
            .map(|grant| grant.role)
            .filter(|role| P::POLICY.roles.contains(role))
            .collect();
        (!roles.is_empty()).then(|| Self { caller: caller.clone(), roles, permission: PhantomData })
    }

    /// Who asks.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The roles by which the caller holds the permission.
    pub const fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// The sites whose patients the caller may reach by this permission.
    pub fn sites(&self) -> Scope<SiteCode> {
        let mut sites = BTreeSet::new();
        for grant in self.holding() {
            match &grant.scope {
                GrantScope::Site(site) => {
                    sites.insert(site.clone());
                }
                GrantScope::Biobank(biobank) => {
                    sites.extend(self.caller.biobank_sites.get(biobank).into_iter().flatten().cloned());
                }
                GrantScope::Network => return Scope::Every,
                GrantScope::Project(_) => {}
            }
        }
        Scope::Only(sites)
    }

    /// The sites for which the caller acts as the site itself.
    pub fn own_sites(&self) -> BTreeSet<SiteCode> {
        self.holding()
            .filter_map(|grant| match &grant.scope {
                GrantScope::Site(site) => Some(site.clone()),
                _ => None,
            })
            .collect()
    }

    /// The biobanks for which the caller acts.
    pub fn biobanks(&self) -> BTreeSet<BiobankCode> {
        self.holding()
            .filter_map(|grant| match &grant.scope {
                GrantScope::Biobank(biobank) => Some(biobank.clone()),
                _ => None,
            })
            .collect()
    }

    /// Whether the caller holds the permission through `role`.
    pub fn through(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn holding(&self) -> impl Iterator<Item = &Grant> {
        self.caller.grants.iter().filter(|grant| self.roles.contains(&grant.role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_and_auditor_see_no_payload() {
        for policy in POLICIES.iter().filter(|policy| policy.payload) {
            assert!(!policy.roles.contains(&Role::Admin), "{}", policy.name);
            assert!(!policy.roles.contains(&Role::Auditor), "{}", policy.name);
            assert!(!policy.roles.contains(&Role::Researcher), "{}", policy.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = POLICIES.iter().map(|policy| policy.name).collect();
        assert_eq!(names.len(), POLICIES.len());
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }
}
