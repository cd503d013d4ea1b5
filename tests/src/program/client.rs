//! A blocking HTTP client that keeps its connections alive.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Request, Response};
use ureq::{Agent, Body, Error};

/// The longest a request may take; an answer that comes later counts as none.
const LIMIT: Duration = Duration::from_secs(30);

/// Somebody who sends requests to one server.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    address: String,
    token: String,
}

/// A change as a client sends it, and may send it again.
#[derive(Debug, Clone)]
pub struct Write {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The version that the client has read.
    pub version: Option<i64>,
    /// The idempotency key.
    pub key: String,
    /// The body.
    pub body: Value,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// By their lower-case names.
    pub headers: BTreeMap<String, String>,
    /// Null when the body is no JSON.
    pub json: Value,
    /// Empty when the body is JSON.
    pub text: String,
}

impl Client {
    /// Somebody with a token, or with an empty one.
    pub fn new(address: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(LIMIT))
            // A proxy of the environment does not see this machine as we do.
            .proxy(None)
            .build();
        Self { agent: config.into(), address: address.to_owned(), token: token.to_owned() }
    }

    /// A GET that is answered.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// A GET.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn try_get(&self, path: &str) -> Result<Answer, Error> {
        self.agent.run(self.request("GET", path).body(()).unwrap()).and_then(Answer::read)
    }

    /// A PUT without a body that is answered.
    #[track_caller]
    pub fn put(&self, path: &str) -> Answer {
        let request = self.request("PUT", path).body(()).unwrap();
        self.agent.run(request).and_then(Answer::read).unwrap_or_else(|error| panic!("PUT {path}: {error}"))
    }

    /// A DELETE that is answered.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        let request = self.request("DELETE", path).body(()).unwrap();
        self.agent
            .run(request)
            .and_then(Answer::read)
            .unwrap_or_else(|error| panic!("DELETE {path}: {error}"))
    }

    /// A POST without a key that is answered.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        let answer = self.agent.run(request.body(body.to_string()).unwrap()).and_then(Answer::read);
        answer.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// A keyed change.
    ///
    /// # Errors
    /// When there is no answer: its outcome is unknown.
    pub fn write(&self, write: &Write) -> Result<Answer, Error> {
        let mut request = self
            .request(write.method, &write.path)
            .header("content-type", "application/json")
            .header("idempotency-key", &write.key);
        if let Some(version) = write.version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        self.agent.run(request.body(write.body.to_string()).unwrap()).and_then(Answer::read)
    }

    /// A keyed file.
    ///
    /// # Errors
    /// When there is no answer: its outcome is unknown.
    pub fn upload(&self, path: &str, key: &str, kind: &str, file: &str) -> Result<Answer, Error> {
        let request = self.request("POST", path).header("content-type", kind).header("idempotency-key", key);
        self.agent.run(request.body(file.to_owned()).unwrap()).and_then(Answer::read)
    }

    /// Every item of a list, page by page.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}?limit=500{cursor}")).expect(200).json;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        if self.token.is_empty() {
            return request;
        }
        request.header("authorization", format!("Bearer {}", self.token))
    }
}

impl Answer {
    fn read(mut response: Response<Body>) -> Result<Self, Error> {
        // An image is no text.
        let text = String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let (json, text) = match serde_json::from_str(&text) {
            Ok(json) => (json, String::new()),
            Err(_) => (Value::Null, text),
        };
        Ok(Self { status: response.status().as_u16(), headers, json, text })
    }

    /// The same answer, once its status is as expected.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all that matters")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Whether it is the stored answer of an earlier, equal request.
    pub fn is_replay(&self) -> bool {
        self.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
    }
}
