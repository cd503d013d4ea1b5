//! The one catalogue of problems a client can meet: stable code, status of the answer, title.
//!
//! Clients match on the code, never on the text (RFC 9457 problem details).

use crate::text::Text;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $sv:literal, $en:literal;)+) => {
        /// A kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Problem {
            $($(#[$doc])* $name,)+
        }

        impl Problem {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status of the answer.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// What it says to the user.
            pub fn title(self) -> Text {
                match self { $(Self::$name => Text::new($sv, $en),)+ }
            }
        }
    };
}

problems! {
    /// The body is no JSON, has a key twice, or is nested too deeply.
    MalformedBody = "malformed_body", 400,
        "Innehållet kunde inte läsas.", "The body could not be read.";
    /// A query parameter or header has a value that is not allowed.
    InvalidParameter = "invalid_parameter", 400,
        "En parameter har ett otillåtet värde.", "A parameter has a value that is not allowed.";
    /// A query parameter that does not exist.
    UnknownParameter = "unknown_parameter", 400,
        "Frågan har en parameter som inte finns.", "The query has a parameter that does not exist.";
    /// No valid token.
    Unauthenticated = "unauthenticated", 401,
        "Ange en giltig åtkomstnyckel: Authorization: Bearer ctk_…",
        "Give a valid token: Authorization: Bearer ctk_…";
    /// None of the caller's roles holds the permission.
    PermissionMissing = "permission_missing", 403,
        "Ingen av dina roller ger den behörighet som krävs.", "None of your roles holds the permission this needs.";
    /// It does not exist, or not for this caller.
    NotFound = "not_found", 404,
        "Det finns inte, eller du har inte tillgång till det.", "It does not exist, or you have no access to it.";
    /// The resource has no such method.
    MethodNotAllowed = "method_not_allowed", 405,
        "Resursen har ingen sådan metod.", "The resource has no such method.";
    /// The body did not arrive in time.
    RequestTimeout = "request_timeout", 408,
        "Innehållet kom inte fram i tid.", "The body did not arrive in time.";
    /// It exists already.
    AlreadyExists = "already_exists", 409,
        "Det finns redan. Läs det som finns och ändra det i stället.",
        "It exists already. Read what is there and change that instead.";
    /// The barcode is in use somewhere in the network.
    BarcodeTaken = "barcode_taken", 409,
        "Streckkoden används redan i nätverket. Skanna om, eller sätt på en ny etikett.",
        "The barcode is already in use in the network. Scan again, or stick on a new label.";
    /// Another tube lies in the position.
    PositionTaken = "position_taken", 409,
        "Positionen är upptagen. Välj en annan.", "The position is occupied. Choose another.";
    /// A lock keeps the record from being changed.
    RecordLocked = "record_locked", 409,
        "Posten är låst.", "The record is locked.";
    /// The record is not in a state that allows this.
    WrongState = "wrong_state", 409,
        "Det går inte i det tillstånd som posten har nu.", "This is not possible in the state it is in.";
    /// An import of the same key is running.
    ImportRunning = "import_running", 409,
        "En import med samma nyckel pågår. Vänta tills den är klar.",
        "An import with the same key is running. Wait until it has ended.";
    /// Somebody changed it in the meantime.
    StaleVersion = "stale_version", 412,
        "Någon har ändrat sedan du läste. Läs på nytt, se vad som ändrats och försök igen med den nya versionen.",
        "Somebody has changed it since you read it. Read it again, see what changed and try with the new version.";
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large", 413,
        "Innehållet är för stort.", "The body is too large.";
    /// A content type that is not understood.
    UnsupportedMediaType = "unsupported_media_type", 415,
        "Innehållstypen stöds inte.", "The content type is not supported.";
    /// The content breaks rules; the findings say which.
    ContentInvalid = "content_invalid", 422,
        "Innehållet följer inte reglerna; se findings.", "The content breaks rules; see findings.";
    /// A direct identifier stands in the content.
    PersonIdDetected = "person_id_detected", 422,
        "Innehållet ser ut att innehålla ett personnummer eller annan direkt identitet. Ta bort det och använd pseudonymen.",
        "The content seems to hold a personal identity number or another direct identifier. Remove it and use the pseudonym.";
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused", 422,
        "Idempotency-Key har redan använts med ett annat innehåll. Ta en ny nyckel för något nytt.",
        "The Idempotency-Key was already used with another body. Take a new key for something new.";
    /// `If-Match` is missing.
    PreconditionRequired = "precondition_required", 428,
        "Ange If-Match med den ETag som du läste.", "Give If-Match with the ETag you read.";
    /// Too many requests of one kind.
    TooManyRequests = "too_many_requests", 429,
        "För många försök. Vänta en stund.", "Too many attempts. Wait a while.";
    /// A defect in Cartotek; the request id finds it in the server's log.
    Defect = "defect", 500,
        "Ett fel i Cartotek. Inget har ändrats. Uppge request_id för driften.",
        "A defect in Cartotek. Nothing has been changed. Tell operations the request_id.";
    /// Overloaded or without a database; try again.
    Unavailable = "unavailable", 503,
        "Tjänsten är upptagen eller utan databas. Försök igen om en stund.",
        "The service is busy or without a database. Try again in a moment.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_have_two_languages() {
        let codes: BTreeSet<_> = Problem::ALL.iter().map(|problem| problem.code()).collect();
        assert_eq!(codes.len(), Problem::ALL.len());
        for problem in Problem::ALL {
            assert_ne!(problem.title().sv, problem.title().en, "{}", problem.code());
        }
    }
}
