//! Sets of documents and the forms that they are compiled to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use cartotek_crypto::hash::{Hash, sha256};
use cartotek_domain::finding::Finding;
use cartotek_domain::text::Text;
use cartotek_forms::{Forms, SchemaSet};

use crate::error::ServiceError;

/// The sets that were compiled last, by their hashes: a publication is compiled before it is written and found again
/// afterwards, all services of a process have the same forms, and a preview of others does not push these out.
static LAST_COMPILED: Mutex<VecDeque<(Hash, Compiled)>> = Mutex::new(VecDeque::new());
/// How many sets are kept.
const KEPT: usize = 4;
/// The forms of a set, once they are compiled.
type Compiled = Arc<Mutex<Option<Arc<Forms>>>>;

/// The forms of a set.
///
/// # Errors
/// `content_invalid` with what is wrong in its documents.
pub(super) fn compile(set: &SchemaSet) -> Result<Arc<Forms>, ServiceError> {
    let compiled = compiled(hash_of(set));
    // Whoever wants the same set waits for it instead of compiling it as well.
    let mut forms = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(forms) = &*forms {
        return Ok(Arc::clone(forms));
    }
    let anew = Arc::new(compile_anew(set)?);
    *forms = Some(Arc::clone(&anew));
    Ok(anew)
}

fn hash_of(set: &SchemaSet) -> Hash {
    let lengths = set.documents.iter().map(|(path, bytes)| format!("{path}:{} ", bytes.len()));
    let heading: String = lengths.collect();
    let contents = set.documents.values().map(Vec::as_slice);
    sha256(&std::iter::once(heading.as_bytes()).chain(contents).collect::<Vec<_>>())
}

/// The place of a set among those that are kept.
fn compiled(hash: Hash) -> Compiled {
    let mut kept = LAST_COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let place = kept.iter().position(|(known, _)| *known == hash);
    let compiled =
        place.and_then(|place| kept.remove(place)).map(|(_, compiled)| compiled).unwrap_or_default();
    kept.push_front((hash, Arc::clone(&compiled)));
    kept.truncate(KEPT);
    compiled
}

fn compile_anew(set: &SchemaSet) -> Result<Forms, ServiceError> {
    Forms::compile(set).map_err(|errors| {
        let findings = errors
            .iter()
            .take(50)
            .map(|error| Finding::error("FORM-DEFECT", "", Text::new(error.to_string(), error.to_string())))
            .collect();
        ServiceError::invalid(findings)
    })
}
