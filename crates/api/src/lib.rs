//! The REST API: routes on one page, extractors, problem documents, OpenAPI.
//!
//! A handler is extractors, one service call, a view. No rule and no SQL lives here.

mod http;
mod openapi;
mod resource;
mod unmatched;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, redirect, to};
use actix_web::{App, Error};
use cartotek_service::Service;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub use crate::openapi::{document, document_with};

/// The application on a service, for a server or a test.
pub fn app(
    service: Service,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (app, _) = App::new().into_utoipa_app().configure(everything).split_for_parts();
    app.service(documentation())
        .service(redirect("/", "/docs/"))
        .service(redirect("/docs", "/docs/"))
        .app_data(Data::new(service))
        .default_service(to(unmatched::unmatched))
        .wrap(from_fn(http::watch::watch))
}

fn everything(routes: &mut ServiceConfig<'_>) {
    routes
        .service(resource::health::live)
        .service(resource::health::ready)
        .service(resource::metrics::read)
        .service(scope("/api/v1").configure(resource::register));
}

/// Swagger UI from vendored assets: it asks nobody but this server.
fn documentation() -> SwaggerUi {
    let config = Config::new(["/api/v1/openapi.json"]).validator_url("none").try_it_out_enabled(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}
