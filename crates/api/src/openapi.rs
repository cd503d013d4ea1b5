//! The OpenAPI document: what the routes say of themselves, with what holds for all of them added once.

mod dry_run;
mod headers;

use actix_web::App;
use cartotek_service::forms::Forms;
use serde_json::{Map, Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa::openapi::{RefOr, schema::Schema};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_actix_web::AppExt as _;

use crate::http::problem::{FindingView, ProblemDocument};

/// The document of all routes with the contents of the forms as components, as JSON.
pub fn document_with(forms: &Forms) -> Value {
    let mut document = document();
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(forms.openapi_components());
    }
    document
}

/// The document of all routes.
pub fn document() -> Value {
    let (_, document) =
        App::new().into_utoipa_app().openapi(frame()).configure(crate::everything).split_for_parts();
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            for (method, operation) in operations.iter_mut() {
                complete(method, operation);
            }
        }
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("headers".to_owned(), headers::components());
    }
    dry_run::describe(&mut document);
    document
}

fn frame() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Cartotek")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build();
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token: `ctk_…`")).build();
    let problem: RefOr<Schema> = ProblemDocument::schema();
    let finding: RefOr<Schema> = FindingView::schema();
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(bearer))
        .schema(ProblemDocument::name(), problem)
        .schema(FindingView::name(), finding)
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

const DESCRIPTION: &str = "Clinical registry and multicenter biobank of the CAR T-cell network.\n\n\
    Every error is `application/problem+json` with a stable `code` and findings. Every write takes `dry_run=true` and \
    an `Idempotency-Key`. A dry run answers as the real request would, without ids, pseudonyms, `ETag`, `Location` and \
    receipt; only that of an import names its report, which is kept. What can change carries an `ETag`, to be sent back in `If-Match`. Unknown query parameters \
    and body fields are refused. Texts are Swedish or English by `Accept-Language`.";

/// Adds to an operation what follows from its shape: security, headers, error answers.
fn complete(method: &str, operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    let open = operation.get("security").is_some();
    if !open {
        operation.insert("security".to_owned(), json!([{ "token": [] }]));
    }
    let writes = method != "get";
    let with_body = operation.contains_key("requestBody");
    let named = |operation: &Map<String, Value>, name| {
        parameters(operation).iter().any(|parameter| parameter["name"] == name)
    };
    let conditional = named(operation, "If-Match");
    if writes && !named(operation, "Idempotency-Key") {
        add_parameter(
            operation,
            json!({
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Makes a retry safe: the same key and request give the stored answer, for 7 days.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 200 },
            }),
        );
    }
    let mut statuses = vec![400, 404, 500, 503];
    if !open {
        statuses.extend([401, 403]);
    }
    if writes {
        statuses.extend([408, 409, 413, 422]);
    }
    if with_body {
        statuses.push(415);
    }
    if conditional {
        statuses.extend([412, 428]);
    }
    if operation.get("x-identifiers-in-query").is_some() || !open {
        statuses.push(422);
    }
    add_problems(operation, &statuses);
    headers::describe(operation, writes, open);
}

fn parameters(operation: &Map<String, Value>) -> &[Value] {
    operation.get("parameters").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn add_parameter(operation: &mut Map<String, Value>, parameter: Value) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(parameter);
    }
}

fn add_problems(operation: &mut Map<String, Value>, statuses: &[u16]) {
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for status in statuses {
        responses.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": meaning(*status),
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemDocument" } } },
            })
        });
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The body, a header or a query parameter could not be read.",
        401 => "No valid token.",
        403 => "None of the caller's roles holds the permission.",
        404 => "It does not exist, or not for this caller.",
        408 => "The body did not arrive in time.",
        409 => "It stands against what is there.",
        412 => "Somebody has changed it since it was read.",
        413 => "The body is too large.",
        415 => "The content type is not supported.",
        422 => "The content breaks rules; see findings.",
        428 => "If-Match is missing.",
        503 => "Busy or without a database; try again.",
        _ => "A defect; nothing has been changed.",
    }
}
