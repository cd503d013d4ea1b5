//! `cartotek demo`: a network that is there at once, and whole.

use cartotek_tests::program::installation::{Installation, refused};

#[test]
fn a_demo_network_passes_the_check_and_is_built_once() {
    let installation = Installation::on_sqlite();
    let demo = ["demo", "--patients", "5", "--as-of", "2024-06-01"];
    let printed = installation.run(&demo).out;
    assert!(printed.contains("5 patients with "), "{printed}");
    installation.check();
    let again = refused(&mut installation.command(&demo), 1);
    assert!(again.contains("wrong_state"), "{again}");

    let server = installation.serve();
    let roles = ["data_manager", "biobank_staff", "researcher", "coordinator", "auditor", "admin"];
    for role in roles {
        let line = printed.lines().find(|line| line.starts_with(role));
        let token = line.and_then(|line| line.split(' ').nth(2)).expect("a token for every role");
        server.client(token).get("/api/v1/me").expect(200);
    }
    server.stop();
}
