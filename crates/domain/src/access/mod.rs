//! Who may do what: roles, permissions and the one policy table.
//!
//! The table below is the source of the code, of `docs/permissions.md` and of the access tests. A permission is a
//! type, so that a handler names what it needs in its signature and cannot forget to ask.

mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::actor::ActorKind;
use crate::code::site::{BiobankCode, SiteCode};
use crate::id::{ActorId, ProjectId, RoleGrantId};
use crate::names::named;

pub use policy::{POLICIES, Permission, Policy, permission};

named! {
    /// What an actor is in the network.
    Role {
        /// Submits and corrects outcome forms of a site.
        DataManager = "data_manager",
        /// Handles the samples of a biobank.
        BiobankStaff = "biobank_staff",
        /// Asks protected questions.
        Researcher = "researcher",
        /// Sees aggregates and completeness of the whole network.
        Coordinator = "coordinator",
        /// Reviews the log; sees no clinical payload.
        Auditor = "auditor",
        /// Runs the service: sites, actors, tokens, forms; sees no clinical payload.
        Admin = "admin",
    }
}

impl Role {
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

/// Whose patients: all there are, or those in whose care one of the sites takes part on a day.
///
/// The day is part of the scope, so that a site that has left the care sees nothing from the next day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientScope {
    /// Every patient.
    Every,
    /// The patients of these sites.
    Of {
        /// The sites; empty means no patient.
        sites: BTreeSet<SiteCode>,
        /// The day on which they take part.
        on: NaiveDate,
    },
}

impl PatientScope {
    /// The patients of one site on a day.
    pub fn of(site: SiteCode, on: NaiveDate) -> Self {
        Self::Of { sites: BTreeSet::from([site]), on }
    }
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

    /// The patients that the caller may reach by this permission today.
    pub fn patients(&self, today: NaiveDate) -> PatientScope {
        let mut sites = BTreeSet::new();
        for grant in self.holding() {
            match &grant.scope {
                GrantScope::Site(site) => {
                    sites.insert(site.clone());
                }
                GrantScope::Biobank(biobank) => {
                    sites.extend(self.caller.biobank_sites.get(biobank).into_iter().flatten().cloned());
                }
                GrantScope::Network => return PatientScope::Every,
                GrantScope::Project(_) => {}
            }
        }
        PatientScope::Of { sites, on: today }
    }

    /// The patients in whose care the caller's own sites take part today.
    pub fn own_patients(&self, today: NaiveDate) -> PatientScope {
        PatientScope::Of { sites: self.own_sites(), on: today }
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

    /// The sites and biobanks for which the caller acts, as an event names them; `None` for the network's roles.
    pub fn unit(&self) -> Option<String> {
        units(self.holding())
    }

    /// Whether the caller holds the permission through `role`.
    pub fn through(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn holding(&self) -> impl Iterator<Item = &Grant> {
        self.caller.grants.iter().filter(|grant| self.roles.contains(&grant.role))
    }
}

impl Caller {
    /// The roles it has.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.grants.iter().map(|grant| grant.role).collect()
    }

    /// The sites and biobanks it works for, as an event names them.
    pub fn unit(&self) -> Option<String> {
        units(self.grants.iter())
    }
}

fn units<'a>(grants: impl Iterator<Item = &'a Grant>) -> Option<String> {
    let codes: BTreeSet<String> = grants
        .filter_map(|grant| match &grant.scope {
            GrantScope::Site(code) => Some(code.to_string()),
            GrantScope::Biobank(code) => Some(code.to_string()),
            GrantScope::Project(_) | GrantScope::Network => None,
        })
        .collect();
    (!codes.is_empty()).then(|| codes.into_iter().collect::<Vec<_>>().join(","))
}
