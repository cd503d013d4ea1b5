//! The network the tests work in: seven sites, two biobanks, a person for each role, and a second one where two must act.

use cartotek_domain::access::{GrantScope, Role};
use cartotek_domain::fact::Salt;
use cartotek_domain::site::{Biobank, Site};

/// Codes of the sites, with name, region, organisation number and whether they infuse.
const SITES: [(&str, &str, &str, &str, bool); 7] = [
    ("KAR", "Karolinska universitetssjukhuset", "Region Stockholm", "232100-0016", true),
    ("UPP", "Akademiska sjukhuset", "Region Uppsala", "232100-0024", true),
    ("SKA", "Skånes universitetssjukhus", "Region Skåne", "232100-0255", true),
    ("SAH", "Sahlgrenska universitetssjukhuset", "Västra Götalandsregionen", "232100-0131", true),
    ("UME", "Norrlands universitetssjukhus", "Region Västerbotten", "232100-0222", true),
    ("LIN", "Universitetssjukhuset i Linköping", "Region Östergötland", "232100-0040", true),
    ("ORE", "Universitetssjukhuset Örebro", "Region Örebro län", "232100-0164", false),
];

/// The biobanks with the sites whose patients they register.
pub const BIOBANKS: [(&str, &str, &[&str]); 2] =
    [("KI-BB", "KI Biobank", &["KAR", "ORE"]), ("UPP-BB", "Uppsala biobank", &["UPP"])];

/// The key of the second data manager of Karolinska, beside the codes of scopes.
pub const SECOND: &str = "KAR second";

/// The sites.
pub fn sites() -> Vec<Site> {
    SITES.into_iter().map(site).collect()
}

fn site((code, name, region, number, can_infuse): (&str, &str, &str, &str, bool)) -> Site {
    Site {
        code: code.parse().unwrap(),
        name: name.to_owned(),
        region: region.to_owned(),
        organisation_number: number.parse().unwrap(),
        hsa_prefix: format!("SE{}-", number.replace('-', "")),
        can_infuse,
        salt: Salt::default(),
    }
}

/// The biobanks.
pub fn biobanks() -> Vec<Biobank> {
    BIOBANKS
        .iter()
        .zip(222..)
        .map(|((code, name, _), number)| Biobank {
            code: code.parse().unwrap(),
            name: (*name).to_owned(),
            register_number: number.to_string(),
            salt: Salt::default(),
        })
        .collect()
}

/// Every ready caller but the first admin: a data manager per site, staff per biobank, one for each other role.
pub fn positions() -> Vec<(Role, GrantScope)> {
    let managers = SITES.iter().map(|site| (Role::DataManager, GrantScope::Site(site.0.parse().unwrap())));
    let staff =
        BIOBANKS.iter().map(|biobank| (Role::BiobankStaff, GrantScope::Biobank(biobank.0.parse().unwrap())));
    let others = [Role::Researcher, Role::Coordinator, Role::Auditor].map(|role| (role, GrantScope::Network));
    managers.chain(staff).chain(others).collect()
}
