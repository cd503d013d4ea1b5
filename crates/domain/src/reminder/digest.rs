//! What a reminder says: numbers per form and time point, no pseudonym and no day of a single patient.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::code::site::SiteCode;
use crate::id::ReminderId;
use crate::reminder::numbers::{ESCALATED_AFTER_DAYS, Numbers, OpenClarifications, Waiting};
use crate::schedule::worklist::Urgency;
use crate::schedule::{Expected, TimePoint};
use crate::text::{Language, Text};

/// How many items of one form or kind of sample wait at a time point, by urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestLine {
    /// Code of the form; absent for samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Codes of the materials of which one is enough; empty for forms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    /// The time point, of what is counted from day 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_point: Option<TimePoint>,
    /// Name of the form, or of the materials.
    pub title: Text,
    /// How many.
    #[serde(flatten)]
    pub numbers: Numbers,
}

/// What waits at a site on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The id of the reminder.
    pub id: ReminderId,
    /// The site.
    pub site: SiteCode,
    /// The day.
    pub day: NaiveDate,
    /// The day of the reminder before; none before the first.
    pub since: Option<NaiveDate>,
    /// How many days before its window opens an item counts.
    pub soon_days: u32,
    /// What the site must answer.
    pub clarifications: OpenClarifications,
    /// Requests that a lock be ended, which another person of the site may approve.
    pub unlock_requests: u32,
    /// Patients who decide, now or soon, about what a guardian agreed to.
    pub reconsents: u32,
    lines: BTreeMap<(Expected, Option<TimePoint>), DigestLine>,
    totals: Numbers,
}

/// A digest as it is delivered.
#[derive(Serialize)]
struct Written<'d> {
    id: String,
    site: &'d SiteCode,
    day: NaiveDate,
    since: Option<NaiveDate>,
    soon_days: u32,
    escalated_after_days: u32,
    totals: Numbers,
    items: Vec<&'d DigestLine>,
    clarifications: OpenClarifications,
    unlock_requests: u32,
    reconsents: u32,
    text: Text,
}

impl Digest {
    /// A digest in which nothing waits yet.
    pub fn new(
        id: ReminderId,
        site: SiteCode,
        day: NaiveDate,
        since: Option<NaiveDate>,
        soon_days: u32,
    ) -> Self {
        Self {
            id,
            site,
            day,
            since,
            soon_days,
            clarifications: OpenClarifications::default(),
            unlock_requests: 0,
            reconsents: 0,
            lines: BTreeMap::new(),
            totals: Numbers::default(),
        }
    }

    /// Counts an item; what is closed does not wait.
    pub fn count(&mut self, what: &Expected, time_point: Option<TimePoint>, title: &Text, waiting: Waiting) {
        if waiting.urgency == Urgency::Closed {
            return;
        }
        let (form, materials, kind) = match what {
            // Which record of a form is expected says its time point.
            Expected::Form { form, .. } => {
                let kind = Expected::Form { form: form.clone(), key: BTreeMap::new() };
                (Some(form.clone()), Vec::new(), kind)
            }
            Expected::Sample { materials, .. } => (None, materials.clone(), what.clone()),
        };
        let line = self.lines.entry((kind, time_point)).or_insert_with(|| DigestLine {
            form,
            materials,
            time_point,
            title: title.clone(),
            numbers: Numbers::default(),
        });
        line.numbers.add(waiting);
        self.totals.add(waiting);
    }

    /// Numbers per form and time point, forms before samples.
    pub fn lines(&self) -> impl Iterator<Item = &DigestLine> {
        self.lines.values()
    }

    /// Numbers of all of them together.
    pub const fn totals(&self) -> Numbers {
        self.totals
    }

