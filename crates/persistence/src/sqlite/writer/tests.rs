//! The thread's loop, run on the test's own thread: everything is queued before it starts.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tempfile::TempDir;

use super::*;

type Told = Arc<Mutex<Vec<Result<(), StoreError>>>>;

/// A write that notes how many rows others see while it runs, and when it is answered.
struct Step {
    statement: &'static str,
    keep: bool,
    path: PathBuf,
    seen_running: Arc<Mutex<Vec<i64>>>,
    seen_answered: Arc<Mutex<Vec<i64>>>,
    told: Told,
}

impl Job for Step {
    fn run(&mut self, conn: &mut Conn) -> bool {
        lock(&self.seen_running).push(rows(&self.path));
        conn.batch_execute(self.statement).unwrap();
        self.keep
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        lock(&self.seen_answered).push(rows(&self.path));
        lock(&self.told).push(committed);
    }
}

fn rows(path: &Path) -> i64 {
    let mut conn = open::reader(path).unwrap();
    diesel::select(sql::<BigInt>("(SELECT count(*) FROM fact)")).get_result(&mut conn).unwrap()
}

/// Queues the statements, runs the loop to its end and gives what was seen and told.
struct Trial {
    folder: TempDir,
    seen_running: Arc<Mutex<Vec<i64>>>,
    seen_answered: Arc<Mutex<Vec<i64>>>,
    told: Told,
}

impl Trial {
    fn run(steps: &[(&'static str, bool)]) -> Self {
        let trial = Self {
            folder: tempfile::tempdir().unwrap(),
            seen_running: Arc::default(),
            seen_answered: Arc::default(),
            told: Arc::default(),
        };
        let path = trial.path();
        let mut conn = open::writer(&path).unwrap();
        conn.batch_execute("CREATE TABLE fact (id INTEGER)").unwrap();
        let (sender, receiver) = sync_channel::<Box<dyn Job>>(steps.len());
        for (statement, keep) in steps {
            let step = Step {
                statement,
                keep: *keep,
                path: path.clone(),
                seen_running: Arc::clone(&trial.seen_running),
                seen_answered: Arc::clone(&trial.seen_answered),
                told: Arc::clone(&trial.told),
            };
            assert!(sender.try_send(Box::new(step)).is_ok());
        }
        drop(sender);
        Worker { path, conn: Some(conn), queue: receiver, budget: Duration::MAX }.serve();
        trial
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("cartotek.db")
    }
}

const INSERT: &str = "INSERT INTO fact VALUES (1)";

#[test]
fn writes_that_wait_share_one_commit_and_are_answered_after_it() {
    let trial = Trial::run(&[(INSERT, true), (INSERT, true), (INSERT, true)]);
    assert_eq!(*lock(&trial.seen_running), [0, 0, 0]);
    assert_eq!(*lock(&trial.seen_answered), [3, 3, 3]);
    assert_eq!(*lock(&trial.told), [Ok(()), Ok(()), Ok(())]);
}

#[test]
fn a_write_that_is_not_kept_is_undone_alone() {
    let trial = Trial::run(&[(INSERT, true), (INSERT, false), (INSERT, true), (INSERT, false)]);
    assert_eq!(rows(&trial.path()), 2);
    let first = Trial::run(&[(INSERT, false), (INSERT, false), (INSERT, true), (INSERT, false)]);
    assert_eq!(rows(&first.path()), 1, "be it the first");
}

#[test]
fn a_batch_ends_at_its_limit() {
    let trial = Trial::run(&[(INSERT, true); BATCH + 1]);
    let seen = lock(&trial.seen_running).clone();
    assert_eq!(seen[..BATCH], [0; BATCH]);
    assert_eq!(seen[BATCH..], [256]);
}

#[test]
fn a_broken_transaction_is_told_to_everyone_in_it_and_the_thread_goes_on() {
    let mut steps = vec![(INSERT, true); BATCH - 1];
    steps.push(("ROLLBACK", true));
    steps.push((INSERT, true));
    let trial = Trial::run(&steps);
    let told = lock(&trial.told).clone();
    assert!(told[..BATCH].iter().all(Result::is_err));
    assert_eq!(told[BATCH..], [Ok(())]);
    assert_eq!(rows(&trial.path()), 1);
}

#[test]
fn a_closure_that_succeeded_is_not_told_so_when_the_commit_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cartotek.db");
    let mut conn = open::writer(&path).unwrap();
    conn.batch_execute("CREATE TABLE fact (id INTEGER)").unwrap();
    let (reply, mut answer) = oneshot::channel::<Answer<(), StoreError>>();
    let write = Write {
        work: |_: &mut dyn WriteSession| Ok(()),
        ending: Ending::Commit,
        watch: Watch::default(),
        answer: None,
        reply,
        span: Span::none(),
    };
    let breaking = Step {
        statement: "ROLLBACK",
        keep: true,
        path: path.clone(),
        seen_running: Arc::default(),
        seen_answered: Arc::default(),
        told: Arc::default(),
    };
    let (sender, receiver) = sync_channel::<Box<dyn Job>>(2);
    assert!(sender.try_send(Box::new(write)).is_ok());
    assert!(sender.try_send(Box::new(breaking)).is_ok());
    drop(sender);
    Worker { path, conn: Some(conn), queue: receiver, budget: Duration::MAX }.serve();
    assert!(answer.try_recv().unwrap().is_err());
}
