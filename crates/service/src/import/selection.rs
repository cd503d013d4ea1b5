//! The forms that the rows of a file fill in.

use std::sync::Arc;

use cartotek_domain::problem::Problem;
use cartotek_forms::Form;

use crate::Service;
use crate::error::ServiceError;
use crate::publish::PublishedForms;

/// The form that a request names, or all there are, of which each row names one.
#[derive(Clone)]
pub(super) struct Selection {
    published: Arc<PublishedForms>,
    only: Option<(String, u32)>,
}

impl Selection {
    /// What a request selects.
    ///
    /// # Errors
    /// `content_invalid` for an unknown form; `invalid_parameter` for a version of none.
    pub(super) fn new(
        service: &Service,
        form: Option<&str>,
        version: Option<u32>,
    ) -> Result<Self, ServiceError> {
        let published = service.forms()?;
        let only = match form {
            Some(code) => {
                let form = published.expect(code, version)?;
                Some((form.code().to_owned(), form.version()))
            }
            None if version.is_some() => return Err(version_of_none()),
            None => None,
        };
        Ok(Self { published, only })
    }

    /// The same for rows that all fill in one of its forms.
    pub(super) fn narrowed(&self, code: &str) -> Self {
        let only = self.form(code).map(|form| (form.code().to_owned(), form.version()));
        Self { only, ..self.clone() }
    }

    /// The form that every row fills in, when the request names it.
    pub(super) fn only(&self) -> Option<&Form> {
        let (code, version) = self.only.as_ref()?;
        self.published.forms.form(code, Some(*version))
    }

    /// The form of that code, when rows may fill it in.
    pub(super) fn form(&self, code: &str) -> Option<&Form> {
        match self.only() {
            Some(only) => Some(only).filter(|form| form.code() == code),
            None => self.published.forms.form(code, None),
        }
    }

    /// Every form that rows may fill in.
    pub(super) fn all(&self) -> Vec<&Form> {
        match self.only() {
            Some(only) => vec![only],
            None => self.published.forms.latest().collect(),
        }
    }

    /// The codes of those forms, for whoever has named another.
    pub(super) fn codes(&self) -> String {
        self.all().into_iter().map(Form::code).collect::<Vec<_>>().join(", ")
    }
}

fn version_of_none() -> ServiceError {
    ServiceError::explained(
        Problem::InvalidParameter,
        "version hör till form; ange båda, eller ingen av dem när raderna själva säger vilket formulär de gäller.",
        "version belongs to form; give both, or neither when the rows say themselves which form they fill in.",
    )
}
