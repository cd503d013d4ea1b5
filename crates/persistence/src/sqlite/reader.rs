//! Reading: each closure sees one snapshot, on a connection that cannot write.

use std::path::Path;
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};

use super::{Conn, open};
use crate::config::{Listener, StoreConfig};
use crate::error::StoreError;
use crate::pool::Pool;
use crate::session::ReadSession;
use crate::transaction::{Answer, Watch, guarded};

type Manager = AnsiTransactionManager;

/// The readers of one file.
pub(super) struct Readers {
    pool: Arc<Pool<Conn>>,
    listener: Option<Listener>,
}

impl Readers {
    pub(super) fn new(config: &StoreConfig, path: &Path) -> Self {
        let path = path.to_owned();
        let pool = Pool::new(config.connections, config.queue, move || open::reader(&path));
        Self { pool: Arc::new(pool), listener: config.listener.clone() }
    }

    pub(super) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut dyn ReadSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let watch = Watch::for_listener(self.listener.clone());
        self.pool.run(begin, |conn| run(conn, watch, |conn| work(conn))).await
    }

    pub(super) async fn shut_down(&self) {
        self.pool.shut_down().await;
    }
}

fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(Manager::begin_transaction_sql(conn, "BEGIN DEFERRED")?)
}

fn run<T, E>(conn: &mut Conn, watch: Watch, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Answer<T, E> {
    conn.set_instrumentation(watch.clone());
    let answer = guarded(|| work(conn));
    Manager::rollback_transaction(conn)?;
    match (answer, watch.failure()) {
        (Ok(Ok(_)), Some(failure)) => Err(failure),
        (answer, _) => answer,
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;

    use super::*;

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cartotek.db");
        open::writer(&path).unwrap().batch_execute("CREATE TABLE fact (id INTEGER)").unwrap();
        let mut conn = open::reader(&path).unwrap();
        begin(&mut conn).unwrap();
        let answer = run(&mut conn, Watch::default(), |conn| {
            conn.batch_execute("INSERT INTO fact VALUES (1)").map_err(StoreError::from)
        });
        assert_eq!(answer, Ok(Err(StoreError::ReadOnly)));
    }

    #[test]
    fn a_reader_sees_one_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cartotek.db");
        let mut writer = open::writer(&path).unwrap();
        writer.batch_execute("CREATE TABLE fact (id INTEGER)").unwrap();
        let count = |conn: &mut Conn| {
            diesel::select(sql::<BigInt>("(SELECT count(*) FROM fact)")).get_result::<i64>(conn)
        };
        let mut conn = open::reader(&path).unwrap();
        begin(&mut conn).unwrap();
        let counts = run(&mut conn, Watch::default(), |conn| {
            let before = count(conn)?;
            writer.batch_execute("INSERT INTO fact VALUES (1)")?;
            Ok::<_, StoreError>((before, count(conn)?))
        });
        assert_eq!(counts, Ok(Ok((0, 0))));
        assert_eq!(count(&mut conn), Ok(1));
    }
}
