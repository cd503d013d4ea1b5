//! The variables of the codebook: those that the forms define, and the few that are computed here.

use cartotek_domain::course::{CourseOutcome, CourseStatus};
use cartotek_domain::text::Text;
use cartotek_domain::variable::{Level, Pick, ValueKind, VariableDefinition};
use cartotek_forms::Forms;

use crate::cohort::VariableQuery;

/// What stands in the place of a form for a variable that is computed from a course and all its records.
pub(super) const COMPUTED: &str = "computed";
/// Completed years at the first infusion.
pub(super) const AGE_AT_INFUSION: &str = "age_at_infusion";
/// 1 for the patient's first course.
pub(super) const COURSE_NUMBER: &str = "course_number";
/// The indication for which the course was opened.
pub(super) const INDICATION: &str = "indication";
/// Whether the course was closed without an infusion.
pub(super) const COURSE_STATUS: &str = "course_status";
/// Why it was closed without an infusion.
pub(super) const COURSE_OUTCOME: &str = "course_outcome";
/// Day 0: the first infusion; defined by the infusion form.
pub(super) const INFUSION_DATE: &str = "infusion_date";
/// The day of death, imputed where only month or year is known.
pub(super) const DEATH_DATE: &str = "death_date";
/// Whether the day of death was imputed.
pub(super) const DEATH_DATE_IMPUTED: &str = "death_date_imputed";
/// The latest day on which the patient is known to have been alive.
pub(super) const LAST_CONTACT_DATE: &str = "last_contact_date";

/// Known to the month only, so that it never has a day to compare: [`AGE_AT_INFUSION`] stands for it.
const BIRTH: &str = "birth_year_month";
/// The code list of indications.
const INDICATIONS: &str = "indication_group";

/// Every variable, the computed ones first.
///
/// A computed variable takes the place of a form's of the same id. Free codes (ICD-10, ICD-O) are left out: without a
/// closed list, the codes that occur would themselves tell of single patients.
pub(super) fn definitions(forms: &Forms) -> Vec<VariableDefinition> {
    let mut definitions = computed(forms);
    let taken: Vec<String> = definitions.iter().map(|one| one.id.clone()).collect();
    let open = |one: &VariableDefinition| one.kind == ValueKind::Code && one.codes.is_empty();
    let of_forms = forms.variables().iter();
    let of_forms = of_forms.filter(|one| !taken.contains(&one.id) && one.id != BIRTH && !open(one));
    definitions.extend(of_forms.flat_map(|one| [one.clone()].into_iter().chain(mark(one))));
    definitions
}

/// Whether a variable is of the form that is asked for, and has all the words in its id and names.
pub(super) fn is_looked_for(variable: &VariableDefinition, query: &VariableQuery) -> bool {
    let VariableDefinition { id, title, form, .. } = variable;
    let names = format!("{id} {} {}", title.sv, title.en).to_lowercase();
    let words = query.text.as_deref().unwrap_or_default().to_lowercase();
    query.form.as_ref().is_none_or(|wanted| wanted == form)
        && words.split_whitespace().all(|word| names.contains(word))
}

/// The id of the variable that tells whether the day of a date was imputed.
pub(super) fn imputed_mark(id: &str) -> String {
    format!("{id}_imputed")
}

fn mark(date: &VariableDefinition) -> Option<VariableDefinition> {
    let Text { sv, en } = &date.title;
    let texts = [
        &format!("{sv}: imputerat"),
        &format!("{en}: imputed"),
        "Om dagen är satt enligt regeln för ofullständiga datum: bara månaden känd, den 15:e; bara året, 1 juli; dock inte före infusionen, om den ligger inom månaden eller året.",
        "Whether the day was set by the rule for partial dates: only the month known, the 15th; only the year, 1 July; but not before the infusion, if that lies within the month or year.",
    ];
    date.partial.then(|| VariableDefinition {
        codes: yes_and_no(),
        ..definition(&imputed_mark(&date.id), ValueKind::Code, Level::Nominal, texts)
    })
}

fn yes_and_no() -> Vec<(String, Text)> {
    vec![("no".to_owned(), Text::new("Nej", "No")), ("yes".to_owned(), Text::new("Ja", "Yes"))]
}

