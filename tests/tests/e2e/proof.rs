//! Receipts hold what they promise.

use cartotek_crypto::checkpoint::{VerifierKey, parse_and_verify};
use cartotek_crypto::hash::Hash;
use cartotek_crypto::merkle::verify_inclusion;
use serde_json::Value;

use crate::story::Acknowledged;
use cartotek_tests::program::client::Client;
use cartotek_tests::program::waiting::eventually;

/// Every receipt's event is in the log that a signed checkpoint vouches for.
#[track_caller]
pub(crate) fn prove<'a>(client: &Client, acknowledged: impl Iterator<Item = &'a Acknowledged>) {
    let key = client.get("/api/v1/audit/key").expect(200).json;
    let key: VerifierKey = text(&key["key"]).parse().expect("a verifier key");
    for Acknowledged { write, answer } in acknowledged {
        let receipt = &answer.headers["cartotek-receipt"];
        let (event, leaf) = receipt.split_once(' ').expect("a receipt is an event and a hash");
        let leaf: Hash = leaf.parse().expect("a hash");
        let path = format!("/api/v1/audit/proof?event={event}");
        let proof = eventually("the event is sealed", || {
            let answer = client.get(&path);
            (answer.status != 409).then_some(answer)
        });
        let proof = proof.expect(200).json;
        let checkpoint =
            parse_and_verify(text(&proof["checkpoint"]["note"]), &key).expect("the log's signature");
        let path: Vec<Hash> =
            proof["proof"].as_array().unwrap().iter().map(|hash| text(hash).parse().unwrap()).collect();
        let index = proof["leaf_index"].as_u64().unwrap();
        let holds = verify_inclusion(&leaf, index, checkpoint.size, &path, &checkpoint.root);
        assert!(holds, "the log does not hold the receipt of {write:?}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}