    /// What is delivered.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, which no field can cause.
    pub fn body(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Written {
            id: self.id.to_string(),
            site: &self.site,
            day: self.day,
            since: self.since,
            soon_days: self.soon_days,
            escalated_after_days: ESCALATED_AFTER_DAYS,
            totals: self.totals,
            items: self.lines().collect(),
            clarifications: self.clarifications,
            unlock_requests: self.unlock_requests,
            reconsents: self.reconsents,
            text: Text::new(self.text(Language::Sv), self.text(Language::En)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn form(code: &str, key: &str) -> Expected {
        let key = BTreeMap::from([("time_point".to_owned(), key.to_owned())]);
        Expected::Form { form: code.to_owned(), key }
    }

    fn digest() -> Digest {
        let (day, since) = ("2026-05-11".parse().unwrap(), Some("2026-05-10".parse().unwrap()));
        let id = ReminderId::from_uuid(Uuid::from_u128(7));
        Digest::new(id, "KAR".parse().unwrap(), day, since, 30)
    }

    #[test]
    fn items_are_counted_by_form_and_time_point() {
        let mut digest = digest();
        let title = Text::new("Uppföljning", "Follow-up");
        let (d100, m6) = ("D100".parse().unwrap(), "M6".parse().unwrap());
        for (time_point, urgency, overdue_days, new) in [
            (d100, Urgency::Overdue, 1, true),
            (d100, Urgency::Overdue, 31, false),
            (d100, Urgency::Due, 0, true),
            (m6, Urgency::DueSoon, 0, false),
            (m6, Urgency::Closed, 0, true),
        ] {
            let waiting = Waiting { urgency, overdue_days, new };
            digest.count(&form("follow_up", "x"), Some(time_point), &title, waiting);
        }
        let sample = Expected::Sample { sample: "D28".to_owned(), materials: vec!["PBMC".to_owned()] };
        let name = Text::new("PBMC", "PBMC");
        let open = Waiting { urgency: Urgency::Open, overdue_days: 0, new: false };
        digest.count(&sample, "D28".parse().ok(), &name, open);
        (digest.unlock_requests, digest.reconsents) = (1, 2);
        digest.clarifications = OpenClarifications { open: 3, escalated: 1, oldest_days: Some(41) };
        let body: Value = serde_json::from_str(&digest.body().unwrap()).unwrap();
        assert_eq!(
            body["totals"],
            json!({ "overdue": 2, "escalated": 1, "due": 1, "open": 1, "due_soon": 1, "new": 2 })
        );
        assert_eq!(body["escalated_after_days"], 30);
        assert_eq!(body["clarifications"], json!({ "open": 3, "escalated": 1, "oldest_days": 41 }));
        assert_eq!(
            body["items"],
            json!([
                {
                    "form": "follow_up", "time_point": "D100", "title": { "sv": "Uppföljning", "en": "Follow-up" },
                    "overdue": 2, "escalated": 1, "due": 1, "open": 0, "due_soon": 0, "new": 2,
                },
                {
                    "form": "follow_up", "time_point": "M6", "title": { "sv": "Uppföljning", "en": "Follow-up" },
                    "overdue": 0, "escalated": 0, "due": 0, "open": 0, "due_soon": 1, "new": 0,
                },
                {
                    "materials": ["PBMC"], "time_point": "D28", "title": { "sv": "PBMC", "en": "PBMC" },
                    "overdue": 0, "escalated": 0, "due": 0, "open": 1, "due_soon": 0, "new": 0,
                },
            ])
        );
        assert_eq!(
            body["text"]["en"],
            "Cartotek, KAR, 2026-05-11: this waits.\n\
             Total: 2 overdue (1 for more than 30 days), 1 with a closed window, 1 open, 1 opening within 30 days, \
             2 new since the last reminder\n\
             - Follow-up D100: 2 overdue (1 for more than 30 days), 1 with a closed window, 2 new since the last reminder\n\
             - Follow-up M6: 1 opening within 30 days\n\
             - PBMC D28: 1 open\n\
             Clarifications to be answered: 3 (older than 30 days: 1; age of the oldest in days: 41)\n\
             Unlock requests to be approved: 1\n\
             Patients who are of age now or within 30 days, to be asked anew: 2\n\
             The worklist in Cartotek shows which patients they are of."
        );
        assert_eq!(
            body["text"]["sv"],
            "Cartotek, KAR, 2026-05-11: det här väntar.\n\
             Totalt: 2 försenade (1 mer än 30 dagar), 1 med stängt fönster, 1 öppen, 1 öppnar inom 30 dagar, \
             2 nya sedan förra påminnelsen\n\
             - Uppföljning D100: 2 försenade (1 mer än 30 dagar), 1 med stängt fönster, 2 nya sedan förra påminnelsen\n\
             - Uppföljning M6: 1 öppnar inom 30 dagar\n\
             - PBMC D28: 1 öppen\n\
             Frågor om formulär att besvara: 3 (äldre än 30 dagar: 1; den äldstas ålder i dagar: 41)\n\
             Begäran om upplåsning som väntar på godkännande: 1\n\
             Patienter som är myndiga nu eller inom 30 dagar och ska frågas på nytt: 2\n\
             Arbetslistan i Cartotek visar vilka patienter det gäller."
        );
    }

    #[test]
    fn the_first_reminder_speaks_of_no_last_one() {
        let mut digest = Digest { since: None, ..digest() };
        let title = Text::new("Uppföljning", "Follow-up");
        let waiting = Waiting { urgency: Urgency::Overdue, overdue_days: 1, new: true };
        digest.count(&form("follow_up", "x"), "D100".parse().ok(), &title, waiting);
        for (language, line) in [
            (Language::Sv, "\n- Uppföljning D100: 1 försenad\n"),
            (Language::En, "\n- Follow-up D100: 1 overdue\n"),
        ] {
            assert!(digest.text(language).contains(line), "{}", digest.text(language));
        }
    }

    #[test]
    fn nothing_waiting_is_said_too() {
        let body: Value = serde_json::from_str(&digest().body().unwrap()).unwrap();
        assert_eq!((&body["items"], &body["unlock_requests"]), (&json!([]), &json!(0)));
        assert_eq!(body["reconsents"], 0);
        assert_eq!(body["clarifications"], json!({ "open": 0, "escalated": 0, "oldest_days": null }));
        assert_eq!(
            (&body["id"], &body["since"]),
            (&json!(Uuid::from_u128(7).to_string()), &json!("2026-05-10"))
        );
        assert!(body["text"]["sv"].as_str().unwrap().contains("Inga formulär eller prover."), "{body}");
    }
}
