//! The page on which the API is read and tried out.

use std::path::Path;

use cartotek_tests::program::installation::Installation;

/// A registry sends nobody's browser to other servers.
#[test]
fn the_page_at_docs_loads_everything_from_its_own_server() {
    let installation = Installation::on_sqlite();
    installation.migrate();
    let server = installation.serve();
    let client = server.client("");
    let page = client.get("/docs/").expect(200);
    assert!(page.headers["content-type"].starts_with("text/html"), "{page:?}");

    let marks = ["src=\"", "href=\""];
    let named = marks.into_iter().flat_map(|mark| page.text.split(mark).skip(1));
    let named: Vec<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    for name in &named {
        let path = name.trim_start_matches("./");
        assert!(!path.contains(':') && !path.starts_with('/'), "{name} lies elsewhere");
        let part = client.get(&format!("/docs/{path}")).expect(200);
        if Path::new(path).extension().is_some_and(|kind| kind == "js") {
            assert!(part.headers["content-type"].contains("javascript"), "{name}: {:?}", part.headers);
        }
    }
    let scripts = ["swagger-ui-bundle.js", "swagger-initializer.js"];
    assert!(scripts.iter().all(|script| named.iter().any(|name| name.ends_with(script))), "{named:?}");

    let start = client.get("/docs/swagger-initializer.js").expect(200).text;
    assert!(start.contains("\"/api/v1/openapi.json\"") && !start.contains("://"), "{start}");
    let description = client.get("/api/v1/openapi.json").expect(200).json;
    assert!(description["paths"]["/api/v1/patients"].is_object(), "{description}");
    server.stop();
}
