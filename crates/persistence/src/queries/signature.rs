//! Verifications and signatures of records.

use cartotek_domain::id::RecordId;
use cartotek_domain::signature::Signature;
use cartotek_domain::verification::Verification;
use diesel::prelude::*;

use super::{Conn, IN_LIST, among};
use crate::error::StoreError;
use crate::row::believe;
use crate::row::signature::{SignatureRow, VerificationRow};
use crate::schema::{signature, verification};
use crate::session::signature::{SignatureReads, SignatureWrites};
use crate::sql_type::Id;

impl SignatureReads for Conn {
    fn verifications(&mut self, records: &[RecordId]) -> Result<Vec<Verification>, StoreError> {
        let mut found = Vec::new();
        for chunk in records.chunks(IN_LIST) {
            let query = verification::table.select(VerificationRow::as_select()).into_boxed();
            found.extend(believe(among!(query, verification::record_id, chunk).load(self)?)?);
        }
        Ok(found)
    }

    fn signatures(&mut self, record: RecordId) -> Result<Vec<Signature>, StoreError> {
        let query = signature::table.filter(signature::record_id.eq(Id(record))).order(signature::id);
        believe(query.select(SignatureRow::as_select()).load(self)?)
    }
}

impl SignatureWrites for Conn {
    fn insert_verification(&mut self, verification: &Verification) -> Result<(), StoreError> {
        diesel::insert_into(verification::table).values(VerificationRow::from(verification)).execute(self)?;
        Ok(())
    }

    fn insert_signature(&mut self, signature: &Signature) -> Result<(), StoreError> {
        diesel::insert_into(signature::table).values(SignatureRow::from(signature)).execute(self)?;
        Ok(())
    }
}
