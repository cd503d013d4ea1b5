//! Numbers in queries that have a least and a greatest.

use actix_web::HttpRequest;
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;

use crate::http::problem::ApiError;

/// What a number in a query lies between.
pub(crate) struct Bounds {
    name: &'static str,
    least: u32,
    greatest: u32,
}

/// How many items a page has at most.
pub(crate) static LIMIT: Bounds = Bounds { name: "limit", least: 1, greatest: 500 };

/// How many days ahead a list looks.
pub(crate) static SOON_DAYS: Bounds = Bounds { name: "soon_days", least: 0, greatest: 366 };

/// For how many days at least something has waited.
static OLDER_THAN_DAYS: Bounds = Bounds { name: "older_than_days", least: 0, greatest: 65_535 };

impl Bounds {
    /// Those of a parameter.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        [&LIMIT, &SOON_DAYS, &OLDER_THAN_DAYS].into_iter().find(|bounds| bounds.name == name)
    }

    /// What they are, in words.
    pub(crate) fn text(&self) -> Text {
        let Self { name, least, greatest } = self;
        Text::new(
            format!("{name} ska vara {least}–{greatest}."),
            format!("{name} must be {least} to {greatest}."),
        )
    }

    /// The number, if it lies between them.
    ///
    /// # Errors
    /// `invalid_parameter`, naming both.
    pub(crate) fn check(&self, request: &HttpRequest, number: u32) -> Result<u32, ApiError> {
        if (self.least..=self.greatest).contains(&number) {
            return Ok(number);
        }
        let finding = Finding::error("API-PARAMETER", "", self.text());
        Err(ApiError::found(request, Problem::InvalidParameter, vec![finding]))
    }
}
