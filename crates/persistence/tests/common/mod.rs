//! What the tests of the store share: rows to write and to look for.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

use cartotek_domain::code::site::SiteCode;
use cartotek_domain::fact::Salt;
use cartotek_domain::site::Site;
use cartotek_persistence::{ReadSession, Store, StoreError, WriteSession};

pub(crate) fn code(text: &str) -> SiteCode {
    text.parse().unwrap()
}

/// A different code for every number below 17 576.
pub(crate) fn numbered(number: u32) -> String {
    [number / 676, number / 26, number]
        .map(|digit| char::from_digit(10 + digit % 26, 36).unwrap())
        .iter()
        .collect::<String>()
        .to_uppercase()
}

pub(crate) fn site(text: &str) -> Site {
    Site {
        code: code(text),
        name: format!("Hospital {text}"),
        region: "Region".to_owned(),
        organisation_number: "232100-0016".parse().unwrap(),
        hsa_prefix: "SE2120000000".to_owned(),
        can_infuse: true,
        salt: Salt::new([7; 16]),
    }
}

pub(crate) fn insert(session: &mut dyn WriteSession, codes: &[&str]) -> Result<(), StoreError> {
    let sites: Vec<_> = codes.iter().map(|code| site(code)).collect();
    session.insert_sites(&sites)
}

pub(crate) fn codes_in(session: &mut dyn ReadSession) -> Result<Vec<String>, StoreError> {
    Ok(session.sites()?.into_iter().map(|site| site.code.to_string()).collect())
}

pub(crate) async fn add(store: &Store, codes: &'static [&'static str]) -> Result<(), StoreError> {
    store.write("add sites", move |session| insert(session, codes)).await
}

pub(crate) async fn codes(store: &Store) -> Vec<String> {
    store.read("list sites", |session| codes_in(session)).await.unwrap()
}
