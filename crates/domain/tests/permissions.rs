//! `docs/permissions.md` says what the policy table says. After a change of the table: `make permissions`.

use cartotek_domain::access::{POLICIES, Role};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");

fn document() -> String {
    let names = Role::ALL.iter().map(|role| format!("`{}`", role.name())).collect::<Vec<_>>().join(" | ");
    let head = format!(
        "# Permissions\n\n\
         Generated from the policy table in `crates/domain/src/access/policy.rs` by `make permissions`.\n\n\
         A role is given for a site (`data_manager`), a biobank (`biobank_staff`), a project (`researcher`) or the\n\
         network (the others, and `researcher`), and reaches no further. *Payload* says that clinical or sample facts\n\
         of single patients are seen or changed.\n\n\
         | permission | allows | payload | {names} |\n\
         |---|---|---|{}\n",
        "---|".repeat(Role::ALL.len())
    );
    let rows = POLICIES.iter().map(|policy| {
        let payload = if policy.payload { "yes" } else { "" };
        let holds = Role::ALL.iter().map(|role| if policy.roles.contains(role) { "×" } else { "" });
        let holds = holds.collect::<Vec<_>>().join(" | ");
        format!("| `{}` | {} | {payload} | {holds} |\n", policy.name, policy.allows)
    });
    std::iter::once(head).chain(rows).collect::<Vec<_>>().concat()
}

#[test]
fn the_document_says_what_the_table_says() {
    if std::env::var_os("CARTOTEK_TEST_UPDATE").is_some() {
        std::fs::write(PATH, document()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PATH).unwrap(), document(), "run `make permissions`");
}
