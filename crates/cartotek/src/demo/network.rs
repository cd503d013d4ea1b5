//! The sites, biobanks and people of the demo network.
//!
//! The sites exist and the people do not: an HSA-id that says what its holder is for is all there is of each.

use std::collections::BTreeMap;
use std::str::FromStr;

use cartotek_domain::access::permission::{ManageActors, ManageSites};
use cartotek_domain::access::{Caller, GrantScope, Granted, Permission, Role};
use cartotek_domain::actor::ActorKind;
use cartotek_domain::code::hsa_id::HsaId;
use cartotek_domain::code::site::BiobankCode;
use cartotek_domain::fact::Salt;
use cartotek_domain::id::RequestId;
use cartotek_domain::problem::Problem;
use cartotek_domain::site::{Biobank, Site};
use cartotek_service::{Act, Service, ServiceError};
use chrono::TimeDelta;

use crate::failure::Failure;

/// Code, name, region, organisation number, whether it infuses (domain brief 5.2).
const SITES: [(&str, &str, &str, &str, bool); 7] = [
    ("KAR", "Karolinska universitetssjukhuset", "Region Stockholm", "232100-0016", true),
    ("UPP", "Akademiska sjukhuset", "Region Uppsala", "232100-0024", true),
    ("SKA", "Skånes universitetssjukhus Lund", "Region Skåne", "232100-0255", true),
    ("SAH", "Sahlgrenska universitetssjukhuset", "Västra Götalandsregionen", "232100-0131", true),
    ("UME", "Norrlands universitetssjukhus", "Region Västerbotten", "232100-0222", true),
    ("LIN", "Universitetssjukhuset i Linköping", "Region Östergötland", "232100-0040", true),
    ("ORE", "Universitetssjukhuset Örebro", "Region Örebro län", "232100-0164", false),
];

/// Code, name, number in the register, the sites whose patients it registers; the first of them runs it.
pub(super) const BIOBANKS: [(&str, &str, &str, &[&str]); 4] = [
    ("KI-BB", "Biobank KI", "9001", &["KAR", "ORE"]),
    ("UPP-BB", "Biobank Uppsala", "9002", &["UPP", "UME"]),
    ("SKA-BB", "Biobank Lund", "9003", &["SKA", "LIN"]),
    ("SAH-BB", "Biobank Göteborg", "9004", &["SAH"]),
];

/// A person of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The role.
    pub(crate) role: Role,
    /// Site or biobank; absent for the whole network.
    pub(crate) unit: Option<&'static str>,
    /// The HSA-id.
    pub(crate) hsa_id: HsaId,
}

impl Position {
    fn new(role: Role, unit: Option<&'static str>) -> Result<Self, Failure> {
        let home =
            BIOBANKS.iter().find(|biobank| Some(biobank.0) == unit).and_then(|biobank| biobank.3.first());
        let home = home.copied().or(unit).unwrap_or("KAR");
        let number = SITES.iter().find(|site| site.0 == home).map_or("232100-0016", |site| site.3);
        let hsa_id = format!("{}DEMO{}", prefix(number), role.name().replace('_', "").to_uppercase());
        Ok(Self { role, unit, hsa_id: code(&hsa_id)? })
    }

    /// What the role is limited to.
    ///
    /// # Errors
    /// Never for the positions of this network.
    pub(crate) fn scope(&self) -> Result<GrantScope, Failure> {
        Ok(match (self.role, self.unit) {
            (Role::DataManager, Some(site)) => GrantScope::Site(code(site)?),
            (Role::BiobankStaff, Some(biobank)) => GrantScope::Biobank(code(biobank)?),
            _ => GrantScope::Network,
        })
    }
}

/// The administrator of the network, who creates everybody else.
pub(crate) fn administrator() -> Result<Position, Failure> {
    Position::new(Role::Admin, None)
}

/// One person for each role: of Karolinska and Biobank KI where the role belongs to a place.
pub(crate) fn one_per_role() -> Result<Vec<Position>, Failure> {
    let unit = |role| match role {
        Role::DataManager => Some("KAR"),
        Role::BiobankStaff => Some("KI-BB"),
        _ => None,
    };
    Role::ALL.iter().copied().map(|role| Position::new(role, unit(role))).collect()
}

/// Those who put the network on record.
pub(super) struct Staff {
    managers: BTreeMap<&'static str, Caller>,
    biobankers: BTreeMap<&'static str, Caller>,
}

impl Staff {
    /// The data manager of a site.
    pub(super) fn manager<P: Permission>(&self, site: &str) -> Result<Granted<P>, Failure> {
        granted(self.managers.get(site))
    }

