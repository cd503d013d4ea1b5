//! The patient, the data manager who writes about it, and what is looked at after every step.

use std::collections::BTreeMap;

use cartotek_domain::access::Role;
use cartotek_domain::time::{Clock, swedish_day};
use cartotek_service::check::CheckOptions;
use cartotek_tests::client::Client;
use cartotek_tests::{Engine, TestApp, TestResponse};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

use super::findings::Standing;

/// The site that treats and follows the patient.
const SITE: &str = "KAR";
/// Why a warning is let stand; every one that is has been looked at.
const REASON: &str = "Checked against the chart.";
/// A rule with the place where it found something.
pub(crate) type Found<'f> = (&'f str, &'f str);

/// A patient of Karolinska with the courses opened so far.
pub(crate) struct Life {
    pub(crate) app: TestApp,
    pub(crate) pseudonym: String,
    courses: Vec<String>,
    manager: Client,
}

impl Life {
    /// Enrols the patient on the first day.
    pub(crate) async fn begin(engine: Engine) -> Self {
        let app = TestApp::start(engine).await;
        let manager = app.data_manager(SITE);
        let yes = json!({ "purpose": "registry_research", "decision": "given", "decided_on": "2026-03-02" });
        let enrolment = json!({ "site": SITE, "role": "treating", "from": "2026-03-02", "consents": [yes] });
        let answer = manager.post("/api/v1/patients").json(&enrolment).send().await.expect(201);
        let pseudonym = answer.json["pseudonym"].as_str().unwrap().to_owned();
        Self { app, pseudonym, courses: Vec::new(), manager }
    }

    /// Moves the clock to the morning of a day that is still to come.
    pub(crate) fn wait_until(&self, day: &str) {
        let day: NaiveDate = day.parse().unwrap();
        let days = (day - self.today()).num_days();
        assert!(days > 0, "{day} is over");
        self.app.clock.advance(TimeDelta::days(days));
    }

    /// Gives the data manager a new token, before the one of the first year ends.
    pub(crate) async fn renew_token(&mut self, expires_at: &str) {
        let actor = self.app.person(Role::DataManager, SITE).actor;
        let token = json!({ "label": "second year", "expires_at": expires_at });
        let path = format!("/api/v1/actors/{actor}/tokens");
        let answer = self.app.admin().post(&path).json(&token).send().await.expect(201);
        self.manager = self.app.bearer(answer.json["text"].as_str().unwrap());
    }

    /// Opens the next course for large B-cell lymphoma.
    pub(crate) async fn open_course(&mut self, opened_on: &str) {
        let course = json!({ "indication": "LBCL", "opened_on": opened_on });
        let path = format!("/api/v1/patients/{}/courses", self.pseudonym);
        let answer = self.manager.post(&path).json(&course).send().await.expect(201);
        self.courses.push(answer.json["id"].as_str().unwrap().to_owned());
        assert_eq!(answer.json["number"], json!(self.courses.len()));
    }

    /// The body of a record in the course of that number; of the patient when it is 0.
    fn record(&self, course: usize, form: &str, content: &Value) -> Value {
        let mut body = json!({ "patient": self.pseudonym, "form": form, "content": content });
        if course > 0 {
            body["course"] = self.courses[course - 1].as_str().into();
        }
        body
    }

