//! Lists: keyset pages with an opaque cursor.

use std::str::FromStr;

use actix_web::HttpRequest;
use cartotek_domain::finding::Finding;
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_service::{Page, PageOf};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::bounds::LIMIT;
use crate::http::problem::ApiError;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next_cursor` of the page before; absent for the first page.
    pub(crate) cursor: Option<String>,
    /// At most this many items.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub(crate) limit: u16,
}

/// How many items a page has unless the client says.
pub(crate) const fn default_limit() -> u16 {
    100
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The items, in the order of the list.
    pub(crate) items: Vec<T>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A page with its items shown as `view` says.
    pub(crate) fn new<D, K: ToString>(page: PageOf<D, K>, view: impl FnMut(D) -> T) -> Self {
        let next_cursor = page.next.map(|key| key.to_string());
        Self { items: page.items.into_iter().map(view).collect(), next_cursor }
    }

    /// A list that fits on one page.
    pub(crate) fn whole<D>(items: Vec<D>, view: impl FnMut(D) -> T) -> Self {
        Self { items: items.into_iter().map(view).collect(), next_cursor: None }
    }
}

/// The page that `cursor` and `limit` ask for.
pub(crate) fn page<K: FromStr>(
    request: &HttpRequest,
    cursor: Option<&str>,
    limit: u16,
) -> Result<Page<K>, ApiError> {
    LIMIT.check(request, limit.into())?;
    let after = cursor.map(str::parse).transpose().map_err(|_| {
        let text = Text::new(
            "cursor ska vara next_cursor från föregående sida; utelämna den för den första.",
            "cursor must be next_cursor of the page before; leave it out for the first.",
        );
        let finding = Finding::error("API-PARAMETER", "", text);
        ApiError::found(request, Problem::InvalidParameter, vec![finding])
    })?;
    Ok(Page { after, limit })
}
