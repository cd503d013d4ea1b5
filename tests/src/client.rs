//! Requests and answers.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::{TestRequest, init_service};
use cartotek_service::Service;
use serde_json::Value;

type Answering = Pin<Box<dyn Future<Output = TestResponse>>>;

/// Where requests go in.
#[derive(Clone)]
pub(crate) struct Door(Rc<dyn Fn(TestRequest) -> Answering>);

impl Door {
    pub(crate) async fn open(service: Service) -> Self {
        let application = Rc::new(init_service(cartotek_api::app(service)).await);
        Self(Rc::new(move |request| {
            let application = Rc::clone(&application);
            Box::pin(async move {
                match application.call(request.to_request()).await {
                    Ok(response) => TestResponse::read(response.map_into_boxed_body().into()).await,
                    // What the server makes of an error that no route has answered.
                    Err(error) => TestResponse::read(error.error_response()).await,
                }
            })
        }))
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Client {
    door: Door,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(door: &Door, token: Option<String>) -> Self {
        Self { door: door.clone(), token }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// A POST.
    pub fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// A PUT.
    pub fn put(&self, path: &str) -> Request {
        self.request("PUT", path)
    }

    /// A DELETE.
    pub fn delete(&self, path: &str) -> Request {
        self.request("DELETE", path)
    }

    /// A request of any method.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = TestRequest::default().method(method).uri(path);
        let request = Request { door: self.door.clone(), request };
        match &self.token {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }
}

/// A request being written.
#[must_use]
pub struct Request {
    door: Door,
    request: TestRequest,
}

impl Request {
    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    /// With any body.
    pub fn bytes(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let Self { door, request } = self.header("Content-Type", content_type);
        Self { door, request: request.set_payload(body.into()) }
    }

    /// With a header; text beyond ASCII goes as its UTF-8 bytes.
    pub fn header(self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        Self { request: self.request.insert_header((name, value)), ..self }
    }

    /// The answer.
    pub async fn send(self) -> TestResponse {
        (self.door.0)(self.request).await
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct TestResponse {
    /// The status.
    pub status: u16,
    /// The headers by their lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

#[expect(clippy::return_self_not_must_use, reason = "an assertion may stand alone")]
impl TestResponse {
    async fn read(response: actix_web::HttpResponse) -> Self {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let body = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("the body ends early"));
        let text = String::from_utf8_lossy(&body).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    /// The same answer, once its status is as expected.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The same answer, once it is the problem expected, whole and in its form.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        self.whole_problem()
    }

    /// The same answer, once it is a whole problem document that its status agrees with.
    #[track_caller]
    pub fn whole_problem(self) -> Self {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        assert_eq!(self.json["type"], format!("https://cartotek.example/problems/{}", self.code()));
        assert_eq!(self.json["request_id"].as_str(), self.header("x-request-id"), "{self:?}");
        assert!(!self.json["title"].as_str().unwrap_or_default().is_empty(), "{self:?}");
        // Who is unknown, or asks for what is not there, learns nothing more.
        let tells = (400..500).contains(&self.status) && ![401, 404].contains(&self.status);
        assert!(!tells || !self.findings().is_empty(), "no finding says what is wrong: {self:?}");
        for finding in self.findings() {
            for field in ["rule", "severity", "message"] {
                assert!(!finding[field].as_str().unwrap_or_default().is_empty(), "{finding}");
            }
            assert!(finding["pointer"].is_string(), "{finding}");
        }
        self
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The problem's code; empty when there is none.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The problem's findings.
    pub fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Rule and pointer of every finding.
    pub fn found(&self) -> Vec<(&str, &str)> {
        self.findings()
            .iter()
            .map(|one| {
                (one["rule"].as_str().unwrap_or_default(), one["pointer"].as_str().unwrap_or_default())
            })
            .collect()
    }

    /// The body without what differs between equal answers to two requests.
    pub fn without_request_id(&self) -> Value {
        let mut json = self.json.clone();
        if let Some(members) = json.as_object_mut() {
            members.remove("request_id");
        }
        json
    }

    /// Whether a text stands anywhere in the answer.
    pub fn mentions(&self, text: &str) -> bool {
        self.text.contains(text) || self.headers.values().any(|value| value.contains(text))
    }
}
