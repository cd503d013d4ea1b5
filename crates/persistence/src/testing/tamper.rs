//! SQL past the service, as somebody who holds the whole database would run it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::{Keeper, TestDatabase, connect_file, database_file, server_url};

/// PostgreSQL has no switch for checks, so they are dropped.
const WITHOUT_CHECKS: &str = "DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname); END LOOP;
END $$;";

impl TestDatabase {
    /// Runs SQL past the service and foreign keys, also while others write.
    pub fn execute(&self, statements: &str) {
        self.run("PRAGMA foreign_keys = OFF;", "", statements);
    }

    /// Runs SQL past all checks as well. On PostgreSQL it takes them away, for which it waits for whoever writes, and they
    /// for it: not for a database that a server is writing to.
    pub fn tamper(&self, statements: &str) {
        let ignoring = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
        self.run(ignoring, WITHOUT_CHECKS, statements);
    }

    fn run(&self, in_file: &str, at_server: &str, statements: &str) {
        match &self.place.keeper {
            Keeper::File { folder } => connect_file(&database_file(folder.path()))
                .batch_execute(&format!("PRAGMA busy_timeout = 5000; {in_file} {statements}")),
            Keeper::Server { name } => PgConnection::establish(&server_url("postgres", name))
                .expect("the database accepts connections")
                .batch_execute(&format!("SET session_replication_role = replica; {at_server} {statements}")),
        }
        .expect("the statements are SQL of both engines");
    }
}
