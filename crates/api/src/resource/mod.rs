//! The resources: one file each, handlers of a few lines. [`register`] is the page on which all routes stand.
pub(crate) mod access;
pub(crate) mod health;
pub(crate) mod network;
pub(crate) mod patient;
pub(crate) mod course;
pub(crate) mod description;
pub(crate) mod form;
pub(crate) mod participation;
pub(crate) mod record;
pub(crate) mod record_view;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every route below `/api/v1`.
pub(crate) fn register(routes: &mut ServiceConfig<'_>) {
    routes
        .service(description::openapi)
        // The network
        .service(network::list_sites)
        .service(network::read_site)
        .service(network::create_site)
        .service(network::list_biobanks)
        .service(network::create_biobank)
        .service(network::link_site)
        // Persons and systems, their roles and tokens
        .service(access::me)
        .service(access::list_actors)
        .service(access::read_actor)
        .service(access::create_actor)
        .service(access::grant_role)
        .service(access::end_role)
        .service(access::issue_token)
        .service(access::revoke_token)
        // Patients
        .service(patient::list_patients)
        .service(patient::enrol)
        .service(patient::read_patient)
        .service(patient::list_consents)
        .service(patient::record_consent)
        .service(participation::add_participation)
        .service(participation::end_participation)
        // Courses
        .service(course::list_courses)
        .service(course::open_course)
        .service(course::read_course)
        .service(course::close_course)
        // Forms
        .service(form::list_forms)
        .service(form::read_form)
        .service(form::template)
        .service(form::example)
        .service(form::list_code_lists)
        .service(form::read_code_list)
        // Records
        .service(record::list_records)
        .service(record::create_record)
        .service(record::validate)
        .service(record::read_record)
        .service(record::list_revisions)
        .service(record::read_revision)
        .service(record::diff)
        .service(record::replace_draft)
        .service(record::submit)
        .service(record::amend);
}
