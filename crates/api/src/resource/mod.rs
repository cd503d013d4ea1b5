//! The resources: one file each, handlers of a few lines. [`register`] is the page on which all routes stand.
pub(crate) mod access;
pub(crate) mod access_view;
pub(crate) mod aliquot;
pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod clarification;
pub(crate) mod clarification_body;
pub(crate) mod clarification_view;
pub(crate) mod cohort;
pub(crate) mod completeness;
pub(crate) mod consent;
pub(crate) mod course;
pub(crate) mod course_body;
pub(crate) mod derived_view;
pub(crate) mod description;
pub(crate) mod donor;
pub(crate) mod erasure;
pub(crate) mod export;
pub(crate) mod extract;
pub(crate) mod extract_record_view;
pub(crate) mod extract_sample_view;
pub(crate) mod extract_view;
pub(crate) mod finding;
pub(crate) mod form;
pub(crate) mod form_version;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod import_mapping;
pub(crate) mod import_view;
pub(crate) mod lock;
pub(crate) mod lock_view;
pub(crate) mod metrics;
pub(crate) mod network;
pub(crate) mod participation;
pub(crate) mod patient;
pub(crate) mod place_view;
pub(crate) mod reconsent;
pub(crate) mod record;
pub(crate) mod record_annulment;
pub(crate) mod record_body;
pub(crate) mod record_migration;
pub(crate) mod record_view;
pub(crate) mod report;
pub(crate) mod retention;
pub(crate) mod sample;
pub(crate) mod sample_view;
pub(crate) mod signature;
pub(crate) mod storage;
pub(crate) mod transfer;
pub(crate) mod tube_view;
pub(crate) mod unlock;
pub(crate) mod withdrawal;
pub(crate) mod worklist;

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
        .service(network::read_biobank)
        .service(network::create_biobank)
        .service(network::link_site)
        // Persons and systems, their roles and tokens
        .service(access::me)
        .service(access::list_data_managers)
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
        .service(consent::list_consents)
        .service(consent::record_consent)
        .service(reconsent::list_reconsents)
        .service(withdrawal::withdraw)
        .service(participation::add_participation)
        .service(participation::end_participation)
        .service(transfer::transfer)
        .service(extract::extract)
        .service(erasure::erase)
        // Courses
        .service(course::list_courses)
        .service(course::open_course)
        .service(course::read_course)
        .service(course::read_course_values)
        .service(course::correct_course)
        .service(course::close_course)
        .service(course::reopen_course)
        // What is expected and due
        .service(worklist::list_worklist)
        .service(worklist::read_schedule)
        // How complete it is, and what is missing
        .service(completeness::form::form_completeness)
        .service(completeness::form::list_missing_items)
        .service(completeness::field::field_completeness)
        .service(completeness::field::list_field_records)
        .service(completeness::follow_up::follow_up_completeness)
        .service(completeness::follow_up::list_follow_up_gaps)
        .service(completeness::query_load::query_load)
        .service(completeness::query_load::list_load_records)
        // Forms
        .service(form::list_forms)
        .service(form::read_form)
        .service(form::template)
        .service(form::example)
        .service(form_version::read_form_usage)
        .service(form_version::list_form_migrations)
        .service(form::list_code_lists)
        .service(form::read_code_list)
        // Records
        .service(record::list_records)
        .service(record::create_record)
        .service(record::validate)
        .service(record_migration::preview_migration)
        .service(record_migration::migrate_records)
        .service(record::read_record)
        .service(record::list_revisions)
        .service(record::read_revision)
        .service(record::diff)
        .service(record::replace_draft)
        .service(record::submit)
        .service(record::amend)
        .service(record_annulment::annul)
        .service(finding::list_record_findings)
        .service(signature::list_verifications)
        .service(signature::verify)
        .service(signature::list_signatures)
        .service(signature::sign)
        // Locks over records
        .service(lock::list_locks)
        .service(lock::create_lock)
        .service(lock::read_lock)
        .service(unlock::request_unlock)
        .service(unlock::list_unlock_requests)
        .service(unlock::approve_unlock)
        .service(unlock::refuse_unlock)
        .service(unlock::withdraw_unlock)
        // Clarifications
        .service(clarification::list_clarifications)
        .service(clarification::open_clarification)
        .service(clarification::run_clarifications)
        .service(clarification::read_clarification)
        .service(clarification::answer_clarification)
        .service(clarification::close_clarification)
        .service(clarification::reopen_clarification)
        .service(clarification::assign_clarification)
        // Imports
        .service(import::run_import)
        .service(import::list_imports)
        .service(import::read_import)
        .service(import::cancel_import)
        .service(import::list_findings)
        .service(import::read_file)
        .service(import_mapping::list_import_mappings)
        .service(import_mapping::read_import_mapping)
        .service(import_mapping::save_import_mapping)
        // Exports
        .service(export::export_ebmt)
        // Donors, samples, aliquots, barcodes
        .service(donor::list_donors)
        .service(donor::read_donor)
        .service(sample::list_samples)
        .service(sample::register_sample)
        .service(sample::read_sample)
        .service(sample::list_custody_events)
        .service(sample::scan)
        .service(aliquot::read_aliquot)
        .service(aliquot::aliquot_sample)
        .service(aliquot::aliquot_aliquot)
        .service(aliquot::place_sample)
        .service(aliquot::place_aliquot)
        .service(aliquot::take_out_sample)
        .service(aliquot::take_out_aliquot)
        // Storage
        .service(storage::list_storage_units)
        .service(storage::create_storage_unit)
        .service(storage::read_storage_unit)
        .service(storage::list_boxes)
        .service(storage::create_box)
        .service(storage::read_box)
        // What has changed
        .service(change::read_changes)
        // The audit log
        .service(audit::read_key)
        .service(audit::read_checkpoint)
        .service(audit::prove_inclusion)
        .service(audit::prove_consistency)
        .service(report::access_report)
        .service(report::review_log)
        .service(retention::retention_report)
        // Research
        .service(cohort::list_variables)
        .service(cohort::count_cohort)
        .service(cohort::cohort_survival);
}
