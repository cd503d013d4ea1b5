//! A reminder in words, for people who read no JSON.

use std::fmt::Write as _;

use super::digest::Digest;
use super::numbers::{ESCALATED_AFTER_DAYS, Numbers, OpenClarifications};
use crate::text::Language;

impl Digest {
    /// The same in words.
    pub fn text(&self, language: Language) -> String {
        let say = |sv: &str, en: &str| match language {
            Language::Sv => sv.to_owned(),
            Language::En => en.to_owned(),
        };
        let Self { site, day, soon_days, clarifications, unlock_requests, reconsents, .. } = self;
        let mut text = say(
            &format!("Cartotek, {site}, {day}: det här väntar."),
            &format!("Cartotek, {site}, {day}: this waits."),
        );
        // Writing to a string cannot fail.
        if self.totals().are_none() {
            let _ = write!(text, "\n{}", say("Inga formulär eller prover.", "No forms or samples."));
        } else {
            let _ = write!(text, "\n{}: {}", say("Totalt", "Total"), self.words(self.totals(), language));
        }
        for line in self.lines() {
            let time_point = line.time_point.map(|code| format!(" {code}")).unwrap_or_default();
            let (title, numbers) = (line.title.in_language(language), self.words(line.numbers, language));
            let _ = write!(text, "\n- {title}{time_point}: {numbers}");
        }
        if clarifications.open > 0 {
            let _ = write!(text, "\n{}", asked(*clarifications, language));
        }
        if *unlock_requests > 0 {
            let what =
                say("Begäran om upplåsning som väntar på godkännande", "Unlock requests to be approved");
            let _ = write!(text, "\n{what}: {unlock_requests}");
        }
        if *reconsents > 0 {
            let what = say(
                &format!("Patienter som är myndiga nu eller inom {soon_days} dagar och ska frågas på nytt"),
                &format!("Patients who are of age now or within {soon_days} days, to be asked anew"),
            );
            let _ = write!(text, "\n{what}: {reconsents}");
        }
        let where_to = say(
            "Arbetslistan i Cartotek visar vilka patienter det gäller.",
            "The worklist in Cartotek shows which patients they are of.",
        );
        let _ = write!(text, "\n{where_to}");
        text
    }

    fn words(&self, numbers: Numbers, language: Language) -> String {
        let Numbers { overdue, escalated, due, open, due_soon, new } = numbers;
        // Before the first reminder nothing is newer than the last one.
        let new = if self.since.is_some() { new } else { 0 };
        let soon = self.soon_days;
        let bend = |number: u32, one: &str, several: &str| {
            if number == 1 { one.to_owned() } else { several.to_owned() }
        };
        let limit = ESCALATED_AFTER_DAYS;
        let long =
            |words: &str| if escalated == 0 { String::new() } else { format!(" ({escalated} {words})") };
        let parts = match language {
            Language::Sv => [
                (overdue, bend(overdue, "försenad", "försenade") + &long(&format!("mer än {limit} dagar"))),
                (due, "med stängt fönster".to_owned()),
                (open, bend(open, "öppen", "öppna")),
                (due_soon, format!("öppnar inom {soon} dagar")),
                (new, format!("{} sedan förra påminnelsen", bend(new, "ny", "nya"))),
            ],
            Language::En => [
                (overdue, "overdue".to_owned() + &long(&format!("for more than {limit} days"))),
                (due, "with a closed window".to_owned()),
                (open, "open".to_owned()),
                (due_soon, format!("opening within {soon} days")),
                (new, "new since the last reminder".to_owned()),
            ],
        };
        let parts = parts.into_iter().filter(|(number, _)| *number > 0);
        parts.map(|(number, words)| format!("{number} {words}")).collect::<Vec<_>>().join(", ")
    }
}

/// What is to be answered.
fn asked(clarifications: OpenClarifications, language: Language) -> String {
    let OpenClarifications { open, escalated, oldest_days } = clarifications;
    let (limit, oldest) = (ESCALATED_AFTER_DAYS, oldest_days.unwrap_or_default());
    match language {
        Language::Sv => format!(
            "Frågor om formulär att besvara: {open} (äldre än {limit} dagar: {escalated}; den äldstas ålder i dagar: {oldest})"
        ),
        Language::En => format!(
            "Clarifications to be answered: {open} (older than {limit} days: {escalated}; age of the oldest in days: {oldest})"
        ),
    }
}