    /// Submits a form that has exactly these warnings, each with a reason; its dry run finds the same.
    pub(crate) async fn submit(
        &self,
        course: usize,
        form: &str,
        content: &Value,
        warnings: &[Found<'_>],
    ) -> TestResponse {
        let mut body = self.record(course, form, content);
        body["submit"] = true.into();
        body["acknowledgements"] = reasons(warnings);
        let dry = self.manager.post("/api/v1/records?dry_run=true").json(&body).send().await.expect(201);
        let real = self.manager.post("/api/v1/records").json(&body).send().await.expect(201);
        assert_eq!(real.json["findings"], dry.json["findings"]);
        accepted(real, warnings)
    }

    /// Keeps a draft; gives its id.
    pub(crate) async fn draft(
        &self,
        course: usize,
        form: &str,
        content: &Value,
        unanswered: &[&str],
    ) -> String {
        let body = self.record(course, form, content);
        let answer = self.manager.post("/api/v1/records").json(&body).send().await.expect(201);
        assert_eq!(
            (&answer.json["status"], &answer.json["unanswered"]),
            (&json!("draft"), &json!(unanswered))
        );
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Completes a draft of that version and submits it.
    pub(crate) async fn complete(&self, draft: &str, version: u32, content: &Value) {
        let path = format!("/api/v1/records/{draft}");
        let put = self.manager.put(&format!("{path}/draft")).header("If-Match", &format!("\"{version}\""));
        put.json(&json!({ "content": content })).send().await.expect(200);
        accepted(self.submit_draft(draft, version + 1).await.expect(200), &[]);
    }

    /// Asks for the submission of a draft of that version.
    pub(crate) async fn submit_draft(&self, draft: &str, version: u32) -> TestResponse {
        let post = self.manager.post(&format!("/api/v1/records/{draft}/submission"));
        post.header("If-Match", &format!("\"{version}\"")).json(&json!({})).send().await
    }

    /// Corrects a submitted record of that version, from a new source; nothing is found in it any more.
    pub(crate) async fn amend(&self, record: &str, version: u32, content: &Value) {
        let post = self.manager.post(&format!("/api/v1/records/{record}/amendments"));
        let body =
            json!({ "content": content, "reason": "source_update", "text": "The laboratory has answered." });
        let answer = post.header("If-Match", &format!("\"{version}\"")).json(&body).send().await.expect(200);
        accepted(answer, &[]);
    }

    /// A form is refused for exactly these findings, errors and warnings.
    pub(crate) async fn refused(&self, course: usize, form: &str, content: &Value, findings: &[Found<'_>]) {
        let mut body = self.record(course, form, content);
        body["submit"] = true.into();
        let answer = self.manager.post("/api/v1/records").json(&body).send().await;
        let answer = answer.problem(422, "content_invalid");
        assert_eq!(sorted(answer.found()), sorted(findings.to_vec()), "{}", answer.text);
    }

    /// What is looked at after every step, and therefore the place for whatever else must hold after each: the worklist,
    /// in its order, how complete forms are ([`Life::count`]), and that no rule finds anything in what is there. A line of
    /// the list is the last day before the item is overdue, where it stands, the course (0 of the patient), the time point,
    /// the form (`?` when it may be left out) or sample, and the window.
    pub(crate) async fn look(&self, waits: &[&str], counts: &str) {
        self.look_at(waits, counts, &[]).await;
    }

    /// The same after a step that leaves these findings in records that are there ([`Life::stands`]).
    pub(super) async fn look_at(&self, waits: &[&str], counts: &str, standing: &[Standing<'_>]) {
        let list = self.get(&format!("/api/v1/worklist?patient={}", self.pseudonym)).await;
        let lines: Vec<String> = items(&list).iter().map(|item| self.line(item)).collect();
        assert_eq!(lines, waits, "on {}", self.today());
        self.count(counts, waits).await;
        self.stands(standing).await;
    }

    /// What the data manager reads at a path.
    pub(super) async fn get(&self, path: &str) -> TestResponse {
        self.manager.get(path).send().await.expect(200)
    }

    /// Today.
    pub(super) fn today(&self) -> NaiveDate {
        swedish_day(self.app.clock.read())
    }

    pub(super) fn line(&self, item: &Value) -> String {
        let text = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
        let course = self.courses.iter().position(|course| item["course"] == course.as_str());
        let draft = if item["draft"].is_string() { " draft" } else { "" };
        let maybe = if item["optional"] == true { "?" } else { "" };
        format!(
            "{} {}{draft} {} {} {}{maybe} {}..{}",
            text("overdue_after"),
            text("state"),
            course.map_or(0, |place| place + 1),
            text("time_point"),
            name(item),
            text("window_opens"),
            text("window_closes"),
        )
    }

    /// How many items of the patient's whole schedule stand in each state.
    pub(crate) async fn schedule(&self) -> BTreeMap<String, usize> {
        let list = self.get(&format!("/api/v1/patients/{}/schedule", self.pseudonym)).await;
        let mut states = BTreeMap::new();
        for item in items(&list) {
            *states.entry(item["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        states
    }

    /// What follows for the course of that number: these values and no others.
    pub(crate) async fn values(&self, course: usize, expected: &Value) {
        let path = format!("/api/v1/courses/{}/values", self.courses[course - 1]);
        let answer = self.get(&path).await;
        assert!(answer.json["notice"].as_str().unwrap().contains("not for individual treatment decisions"));
        assert_eq!(by_id(&answer.json["values"]), rounded_all(expected), "course {course}");
    }

    /// Day 0 of the course of that number.
    pub(crate) async fn day0(&self, course: usize) -> Value {
        let path = format!("/api/v1/courses/{}", self.courses[course - 1]);
        self.get(&path).await.json["day0"].clone()
    }

    /// Everything stored is vouched for by the log, and everything derived follows from it: at the end of every act.
    pub(crate) async fn check(&self) {
        self.app.service.seal_all().await.unwrap();
        let report = self.app.service.check(CheckOptions::default()).await.unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

/// What follows from the answers of a record: these values and no others.
#[track_caller]
pub(crate) fn derives(record: &TestResponse, expected: &Value) {
    assert_eq!(by_id(&record.json["derived"]), rounded_all(expected));
    assert!(record.json["notice"].as_str().unwrap().contains("not for individual treatment decisions"));
}

/// The derived value of that id, whole.
pub(crate) fn derived<'r>(record: &'r TestResponse, id: &str) -> &'r Value {
    record.json["derived"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

#[track_caller]
fn accepted(answer: TestResponse, warnings: &[Found<'_>]) -> TestResponse {
    let found = answer.json["findings"].as_array().unwrap();
    assert!(found.iter().all(|one| one["severity"] == "warning"), "{}", answer.text);
    assert_eq!(sorted(answer.found()), sorted(warnings.to_vec()), "{}", answer.text);
    assert_eq!((&answer.json["status"], &answer.json["unanswered"]), (&json!("submitted"), &json!([])));
    answer
}

fn reasons(warnings: &[Found<'_>]) -> Value {
    let reason = |(rule, pointer): &Found<'_>| json!({ "rule": rule, "pointer": pointer, "reason": REASON });
    warnings.iter().map(reason).collect()
}

fn sorted(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    found.sort_unstable();
    found
}

pub(super) fn items(list: &TestResponse) -> &[Value] {
    assert_eq!(list.json["next_cursor"], Value::Null, "the list has another page");
    list.json["items"].as_array().unwrap()
}

/// The form with its questionnaire, or the sample by the first of its materials.
fn name(item: &Value) -> String {
    let title = item["title"].as_str().unwrap();
    let Some(form) = item["form"].as_str() else {
        return format!("sample of {}", title.split(',').next().unwrap_or(title));
    };
    let asked = item["satisfied_by"].as_str().unwrap();
    let instrument = ["eq5d5l", "qlq_c30", "fact_lym"].into_iter().find(|one| asked.contains(one));
    instrument.map_or_else(|| form.to_owned(), |instrument| format!("{form}/{instrument}"))
}

fn by_id(values: &Value) -> BTreeMap<String, Value> {
    let values = values.as_array().unwrap();
    values.iter().map(|one| (one["id"].as_str().unwrap().to_owned(), rounded(&one["value"]))).collect()
}

fn rounded_all(values: &Value) -> BTreeMap<String, Value> {
    values.as_object().unwrap().iter().map(|(id, value)| (id.clone(), rounded(value))).collect()
}

/// Numbers to two decimals, as scores are published.
fn rounded(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), |number| json!((number * 100.0).round() / 100.0))
}
