//! The tables, as both engines have them. Their classes are listed in `cartotek_domain::fact::TABLES`.

#![cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "the form in which diesel writes tables"))]

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `generation`.
    generation (name) {
        /// Column `name`.
        name -> Text,
        /// Column `number`.
        number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `lease`.
    lease (name) {
        /// Column `name`.
        name -> Text,
        /// Column `holder`.
        holder -> UuidSql,
        /// Column `epoch`.
        epoch -> BigInt,
        /// Column `expires_at`.
        expires_at -> TimestampSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `site`.
    site (code) {
        /// Column `code`.
        code -> Text,
        /// Column `name`.
        name -> Text,
        /// Column `region`.
        region -> Text,
        /// Column `organisation_number`.
        organisation_number -> Text,
        /// Column `hsa_prefix`.
        hsa_prefix -> Text,
        /// Column `can_infuse`.
        can_infuse -> Bool,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `biobank`.
    biobank (code) {
        /// Column `code`.
        code -> Text,
        /// Column `name`.
        name -> Text,
        /// Column `register_number`.
        register_number -> Text,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `biobank_site`.
    biobank_site (biobank, site) {
        /// Column `biobank`.
        biobank -> Text,
        /// Column `site`.
        site -> Text,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `actor`.
    actor (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `kind`.
        kind -> Text,
        /// Column `hsa_id`.
        hsa_id -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `role_grant`.
    role_grant (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `actor_id`.
        actor_id -> UuidSql,
        /// Column `role`.
        role -> Text,
        /// Column `scope_kind`.
        scope_kind -> Text,
        /// Column `scope_code`.
        scope_code -> Text,
        /// Column `granted_at`.
        granted_at -> TimestampSql,
        /// Column `ended_at`.
        ended_at -> Nullable<TimestampSql>,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `token`.
    token (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `public_id`.
        public_id -> Text,
        /// Column `actor_id`.
        actor_id -> UuidSql,
        /// Column `secret_hash`.
        secret_hash -> Text,
        /// Column `label`.
        label -> Text,
        /// Column `issued_at`.
        issued_at -> TimestampSql,
        /// Column `expires_at`.
        expires_at -> TimestampSql,
        /// Column `revoked_at`.
        revoked_at -> Nullable<TimestampSql>,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `token_use`.
    token_use (token_id) {
        /// Column `token_id`.
        token_id -> UuidSql,
        /// Column `last_used_at`.
        last_used_at -> TimestampSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `schema_document`.
    schema_document (path) {
        /// Column `path`.
        path -> Text,
        /// Column `sha256`.
        sha256 -> Text,
        /// Column `content`.
        content -> Text,
        /// Column `published_at`.
        published_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `patient`.
    patient (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `pseudonym`.
        pseudonym -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `patient_linkage`.
    patient_linkage (hash) {
        /// Column `hash`.
        hash -> Text,
        /// Column `key_id`.
        key_id -> Text,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `participation`.
    participation (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `role`.
        role -> Text,
        /// Column `responsible`.
        responsible -> Bool,
        /// Column `valid_from`.
        valid_from -> Date,
        /// Column `valid_to`.
        valid_to -> Nullable<Date>,
        /// Column `version`.
        version -> BigInt,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `consent`.
    consent (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `purpose`.
        purpose -> Text,
        /// Column `decision`.
        decision -> Text,
        /// Column `decided_on`.
        decided_on -> Date,
        /// Column `valid_to`.
        valid_to -> Nullable<Date>,
        /// Column `form_version`.
        form_version -> Nullable<Text>,
        /// Column `language`.
        language -> Nullable<Text>,
        /// Column `signed_by`.
        signed_by -> Text,
        /// Column `ethics_ref`.
        ethics_ref -> Nullable<Text>,
        /// Column `document_ref`.
        document_ref -> Nullable<Text>,
        /// Column `site`.
        site -> Text,
        /// Column `recorded_at`.
        recorded_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `course`.
    course (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `number`.
        number -> Integer,
        /// Column `indication`.
        indication -> Text,
        /// Column `opened_on`.
        opened_on -> Date,
        /// Column `status`.
        status -> Text,
        /// Column `outcome`.
        outcome -> Nullable<Text>,
        /// Column `closed_on`.
        closed_on -> Nullable<Date>,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `version`.
        version -> BigInt,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `record`.
    record (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `subject_id`.
        subject_id -> UuidSql,
        /// Column `course_id`.
        course_id -> Nullable<UuidSql>,
        /// Column `form`.
        form -> Text,
        /// Column `natural_key`.
        natural_key -> Text,
        /// Column `status`.
        status -> Text,
        /// Column `revision`.
        revision -> BigInt,
        /// Column `site`.
        site -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `submitted_at`.
        submitted_at -> Nullable<TimestampSql>,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `revision`.
    revision (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `number`.
        number -> BigInt,
        /// Column `status`.
        status -> Text,
        /// Column `form_version`.
        form_version -> Integer,
        /// Column `form_sha256`.
        form_sha256 -> Text,
        /// Column `content`.
        content -> Text,
        /// Column `acknowledgements`.
        acknowledgements -> Text,
        /// Column `amendment_reason`.
        amendment_reason -> Nullable<Text>,
        /// Column `amendment_text`.
        amendment_text -> Nullable<Text>,
        /// Column `author_id`.
        author_id -> UuidSql,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `milestone`.
    milestone (patient_id, record_id, name, ordinal) {
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `name`.
        name -> Text,
        /// Column `ordinal`.
        ordinal -> Integer,
        /// Column `course_id`.
        course_id -> Nullable<UuidSql>,
        /// Column `clinical_date`.
        clinical_date -> Nullable<Date>,
        /// Column `kind`.
        kind -> Text,
        /// Column `value`.
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `verification`.
    verification (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `revision`.
        revision -> BigInt,
        /// Column `author_id`.
        author_id -> UuidSql,
        /// Column `verifier_id`.
        verifier_id -> UuidSql,
        /// Column `verified_at`.
        verified_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `signature`.
    signature (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `revision`.
        revision -> BigInt,
        /// Column `content_sha256`.
        content_sha256 -> Text,
        /// Column `meaning`.
        meaning -> Text,
        /// Column `signer_id`.
        signer_id -> UuidSql,
        /// Column `signed_at`.
        signed_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `record_lock`.
    record_lock (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `record_id`.
        record_id -> Nullable<UuidSql>,
        /// Column `patient_id`.
        patient_id -> Nullable<UuidSql>,
        /// Column `site`.
        site -> Nullable<Text>,
        /// Column `cut_off`.
        cut_off -> Nullable<Date>,
        /// Column `reason`.
        reason -> Text,
        /// Column `locked_by`.
        locked_by -> UuidSql,
        /// Column `locked_at`.
        locked_at -> TimestampSql,
        /// Column `ended_at`.
        ended_at -> Nullable<TimestampSql>,
        /// Column `version`.
        version -> BigInt,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `unlock_request`.
    unlock_request (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `lock_id`.
        lock_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> Nullable<UuidSql>,
        /// Column `reason`.
        reason -> Text,
        /// Column `requested_by`.
        requested_by -> UuidSql,
        /// Column `requested_at`.
        requested_at -> TimestampSql,
        /// Column `status`.
        status -> Text,
        /// Column `decided_by`.
        decided_by -> Nullable<UuidSql>,
        /// Column `decided_at`.
        decided_at -> Nullable<TimestampSql>,
        /// Column `refusal`.
        refusal -> Nullable<Text>,
        /// Column `version`.
        version -> BigInt,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `clarification`.
    clarification (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `revision`.
        revision -> BigInt,
        /// Column `form`.
        form -> Text,
        /// Column `form_version`.
        form_version -> Integer,
        /// Column `pointer`.
        pointer -> Text,
        /// Column `rule`.
        rule -> Nullable<Text>,
        /// Column `site`.
        site -> Text,
        /// Column `opened_by`.
        opened_by -> UuidSql,
        /// Column `opened_for`.
        opened_for -> Nullable<Text>,
        /// Column `opened_at`.
        opened_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `clarification_event`.
    clarification_event (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `clarification_id`.
        clarification_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `number`.
        number -> BigInt,
        /// Column `kind`.
        kind -> Text,
        /// Column `text`.
        text -> Nullable<Text>,
        /// Column `assignee_id`.
        assignee_id -> Nullable<UuidSql>,
        /// Column `actor_id`.
        actor_id -> Nullable<UuidSql>,
        /// Column `occurred_at`.
        occurred_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `clarification_state`.
    clarification_state (clarification_id) {
        /// Column `clarification_id`.
        clarification_id -> UuidSql,
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `pointer`.
        pointer -> Text,
        /// Column `rule`.
        rule -> Text,
        /// Column `status`.
        status -> Text,
        /// Column `assignee_id`.
        assignee_id -> Nullable<UuidSql>,
        /// Column `version`.
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `storage_unit`.
    storage_unit (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `biobank`.
        biobank -> Text,
        /// Column `name`.
        name -> Text,
        /// Column `temperature`.
        temperature -> Text,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `storage_box`.
    storage_box (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `unit_id`.
        unit_id -> UuidSql,
        /// Column `barcode`.
        barcode -> Text,
        /// Column `row_count`.
        row_count -> SmallInt,
        /// Column `column_count`.
        column_count -> SmallInt,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `sample`.
    sample (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `barcode`.
        barcode -> Text,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `course_id`.
        course_id -> Nullable<UuidSql>,
        /// Column `biobank`.
        biobank -> Text,
        /// Column `collection_site`.
        collection_site -> Text,
        /// Column `material`.
        material -> Text,
        /// Column `collected_at`.
        collected_at -> TimestampSql,
        /// Column `collected_offset`.
        collected_offset -> Integer,
        /// Column `time_point`.
        time_point -> Text,
        /// Column `taken_for`.
        taken_for -> Text,
        /// Column `quantity`.
        quantity -> BigInt,
        /// Column `unit`.
        unit -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `aliquot`.
    aliquot (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `sample_id`.
        sample_id -> UuidSql,
        /// Column `parent_id`.
        parent_id -> Nullable<UuidSql>,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `biobank`.
        biobank -> Text,
        /// Column `barcode`.
        barcode -> Text,
        /// Column `material`.
        material -> Text,
        /// Column `quantity`.
        quantity -> BigInt,
        /// Column `unit`.
        unit -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `barcode`.
    barcode (value) {
        /// Column `value`.
        value -> Text,
        /// Column `kind`.
        kind -> Text,
        /// Column `owner_id`.
        owner_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `ledger_entry`.
    ledger_entry (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `sample_id`.
        sample_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `from_kind`.
        from_kind -> Nullable<Text>,
        /// Column `from_id`.
        from_id -> Nullable<UuidSql>,
        /// Column `to_kind`.
        to_kind -> Nullable<Text>,
        /// Column `to_id`.
        to_id -> Nullable<UuidSql>,
        /// Column `quantity`.
        quantity -> BigInt,
        /// Column `unit`.
        unit -> Text,
        /// Column `kind`.
        kind -> Text,
        /// Column `recorded_at`.
        recorded_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `amount_balance`.
    amount_balance (tube_id) {
        /// Column `tube_id`.
        tube_id -> UuidSql,
        /// Column `quantity`.
        quantity -> BigInt,
        /// Column `unit`.
        unit -> Text,
        /// Column `version`.
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `custody_event`.
    custody_event (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `tube_kind`.
        tube_kind -> Text,
        /// Column `tube_id`.
        tube_id -> UuidSql,
        /// Column `sample_id`.
        sample_id -> UuidSql,
        /// Column `number`.
        number -> BigInt,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `kind`.
        kind -> Text,
        /// Column `occurred_at`.
        occurred_at -> TimestampSql,
        /// Column `actor_id`.
        actor_id -> UuidSql,
        /// Column `unit_id`.
        unit_id -> Nullable<UuidSql>,
        /// Column `box_id`.
        box_id -> Nullable<UuidSql>,
        /// Column `position`.
        position -> Nullable<Text>,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `occupancy`.
    occupancy (box_id, position) {
        /// Column `box_id`.
        box_id -> UuidSql,
        /// Column `position`.
        position -> Text,
        /// Column `tube_kind`.
        tube_kind -> Text,
        /// Column `tube_id`.
        tube_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `idempotent_answer`.
    idempotent_answer (actor_id, idempotency_key) {
        /// Column `actor_id`.
        actor_id -> UuidSql,
        /// Column `idempotency_key`.
        idempotency_key -> Text,
        /// Column `fingerprint`.
        fingerprint -> Binary,
        /// Column `answer`.
        answer -> Text,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `about`.
        about -> Nullable<UuidSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `import_patient`.
    import_patient (job_id, patient_id) {
        /// Column `job_id`.
        job_id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `import_job`.
    import_job (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `actor_id`.
        actor_id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `form`.
        form -> Text,
        /// Column `format`.
        format -> Text,
        /// Column `atomicity`.
        atomicity -> Text,
        /// Column `dry_run`.
        dry_run -> Bool,
        /// Column `state`.
        state -> Text,
        /// Column `rows_total`.
        rows_total -> BigInt,
        /// Column `rows_accepted`.
        rows_accepted -> BigInt,
        /// Column `rows_refused`.
        rows_refused -> BigInt,
        /// Column `rows_done`.
        rows_done -> BigInt,
        /// Column `mapping`.
        mapping -> Nullable<Text>,
        /// Column `started_at`.
        started_at -> TimestampSql,
        /// Column `finished_at`.
        finished_at -> Nullable<TimestampSql>,
        /// Column `expires_at`.
        expires_at -> TimestampSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `import_mapping`.
    import_mapping (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `form`.
        form -> Text,
        /// Column `name`.
        name -> Text,
        /// Column `version`.
        version -> BigInt,
        /// Column `mapped`.
        mapped -> Text,
        /// Column `author_id`.
        author_id -> UuidSql,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `import_chunk`.
    import_chunk (job_id, kind, ordinal) {
        /// Column `job_id`.
        job_id -> UuidSql,
        /// Column `kind`.
        kind -> Text,
        /// Column `ordinal`.
        ordinal -> BigInt,
        /// Column `content`.
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_event`.
    audit_event (event_id) {
        /// Column `event_id`.
        event_id -> UuidSql,
        /// Column `occurred_at`.
        occurred_at -> TimestampSql,
        /// Column `actor_id`.
        actor_id -> Nullable<UuidSql>,
        /// Column `canonical`.
        canonical -> Text,
        /// Column `row_mac`.
        row_mac -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_subject`.
    audit_subject (event_id, ordinal) {
        /// Column `event_id`.
        event_id -> UuidSql,
        /// Column `ordinal`.
        ordinal -> Integer,
        /// Column `table_name`.
        table_name -> Text,
        /// Column `row_id`.
        row_id -> Text,
        /// Column `patient_id`.
        patient_id -> Nullable<UuidSql>,
        /// Column `before_hash`.
        before_hash -> Nullable<Binary>,
        /// Column `after_hash`.
        after_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_pending`.
    audit_pending (event_id) {
        /// Column `event_id`.
        event_id -> UuidSql,
        /// Column `occurred_at`.
        occurred_at -> TimestampSql,
        /// Column `leaf_hash`.
        leaf_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_leaf`.
    audit_leaf (leaf_index) {
        /// Column `leaf_index`.
        leaf_index -> BigInt,
        /// Column `event_id`.
        event_id -> UuidSql,
        /// Column `leaf_hash`.
        leaf_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_tile`.
    audit_tile (level, tile_index) {
        /// Column `level`.
        level -> SmallInt,
        /// Column `tile_index`.
        tile_index -> BigInt,
        /// Column `hash`.
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `audit_checkpoint`.
    audit_checkpoint (tree_size) {
        /// Column `tree_size`.
        tree_size -> BigInt,
        /// Column `root`.
        root -> Binary,
        /// Column `epoch`.
        epoch -> BigInt,
        /// Column `signed_at`.
        signed_at -> TimestampSql,
        /// Column `note`.
        note -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `traceability`.
    traceability (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `form`.
        form -> Text,
        /// Column `answers`.
        answers -> Text,
        /// Column `removable_from`.
        removable_from -> Date,
        /// Column `recorded_at`.
        recorded_at -> TimestampSql,
        /// Column `salt`.
        salt -> Binary,
    }
}

diesel::joinable!(token_use -> token (token_id));

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `expected_item`.
    expected_item (subject_id, ordinal) {
        /// Column `subject_id`.
        subject_id -> UuidSql,
        /// Column `ordinal`.
        ordinal -> Integer,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `course_id`.
        course_id -> Nullable<UuidSql>,
        /// Column `site`.
        site -> Text,
        /// Column `expected`.
        expected -> Text,
        /// Column `form`.
        form -> Nullable<Text>,
        /// Column `time_point`.
        time_point -> Nullable<Text>,
        /// Column `anchor`.
        anchor -> Text,
        /// Column `counted_from`.
        counted_from -> Date,
        /// Column `optional`.
        optional -> Bool,
        /// Column `first_day`.
        first_day -> Date,
        /// Column `target_day`.
        target_day -> Date,
        /// Column `last_day`.
        last_day -> Date,
        /// Column `grace_until`.
        grace_until -> Date,
        /// Column `closed`.
        closed -> Nullable<Text>,
        /// Column `excuse`.
        excuse -> Nullable<Text>,
        /// Column `stops_on`.
        stops_on -> Nullable<Date>,
        /// Column `standing`.
        standing -> Text,
        /// Column `answered_by`.
        answered_by -> Nullable<UuidSql>,
        /// Column `dated`.
        dated -> Nullable<Text>,
        /// Column `answered_on`.
        answered_on -> Nullable<Date>,
        /// Column `infused`.
        infused -> Bool,
        /// Column `complete_by`.
        complete_by -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `reminder`.
    reminder (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `day`.
        day -> Date,
        /// Column `body`.
        body -> Text,
        /// Column `marks`.
        marks -> Binary,
        /// Column `created_at`.
        created_at -> TimestampSql,
        /// Column `state`.
        state -> Text,
        /// Column `attempts`.
        attempts -> BigInt,
        /// Column `next_attempt_at`.
        next_attempt_at -> Nullable<TimestampSql>,
        /// Column `ended_at`.
        ended_at -> Nullable<TimestampSql>,
        /// Column `failure`.
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `record_finding`.
    record_finding (record_id, rule, pointer) {
        /// Column `record_id`.
        record_id -> UuidSql,
        /// Column `rule`.
        rule -> Text,
        /// Column `pointer`.
        pointer -> Text,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `site`.
        site -> Text,
        /// Column `form`.
        form -> Text,
        /// Column `form_version`.
        form_version -> Integer,
        /// Column `severity`.
        severity -> Text,
        /// Column `explained`.
        explained -> Bool,
        /// Column `since`.
        since -> TimestampSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_type::{TimestampSql, UuidSql};

    /// Table `finding_due`.
    finding_due (id) {
        /// Column `id`.
        id -> UuidSql,
        /// Column `patient_id`.
        patient_id -> UuidSql,
        /// Column `record_id`.
        record_id -> Nullable<UuidSql>,
        /// Column `milestones`.
        milestones -> Text,
        /// Column `changed_at`.
        changed_at -> TimestampSql,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    actor,
    aliquot,
    amount_balance,
    audit_checkpoint,
    audit_event,
    audit_leaf,
    audit_pending,
    audit_subject,
    audit_tile,
    barcode,
    biobank,
    biobank_site,
    clarification,
    clarification_event,
    clarification_state,
    consent,
    course,
    custody_event,
    expected_item,
    finding_due,
    generation,
    idempotent_answer,
    import_chunk,
    import_job,
    import_mapping,
    import_patient,
    lease,
    ledger_entry,
    milestone,
    occupancy,
    participation,
    patient,
    patient_linkage,
    record,
    record_finding,
    record_lock,
    reminder,
    revision,
    role_grant,
    sample,
    schema_document,
    signature,
    site,
    storage_box,
    storage_unit,
    token,
    token_use,
    traceability,
    unlock_request,
    verification,
);