fn computed(forms: &Forms) -> Vec<VariableDefinition> {
    vec![
        VariableDefinition {
            unit: Some("a".to_owned()),
            ..definition(
                AGE_AT_INFUSION,
                ValueKind::Number,
                Level::Ratio,
                [
                    "Ålder vid infusion",
                    "Age at infusion",
                    "Fyllda år vid första infusionen, från födelsemånaden; i födelsemånaden räknas födelsedagen som passerad.",
                    "Completed years at the first infusion, from the month of birth; in that month the birthday counts as passed.",
                ],
            )
        },
        definition(
            COURSE_NUMBER,
            ValueKind::Number,
            Level::Ordinal,
            [
                "Behandlingsomgångens nummer",
                "Number of the course",
                "1 för patientens första behandlingsomgång, sedan 2, 3 …",
                "1 for the patient's first course, then 2, 3 …",
            ],
        ),
        VariableDefinition {
            codes: indications(forms),
            ..definition(
                INDICATION,
                ValueKind::Code,
                Level::Nominal,
                [
                    "Indikation",
                    "Indication",
                    "Indikationen när behandlingsomgången öppnades, även om ingen produkt har registrerats.",
                    "The indication when the course was opened, also when no product is registered.",
                ],
            )
        },
        VariableDefinition {
            codes: CourseStatus::ALL.iter().map(|one| (one.name().to_owned(), one.text())).collect(),
            ..definition(
                COURSE_STATUS,
                ValueKind::Code,
                Level::Nominal,
                [
                    "Behandlingsomgångens status",
                    "Status of the course",
                    "Avslutad är en behandlingsomgång som slutade utan infusion; alla andra är öppna, också efter infusionen.",
                    "Closed is a course that ended without an infusion; all others are open, also after the infusion.",
                ],
            )
        },
        VariableDefinition {
            codes: CourseOutcome::ALL.iter().map(|one| (one.name().to_owned(), one.text())).collect(),
            ..definition(
                COURSE_OUTCOME,
                ValueKind::Code,
                Level::Nominal,
                [
                    "Varför ingen infusion gavs",
                    "Why there was no infusion",
                    "Orsaken till att behandlingsomgången avslutades utan infusion; inget värde för en öppen.",
                    "Why the course was closed without an infusion; no value while it is open.",
                ],
            )
        },
        definition(
            DEATH_DATE,
            ValueKind::Date,
            Level::Interval,
            [
                "Dödsdatum",
                "Date of death",
                "Gäller alla patientens behandlingsomgångar. Är bara månaden känd: den 15:e; bara året: 1 juli; dock inte före det senaste datum då patienten veterligen levde. Är inget dödsdatum registrerat: dagen för den första kontakt som fann patienten död.",
                "Holds for all courses of the patient. If only the month is known: the 15th; only the year: 1 July; but not before the latest day on which the patient is known to have been alive. If no date of death is recorded: the day of the first contact that found the patient dead.",
            ],
        ),
        VariableDefinition {
            codes: yes_and_no(),
            ..definition(
                DEATH_DATE_IMPUTED,
                ValueKind::Code,
                Level::Nominal,
                [
                    "Dödsdatum imputerat",
                    "Date of death imputed",
                    "Om dagen sattes enligt regeln för ofullständiga dödsdatum, eller är dagen för den kontakt som fann patienten död.",
                    "Whether the day was set by the rule for partial dates of death, or is the day of the contact that found the patient dead.",
                ],
            )
        },
        definition(
            LAST_CONTACT_DATE,
            ValueKind::Date,
            Level::Interval,
            [
                "Senast känt i livet",
                "Last known alive",
                "Senaste registrerade händelse som visar att patienten levde: kontakt, infusion, bedömning, recidiv, behandling. Ofullständiga datum räknas som sin första dag.",
                "The latest registered fact that shows the patient alive: contact, infusion, assessment, relapse, therapy. Partial dates count as their first day.",
            ],
        ),
    ]
}

fn definition(
    id: &str,
    kind: ValueKind,
    level: Level,
    [title_sv, title_en, sv, en]: [&str; 4],
) -> VariableDefinition {
    VariableDefinition {
        id: id.to_owned(),
        title: Text::new(title_sv, title_en),
        description: Text::new(sv, en),
        kind,
        level,
        unit: None,
        codes: Vec::new(),
        form: COMPUTED.to_owned(),
        source: id.to_owned(),
        derived: true,
        version: 1,
        pick: Pick::First,
        group: String::new(),
        partial: false,
    }
}

fn indications(forms: &Forms) -> Vec<(String, Text)> {
    let list = forms.code_list(INDICATIONS).map(|list| list.codes.as_slice()).unwrap_or_default();
    let mut codes: Vec<(String, Text)> = Vec::new();
    for code in list {
        codes.retain(|(known, _)| *known != code.code);
        codes.push((code.code.clone(), code.title.clone()));
    }
    codes
}