    /// The staff of a biobank.
    pub(super) fn biobanker<P: Permission>(&self, biobank: &str) -> Result<Granted<P>, Failure> {
        granted(self.biobankers.get(biobank))
    }
}

/// The biobank that registers the samples of a site's patients.
pub(super) fn biobank_of(site: &str) -> &'static str {
    let found = BIOBANKS.iter().find(|biobank| biobank.3.contains(&site));
    found.map_or(BIOBANKS[0].0, |biobank| biobank.0)
}

/// Founds the network in an empty registry.
///
/// # Errors
/// When the registry has persons or systems already.
pub(super) async fn found(service: &Service) -> Result<Staff, Failure> {
    let Position { hsa_id, .. } = administrator()?;
    // This token is thrown away: those that open doors are drawn from real chance, see the caller.
    let ends = service.now() + TimeDelta::minutes(1);
    let first = service.bootstrap(&act(service), ActorKind::Person, hsa_id, "demo".to_owned(), ends).await?;
    let admin = service.command_line_caller(first.value.token.actor).await?;
    let sites = granted::<ManageSites>(Some(&admin))?;
    for one in SITES {
        service.create_site(&sites, &act(service), site(one)?).await?;
    }
    for (biobank, name, number, covered) in BIOBANKS {
        let biobank: BiobankCode = code(biobank)?;
        let (name, register_number) = (name.to_owned(), number.to_owned());
        let new = Biobank { code: biobank.clone(), name, register_number, salt: Salt::default() };
        service.create_biobank(&sites, &act(service), new).await?;
        for site in covered {
            service.link_biobank_site(&sites, &act(service), biobank.clone(), code(site)?).await?;
        }
    }
    let mut staff = Staff { managers: BTreeMap::new(), biobankers: BTreeMap::new() };
    for (site, ..) in SITES {
        staff.managers.insert(site, appoint(service, &admin, Role::DataManager, Some(site)).await?);
    }
    for (biobank, ..) in BIOBANKS {
        staff.biobankers.insert(biobank, appoint(service, &admin, Role::BiobankStaff, Some(biobank)).await?);
    }
    for role in [Role::Researcher, Role::Coordinator, Role::Auditor] {
        appoint(service, &admin, role, None).await?;
    }
    Ok(staff)
}

async fn appoint(
    service: &Service,
    admin: &Caller,
    role: Role,
    unit: Option<&'static str>,
) -> Result<Caller, Failure> {
    let position = Position::new(role, unit)?;
    let granted = granted::<ManageActors>(Some(admin))?;
    let scope = Some(position.scope()?);
    let created = service.create_actor(&granted, &act(service), ActorKind::Person, position.hsa_id).await?;
    service.grant_role(&granted, &act(service), created.value.id, role, scope).await?;
    Ok(service.command_line_caller(created.value.id).await?)
}

fn site(
    (site, name, region, organisation_number, can_infuse): (&str, &str, &str, &str, bool),
) -> Result<Site, Failure> {
    Ok(Site {
        code: code(site)?,
        name: name.to_owned(),
        region: region.to_owned(),
        organisation_number: code(organisation_number)?,
        hsa_prefix: prefix(organisation_number),
        can_infuse,
        salt: Salt::default(),
    })
}

fn prefix(organisation_number: &str) -> String {
    format!("SE{}-", organisation_number.replace('-', ""))
}

fn granted<P: Permission>(caller: Option<&Caller>) -> Result<Granted<P>, Failure> {
    let granted = caller.and_then(Granted::prove);
    granted.ok_or_else(|| ServiceError::refused(Problem::PermissionMissing).into())
}

/// The circumstances of one act.
pub(super) fn act(service: &Service) -> Act {
    Act::new(RequestId::next(service.ids()))
}

/// A code that is a constant of the demo network.
pub(super) fn code<T: FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::new(format!("the demo network has the unfit code {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_codes_are_valid_and_all_sites_have_a_biobank() {
        for one in SITES {
            let site = site(one).unwrap();
            assert!(BIOBANKS.iter().any(|biobank| biobank.3.contains(&site.code.as_str())), "{}", site.code);
        }
        for position in one_per_role().unwrap() {
            assert!(position.role.accepts(&position.scope().unwrap()), "{position:?}");
        }
        let staff = Position::new(Role::BiobankStaff, Some("SKA-BB")).unwrap();
        assert_eq!(staff.hsa_id.as_str(), "SE2321000255-DEMOBIOBANKSTAFF");
    }
}
