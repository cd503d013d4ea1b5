//! The policy table: every permission, the roles that hold it, and whether it shows single patients.

use super::Role;

/// A thing that may be done, as a type.
pub trait Permission: Send + Sync + 'static {
    /// Its row in the policy table.
    const POLICY: &'static Policy;
}

/// One row of the policy table.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy {
    /// Stable name, as in the API description.
    pub name: &'static str,
    /// What it allows.
    pub allows: &'static str,
    /// The roles that hold it.
    pub roles: &'static [Role],
    /// Whether clinical or sample facts of single patients are seen or changed.
    pub payload: bool,
}

macro_rules! permissions {
    ($($name:ident = $text:literal, $allows:literal, payload: $payload:literal, [$($role:ident),+];)+) => {
        /// The permissions as types.
        pub mod permission {
            use super::{Permission, Policy, Role};
            $(
                #[doc = $allows]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl Permission for $name {
                    const POLICY: &'static Policy = &Policy {
                        name: $text,
                        allows: $allows,
                        roles: &[$(Role::$role),+],
                        payload: $payload,
                    };
                }
            )+
        }

        /// The policy table: every permission with the roles that hold it.
        pub const POLICIES: &[&Policy] = &[$(<permission::$name as Permission>::POLICY),+];
    };
}

permissions! {
    ReadNetwork = "network.read", "Read sites, biobanks, forms, code lists and one's own access.", payload: false,
        [DataManager, BiobankStaff, Researcher, Coordinator, Auditor, Admin];
    ManageSites = "sites.manage", "Create sites and biobanks and say whose patients a biobank registers.",
        payload: false, [Admin];
    ReadColleagues = "colleagues.read", "Read who the data managers of the caller's sites are, by id and HSA-id.",
        payload: false, [DataManager];
    ReadActors = "actors.read", "Read persons, systems, their roles and tokens.", payload: false, [Admin, Auditor];
    ManageActors = "actors.manage", "Create persons and systems, give and end roles, issue and revoke tokens.",
        payload: false, [Admin];
    PublishForms = "forms.publish", "Publish a form version.", payload: false, [Admin];
    CountForms = "forms.count", "Count the filled forms of each version: those of the own sites, or by site.",
        payload: false, [DataManager, Coordinator, Admin];
    EnrolPatient = "patients.enrol", "Enrol a patient at the caller's site.", payload: true, [DataManager];
    ReadPatient = "patients.read", "Read patients, courses and consents of the caller's sites.", payload: true,
        [DataManager];
    ReadDonor = "donors.read",
        "Read, of the patients whose samples the caller's biobank registers, the pseudonym, the day 0 of each course \
         and what the consent covers; nothing else of their care.",
        payload: true, [BiobankStaff];
    ManagePatient = "patients.manage",
        "Change participations, record consents, open, correct, close and reopen courses.", payload: true, [DataManager];
    ExtractPatient = "patients.extract",
        "Read everything that is held on a patient of the caller's site, which must be the responsible one, as one \
         document.",
        payload: true, [DataManager];
    ErasePatient = "patients.erase",
        "Erase the clinical data of a patient of the caller's site who has opted out of the quality register.",
        payload: true, [DataManager];
    ReadRecord = "records.read", "Read filled forms, their revisions and differences.", payload: true, [DataManager];
    WriteRecord = "records.write", "Draft, submit and amend filled forms.", payload: true, [DataManager];
    MigrateRecord = "records.migrate",
        "Bring filled forms of the caller's site to a later version of their form, and see before what that would do.",
        payload: true, [DataManager];
    ReadWorklist = "worklist.read", "Read what is expected of the patients of the caller's sites, and what is due.",
        payload: true, [DataManager];
    VerifyRecord = "records.verify", "Verify a submitted record of the caller's site that another person has written.",
        payload: true, [DataManager];
    SignRecord = "records.sign", "Sign the content of a submitted record of the caller's site.", payload: true,
        [DataManager];
    LockRecord = "records.lock",
        "Lock a record, a patient's records or those of the caller's site up to a day; ask for a lock to be ended, and take \
         that back.",
        payload: true, [DataManager];
    UnlockRecord = "records.unlock", "End a lock that another person has asked to be ended, or refuse to.", payload: true,
        [DataManager];
    ExportRecords = "records.export",
        "Export filled forms of the own patients who agreed to it, for another registry.", payload: true, [DataManager];
    ReadCompleteness = "completeness.read",
        "Read how complete and timely forms, fields and follow-up are, and the load of clarifications: exact of the own sites \
         for a data manager, of every site that is large enough for the coordinator.",
        payload: false, [DataManager, Coordinator];
    ImportRecords = "imports.run", "Import many records from one file.", payload: true, [DataManager];
    MapImports = "imports.map", "Say what the columns of the site's own tables mean.", payload: false, [DataManager];
    ReadClarification = "clarifications.read",
        "Read clarifications of forms that may be read, with their answers.", payload: true, [DataManager];
    OpenClarification = "clarifications.open",
        "Ask about an answer of a submitted form; close and reopen what one's site has asked.", payload: true,
        [DataManager];
    AnswerClarification = "clarifications.answer", "Answer and assign what the own site is asked.", payload: true,
        [DataManager];
    RunClarifications = "clarifications.run",
        "Run the current rules over the submitted forms of the caller's scope and ask about what they find; the answer \
         shows counts alone.",
        payload: false, [DataManager, Coordinator];
    ReadSample = "samples.read", "Read samples, aliquots and their custody.", payload: true,
        [DataManager, BiobankStaff];
    RegisterSample = "samples.register", "Register a primary sample.", payload: true, [DataManager, BiobankStaff];
    HandleSample = "samples.handle", "Aliquot, place and move samples.", payload: true, [BiobankStaff];
    ManageStorage = "storage.manage", "Create storage units and boxes, and list them.", payload: false,
        [BiobankStaff];
    ReadBox = "boxes.read", "Read a box with the tubes that lie in it.", payload: true, [BiobankStaff];
    ReadVariables = "variables.read", "Read the codebook.", payload: false, [DataManager, Researcher, Coordinator];
    AskCohort = "cohorts.ask",
        "Ask counts and survival: exact on the own site's patients for a data manager, protected for the others.",
        payload: false, [DataManager, Researcher, Coordinator];
    ProveAudit = "audit.prove", "Ask for checkpoints, inclusion and consistency proofs.", payload: false,
        [DataManager, BiobankStaff, Researcher, Coordinator, Auditor, Admin];
    ReadAccessReport = "audit.access_report", "See who has seen or changed what of one patient.", payload: false,
        [DataManager, Auditor];
    ReviewLog = "audit.review", "Read the log-review report.", payload: false, [Auditor];
    ReadChanges = "changes.read",
        "Follow which of the facts that one may read have changed, in the order of the log and without their content.",
        payload: true, [DataManager, BiobankStaff];
    ReadRetention = "retention.read", "Read how much is kept of which kind of data, and until when; counts alone.",
        payload: false, [Auditor, Admin];
    ReadMetrics = "metrics.read", "Read the service's metrics.", payload: false, [Admin];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn admin_and_auditor_see_no_payload() {
        for policy in POLICIES.iter().filter(|policy| policy.payload) {
            assert!(!policy.roles.contains(&Role::Admin), "{}", policy.name);
            assert!(!policy.roles.contains(&Role::Auditor), "{}", policy.name);
            assert!(!policy.roles.contains(&Role::Researcher), "{}", policy.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = POLICIES.iter().map(|policy| policy.name).collect();
        assert_eq!(names.len(), POLICIES.len());
        for role in Role::ALL.iter().copied() {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }
}
