//! What a check finds: a class, and the table, row and column it lies in. Never a value.

use std::collections::BTreeMap;

use cartotek_domain::text::Text;

/// Findings kept in a report; further ones are only counted.
const KEPT: usize = 1000;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sv:literal, $en:literal;)+) => {
        /// A kind of difference between what is stored and what should be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DiscrepancyClass {
            $($(#[$doc])* $name,)+
        }

        impl DiscrepancyClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means and what to do.
            pub fn text(self) -> Text {
                match self { $(Self::$name => Text::new($sv, $en),)+ }
            }
        }
    };
}

classes! {
    /// The canonical bytes or a column of an event were changed.
    EventAltered = "event_altered",
        "Händelsen har ändrats efter att den skrevs. Jämför med en säkerhetskopia.",
        "The event was changed after it was written. Compare it with a backup.";
    /// A leaf names an event that is absent.
    EventMissing = "event_missing",
        "Händelsen finns i den förseglade loggen men inte i databasen. Hämta den från en säkerhetskopia.",
        "The event is in the sealed log but not in the database. Fetch it from a backup.";
    /// An event is neither sealed nor waiting.
    EventUnlisted = "event_unlisted",
        "Händelsen är varken förseglad eller väntar på försegling: dess rad i audit_pending har tagits bort.",
        "The event is neither sealed nor waiting: its row in audit_pending was removed.";
    /// The MAC of an event is not that of its bytes.
    MacInvalid = "mac_invalid",
        "Händelsens kontrollsumma (row_mac) stämmer inte: den är ändrad, eller skriven av någon utan nyckeln.",
        "The MAC of the event is wrong: it was changed, or the event was written by somebody without the key.";
    /// The rows of `audit_subject` are not those of the event.
    SubjectAltered = "subject_altered",
        "Raderna i audit_subject är inte de som händelsen nämner. Händelsen själv gäller.",
        "The rows in audit_subject are not those that the event names. The event itself is right.";
    /// A row of `audit_pending` is not that of its event.
    PendingAltered = "pending_altered",
        "Raden i audit_pending stämmer inte med sin händelse.",
        "The row in audit_pending is not that of its event.";
    /// An event has waited long for the sealer; a notice.
    PendingOverdue = "pending_overdue",
        "Händelsen har väntat länge på försegling: ingen server är igång, eller så förseglar den inte.",
        "The event has waited long for the sealer: no server is running, or it does not seal.";
    /// A change has waited long to be judged; a notice.
    JudgementOverdue = "judgement_overdue",
        "Ändringen har väntat länge på att regler över patientens tidslinje prövas: ingen server är igång, eller så prövar \
         den inte.",
        "The change has waited long for the rules over the patient's timeline to be run: no server is running, or it does \
         not run them.";
    /// A leaf is not the hash of its event.
    LeafAltered = "leaf_altered",
        "Lövet i loggen är inte händelsens: lövets hash eller händelse har ändrats.",
        "The leaf of the log is not that of its event: its hash or its event was changed.";
    /// Leaf indexes are not dense.
    LeafGap = "leaf_gap",
        "Löv saknas i loggen från och med detta nummer.",
        "Leaves are missing from the log from this number on.";
    /// Leaves for which no checkpoint vouches.
    LeafUnsigned = "leaf_unsigned",
        "Loggen har fler löv än den senaste kontrollpunkten: löv har lagts till, eller kontrollpunkter tagits bort.",
        "The log has more leaves than its last checkpoint: leaves were added, or checkpoints removed.";
    /// The log is shorter than a checkpoint says.
    LogTruncated = "log_truncated",
        "Loggen är kortare än kontrollpunkten: dess slut har tagits bort, eller en äldre kopia har lagts tillbaka.",
        "The log is shorter than the checkpoint: its end was removed, or an older copy was put back.";
    /// A stored tile root is not that of its leaves.
    TileAltered = "tile_altered",
        "Den lagrade delträdsroten är inte den som följer av löven.",
        "The stored tile root is not the one that follows from the leaves.";
    /// A checkpoint's signature does not hold, or its columns are not what it says.
    CheckpointInvalid = "checkpoint_invalid",
        "Kontrollpunktens signatur håller inte, eller dess kolumner är inte vad den säger.",
        "The signature of the checkpoint does not hold, or its columns are not what it says.";
    /// A checkpoint does not name the one before it.
    CheckpointUnlinked = "checkpoint_unlinked",
        "Kontrollpunkten följer inte på den som står före: en kontrollpunkt har tagits bort eller bytts ut.",
        "The checkpoint does not follow the one before it: a checkpoint was removed or replaced.";
    /// A checkpoint vouches for another tree than that of the leaves.
    RootDiffers = "root_differs",
        "Kontrollpunktens rot är inte den som följer av löven: löv har ändrats eller bytt plats.",
        "The root of the checkpoint is not the one that follows from the leaves: leaves were changed or exchanged.";
    /// The log is not the continuation of the one a kept checkpoint vouched for.
    CheckpointForked = "checkpoint_forked",
        "Loggen är en annan än den som den sparade kontrollpunkten intygade: historien har skrivits om.",
        "The log is not the one that the kept checkpoint vouched for: history was rewritten.";
    /// A row is not what its last event left.
    RowAltered = "row_altered",
        "Raden är inte som den senaste händelsen lämnade den. Hämta den från en säkerhetskopia.",
        "The row is not as its last event left it. Fetch it from a backup.";
    /// A row that events vouch for is absent.
    RowMissing = "row_missing",
        "Raden saknas, fast händelser intygar den. Hämta den från en säkerhetskopia.",
        "The row is absent though events vouch for it. Fetch it from a backup.";
    /// A row for which no event vouches.
    RowUnwitnessed = "row_unwitnessed",
        "Ingen händelse intygar raden: den har skrivits förbi tjänsten, eller dess händelse har tagits bort.",
        "No event vouches for the row: it was written past the service, or its event was removed.";
    /// A row that was erased is there again.
    RowReturned = "row_returned",
        "Raden raderades och finns ändå: en äldre kopia har lagts tillbaka. Ta bort den och sök hur den kom tillbaka.",
        "The row was erased and is there again: an older copy was put back. Remove it and find out how it came back.";
    /// The events of a row do not follow one another.
    HistoryBroken = "history_broken",
        "Radens händelser följer inte på varandra: någon av dem saknas eller är ändrad.",
        "The events of the row do not follow one another: one is missing or changed.";
    /// A row cannot be read as what its table holds.
    Unreadable = "unreadable",
        "Raden har ett värde som inte kan läsas.",
        "The row has a value that cannot be read.";
    /// A projection is not what follows from the facts.
    ProjectionDiffers = "projection_differs",
        "Raden är inte den som följer av fakta. Den kan räknas om.",
        "The row is not the one that follows from the facts. It can be recomputed.";
    /// The software should have deleted rows of this table by now; a notice.
    HousekeepingOverdue = "housekeeping_overdue",
        "Rader är äldre än gallringstabellen tillåter: ingen server är igång, eller så städar den inte.",
        "Rows are older than the retention table allows: no server is running, or it does not tidy up.";
    /// The database engine reports damage.
    StorageDamaged = "storage_damaged",
        "Databasmotorn rapporterar skador i sina filer. Återställ från en säkerhetskopia.",
        "The database engine reports damage in its files. Restore a backup.";
}

