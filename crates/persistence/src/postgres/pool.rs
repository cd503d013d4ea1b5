//! Transactions on pooled connections.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};

use super::dialect::{self, Mode};
use super::{Conn, MIGRATIONS, queries};
use crate::config::{Access, Limits, Listener, StoreConfig};
use crate::error::StoreError;
use crate::pool::Pool;
use crate::session::{ReadSession, WriteSession};
use crate::transaction::{Answer, Ending, Watch, guarded};

type Manager = AnsiTransactionManager;

/// Pauses before the second and later attempts of a write that collided. The server picks one loser per
/// deadlock, so the attempts need no randomness to part.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(320),
];

/// A PostgreSQL database.
pub(crate) struct Database {
    pool: Arc<Pool<Conn>>,
    access: Access,
    listener: Option<Listener>,
}

impl Database {
    /// Checks the server and the schema on one connection.
    pub(crate) fn open(config: &StoreConfig, url: &str) -> Result<Self, StoreError> {
        queries::migration::verify(&mut connect(url)?, &MIGRATIONS)?;
        let url = url.to_owned();
        let pool = Arc::new(Pool::new(config.connections, config.queue, move || connect(&url)));
        Ok(Self { pool, access: config.access, listener: config.listener.clone() })
    }

    pub(crate) async fn read<T, E>(
        &self,
        limits: Limits,
        work: impl FnOnce(&mut dyn ReadSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let watch = Watch::for_listener(self.listener.clone());
        self.pool
            .run(
                move |conn| begin(conn, Mode::Read, &limits),
                |conn| run(conn, Ending::RollBack, watch, |conn| work(conn)),
            )
            .await
    }

    pub(crate) async fn write<T, E>(
        &self,
        limits: Limits,
        ending: Ending,
        mut work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        if self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly);
        }
        let (again, listener) = (limits.clone(), self.listener.clone());
        let watch = move || Watch::for_listener(listener.clone());
        self.pool
            .run(
                move |conn| begin(conn, Mode::Write, &limits),
                move |conn| {
                    for pause in PAUSES {
                        match run(conn, ending, watch(), |conn| work(conn)) {
                            Err(StoreError::Serialization) => std::thread::sleep(pause),
                            answer => return answer,
                        }
                        begin(conn, Mode::Write, &again)?;
                    }
                    run(conn, ending, watch(), |conn| work(conn))
                },
            )
            .await
    }

    pub(crate) async fn shut_down(&self) {
        self.pool.shut_down().await;
    }
}

pub(crate) fn connect(url: &str) -> Result<Conn, StoreError> {
    let mut conn = Conn::establish(&bounded(url))?;
    dialect::prepare_connection(&mut conn)?;
    Ok(conn)
}

/// How long a server may be silent before its connection counts as lost: without these the kernel waits for hours
/// when a machine or a link dies. Seconds, but the last, which is milliseconds.
const PATIENCE: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// The URL with the patience that it does not give itself.
fn bounded(url: &str) -> String {
    let mut bounded = url.to_owned();
    for (name, value) in PATIENCE {
        let (_, given) = bounded.split_once('?').unwrap_or_default();
        if !given.split('&').any(|one| one.split('=').next() == Some(name)) {
            let separator = if bounded.contains('?') { "&" } else { "?" };
            bounded.extend([separator, name, "=", value]);
        }
    }
    bounded
}

fn begin(conn: &mut Conn, mode: Mode, limits: &Limits) -> Result<(), StoreError> {
    Ok(Manager::begin_transaction_sql(conn, &dialect::begin(mode, limits))?)
}

/// Runs the closure in the open transaction and ends it.
fn run<T, E>(
    conn: &mut Conn,
    ending: Ending,
    watch: Watch,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Answer<T, E> {
    conn.set_instrumentation(watch.clone());
    let answer = guarded(|| work(conn));
    match (&answer, watch.failure()) {
        (Ok(Ok(_)), None) if ending == Ending::Commit => Manager::commit_transaction(conn)?,
        (Ok(Ok(_)), Some(failure)) => return Err(undo(conn, failure)),
        // Not what the closure wanted to say, whatever it says.
        (Ok(Err(_)), Some(failure)) if failure.is_temporary() => return Err(undo(conn, failure)),
        _ => Manager::rollback_transaction(conn)?,
    }
    answer
}

/// Rolls back and gives the failure to report: the worse of the two.
fn undo(conn: &mut Conn, failure: StoreError) -> StoreError {
    match Manager::rollback_transaction(conn) {
        Ok(()) => failure,
        Err(_) => StoreError::ConnectionLost,
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;
    use crate::config::{Engine, Scope};
    use crate::testing::TestDatabase;

    fn limits(scope: Scope) -> Limits {
        Limits { scope, deadline: Duration::from_secs(10) }
    }

    #[test]
    fn a_url_keeps_the_patience_it_gives() {
        let ordinary = "connect_timeout=5&keepalives_idle=10&keepalives_interval=5&keepalives_count=3";
        assert_eq!(bounded("postgres://h/d"), format!("postgres://h/d?{ordinary}&tcp_user_timeout=20000"));
        let given = "postgres://a,b/d?target_session_attrs=read-write&connect_timeout=1&tcp_user_timeout=0";
        assert_eq!(
            bounded(given),
            format!("{given}&keepalives_idle=10&keepalives_interval=5&keepalives_count=3")
        );
    }

    #[test]
    fn a_reader_cannot_write() {
        let database = TestDatabase::new(Engine::Postgres);
        let mut conn = connect(&database.config.url).unwrap();
        begin(&mut conn, Mode::Read, &limits(Scope::default())).unwrap();
        let answer = run(&mut conn, Ending::RollBack, Watch::default(), |conn| {
            conn.batch_execute("UPDATE site SET name = name").map_err(StoreError::from)
        });
        assert_eq!(answer, Err(StoreError::ReadOnly));
    }

    #[test]
    fn a_scope_ends_with_its_transaction() {
        let database = TestDatabase::new(Engine::Postgres);
        let mut conn = connect(&database.config.url).unwrap();
        let mut seen = |scope: Scope| {
            begin(&mut conn, Mode::Write, &limits(scope)).unwrap();
            run(&mut conn, Ending::Commit, Watch::default(), |conn| {
                let setting = sql::<Text>("current_setting('cartotek.scope', true)");
                diesel::select(setting).get_result::<String>(conn).map_err(StoreError::from)
            })
        };
        assert_eq!(seen(Scope::of_units(["KAR", "SUS"]).unwrap()), Ok(Ok("KAR,SUS".to_owned())));
        assert_eq!(seen(Scope::default()), Ok(Ok(String::new())));
        let after = sql::<Text>("coalesce(current_setting('cartotek.scope', true), '')");
        assert_eq!(diesel::select(after).get_result::<String>(&mut conn), Ok(String::new()));
    }
}
