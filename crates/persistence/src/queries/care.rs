//! Whose care a site takes part in: what narrows a statement to the patients of a scope.

use cartotek_domain::access::PatientScope;
use cartotek_domain::code::site::SiteCode;
use chrono::NaiveDate;

/// The site codes and the day of a limited scope; `None` means every patient.
pub(super) fn care(scope: &PatientScope) -> Option<(Vec<&str>, NaiveDate)> {
    match scope {
        PatientScope::Every => None,
        PatientScope::Of { sites, on } => Some((sites.iter().map(SiteCode::as_str).collect(), *on)),
    }
}

/// Whether any of the sites takes part in the patient's care on the day. Asked of each row, so that a page is read in the
/// order of its index and no further than it is long.
macro_rules! cared_for {
    ($patient:expr, $site:expr, $day:expr) => {
        diesel::dsl::exists(
            participation::table
                .filter(participation::patient_id.eq($patient))
                .filter($site)
                .filter(participation::valid_from.le($day))
                .filter(participation::valid_to.is_null().or(participation::valid_to.ge($day))),
        )
    };
}
pub(super) use cared_for;

/// Narrows a boxed query to the rows of patients of a scope. A single site has a statement of its own, which the
/// connection keeps prepared.
macro_rules! within_care {
    ($query:expr, $patient:expr, $scope:expr) => {{
        use crate::schema::participation;
        match care($scope) {
            None => $query,
            Some((codes, day)) => match codes.as_slice() {
                [only] => $query.filter(cared_for!($patient, participation::site.eq(only.to_string()), day)),
                _ => $query.filter(cared_for!(
                    $patient,
                    participation::site.eq_any(codes.iter().map(ToString::to_string).collect::<Vec<_>>()),
                    day
                )),
            },
        }
    }};
}
pub(super) use within_care;