impl DiscrepancyClass {
    /// Whether it is worth a look and no damage: what waits does so for ever where a crash was the last thing that happened,
    /// and nothing tidies up a database that nobody serves.
    pub const fn is_notice(self) -> bool {
        matches!(self, Self::PendingOverdue | Self::HousekeepingOverdue | Self::JudgementOverdue)
    }
}

/// A difference that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// Of which kind.
    pub class: DiscrepancyClass,
    /// The table; empty when it concerns the database as a whole.
    pub table: String,
    /// The row's key; of the log's tables the leaf index, tile or size.
    pub row: String,
    /// The column, when one is known to differ.
    pub column: Option<&'static str>,
}

impl Discrepancy {
    pub(super) fn new(class: DiscrepancyClass, table: &str, row: impl ToString) -> Self {
        Self { class, table: table.to_owned(), row: row.to_string(), column: None }
    }

    pub(super) fn in_column(self, column: &'static str) -> Self {
        Self { column: Some(column), ..self }
    }
}

/// What a check has looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// Events, sealed or waiting.
    pub events: u64,
    /// Leaves of the log.
    pub leaves: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Rows of fact tables.
    pub facts: u64,
    /// Rows of projections.
    pub projections: u64,
    /// The first thousand differences, in the order found.
    pub findings: Vec<Discrepancy>,
    /// How many there are of each class, also beyond the first thousand.
    pub counts: BTreeMap<DiscrepancyClass, u64>,
}

impl CheckReport {
    /// Whether nothing was found but what may be so.
    pub fn is_clean(&self) -> bool {
        self.counts.keys().all(|class| class.is_notice())
    }

    pub(super) fn note(&mut self, found: Discrepancy) {
        // Met again by every part of the check that reads its table.
        if found.class == DiscrepancyClass::Unreadable && self.findings.contains(&found) {
            return;
        }
        *self.counts.entry(found.class).or_default() += 1;
        if self.findings.len() < KEPT {
            self.findings.push(found);
        }
    }

    pub(super) fn found(&mut self, class: DiscrepancyClass, table: &str, row: impl ToString) {
        self.note(Discrepancy::new(class, table, row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_beyond_the_first_thousand_are_counted() {
        let mut report = CheckReport::default();
        assert!(report.is_clean());
        for row in 0..KEPT + 5 {
            report.found(DiscrepancyClass::RowMissing, "site", row);
        }
        assert_eq!(report.findings.len(), KEPT);
        assert_eq!(report.counts[&DiscrepancyClass::RowMissing], 1005);
        assert!(!report.is_clean());
    }

    #[test]
    fn a_notice_is_told_and_fails_nothing() {
        let mut report = CheckReport::default();
        report.found(DiscrepancyClass::PendingOverdue, "audit_pending", "1");
        assert!(report.is_clean());
        assert_eq!(report.findings.len(), 1);
    }

    #[test]
    fn class_names_are_unique() {
        let names: std::collections::BTreeSet<_> =
            DiscrepancyClass::ALL.iter().map(|class| class.name()).collect();
        assert_eq!(names.len(), DiscrepancyClass::ALL.len());
    }
}
