//! The one writer thread, with group commit.
//!
//! It takes every write that waits, runs them in one immediate transaction, each but the first in a savepoint, commits once
//! (`synchronous=FULL`: on disk) and only then answers. A closure that fails is undone alone. If the commit
//! fails, nobody is told anything but the failure: the others may have seen what was never kept.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use tokio::sync::oneshot;
use tracing::Span;

use super::open::{self, WriterLock};
use super::{Conn, WriteSession};
use crate::config::{Listener, StoreConfig};
use crate::error::StoreError;
use crate::pool::shut_down;
use crate::transaction::{Answer, Ending, Watch, guarded};

#[cfg(test)]
mod tests;

type Manager = AnsiTransactionManager;
type Queue = SyncSender<Box<dyn Job>>;

/// A batch ends at this many closures or after this time, so that the first one in does not wait for long.
const BATCH: usize = 256;
const BUDGET: Duration = Duration::from_millis(20);

/// The handle of the writer thread.
pub(super) struct Writer {
    /// `None` once shut down.
    queue: Mutex<Option<Queue>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    listener: Option<Listener>,
}

impl Writer {
    /// Starts the thread; it owns the lock until the last waiting write is answered.
    pub(super) fn start(
        config: &StoreConfig,
        path: &Path,
        conn: Conn,
        lock: WriterLock,
    ) -> Result<Self, StoreError> {
        let (sender, receiver) = sync_channel(config.queue.max(1));
        let conn = Some(undoing_in_memory(conn)?);
        let worker = Worker { path: path.to_owned(), conn, queue: receiver, budget: BUDGET };
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                worker.serve();
                drop(lock);
            })
            .map_err(|error| StoreError::Unavailable(format!("cannot start the writer thread: {error}")))?;
        let (queue, thread) = (Mutex::new(Some(sender)), Mutex::new(Some(thread)));
        Ok(Self { queue, thread, listener: config.listener.clone() })
    }

    /// Queues the closure and waits for the commit that holds it.
    pub(super) async fn write<T, E>(
        &self,
        ending: Ending,
        work: impl FnMut(&mut dyn WriteSession) -> Result<T, E> + Send + 'static,
    ) -> Answer<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let watch = Watch::for_listener(self.listener.clone());
        let write = Write { work, ending, watch, answer: None, reply, span: Span::current() };
        self.enqueue(Box::new(write))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Driver("the writer thread ended early".to_owned())))
    }

    /// Answers what waits, then ends the thread.
    pub(super) async fn shut_down(&self) {
        drop(lock(&self.queue).take());
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            // Either way the thread has ended; a panic in it has been reported on standard error.
            let _ended = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn enqueue(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        match &*lock(&self.queue) {
            None => Err(shut_down()),
            Some(queue) => queue.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => shut_down(),
            }),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A write whose types are forgotten.
trait Job: Send {
    /// Runs where its changes can be undone alone; whether they are to be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;

    /// Tells the caller, after the commit or its failure.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Write<T, E, F> {
    work: F,
    ending: Ending,
    watch: Watch,
    answer: Option<Answer<T, E>>,
    reply: oneshot::Sender<Answer<T, E>>,
    span: Span,
}

impl<T, E, F> Job for Write<T, E, F>
where
    T: Send,
    E: Send,
    F: FnMut(&mut dyn WriteSession) -> Result<T, E> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        if self.reply.is_closed() {
            // Its caller passed the deadline while it waited: nobody knows of it, so it never happens.
            return false;
        }
        conn.set_instrumentation(self.watch.clone());
        let mut answer = self.span.in_scope(|| guarded(|| (self.work)(conn)));
        if let (Ok(Ok(_)), Some(failure)) = (&answer, self.watch.failure()) {
            answer = Err(failure);
        }
        let keep = self.ending == Ending::Commit && matches!(answer, Ok(Ok(_)));
        self.answer = Some(answer);
        keep
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (committed, self.answer) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(StoreError::Deadline),
        };
        // A caller that has gone does not wait for the answer.
        let _gone = self.reply.send(answer);
    }
}

/// The state of the thread.
struct Worker {
    path: PathBuf,
    /// `None` after a failure that may have left the connection in an unknown state.
    conn: Option<Conn>,
    queue: Receiver<Box<dyn Job>>,
    budget: Duration,
}

impl Worker {
    fn serve(mut self) {
        while let Ok(first) = self.queue.recv() {
            let mut batch = vec![first];
            let committed = self.commit_batch(&mut batch);
            if let Err(error) = &committed {
                tracing::error!(%error, writes = batch.len(), "a batch of writes was not committed");
                self.conn = None;
            }
            for job in batch {
                job.answer(committed.clone());
            }
        }
    }

    /// Runs the first write of the batch and those that wait behind it, then commits them together.
    fn commit_batch(&mut self, batch: &mut Vec<Box<dyn Job>>) -> Result<(), StoreError> {
        let started = Instant::now();
        let conn = match &mut self.conn {
            Some(conn) => conn,
            lost => lost.insert(undoing_in_memory(open::writer(&self.path)?)?),
        };
        begin(conn)?;
        let mut changed = false;
        while let Some(job) = batch.last_mut() {
            // Nothing is there yet that its failure must leave: a savepoint would keep every page that it writes to twice.
            changed |= if changed { run_in_savepoint(conn, job.as_mut())? } else { run(conn, job.as_mut())? };
            if batch.len() == BATCH || started.elapsed() >= self.budget {
                break;
            }
            match self.queue.try_recv() {
                Ok(next) => batch.push(next),
                Err(_) => break,
            }
        }
        end(conn, changed)
    }
}

/// What a savepoint would undo stays in memory, instead of a file beside the database: every write but the first of a batch
/// has one.
fn undoing_in_memory(mut conn: Conn) -> Result<Conn, StoreError> {
    conn.batch_execute("PRAGMA temp_store = MEMORY")?;
    Ok(conn)
}

/// Runs the first write of a transaction that is kept; one that is not takes the transaction with it.
fn run(conn: &mut Conn, job: &mut dyn Job) -> Result<bool, StoreError> {
    let keep = job.run(conn);
    if !keep {
        Manager::rollback_transaction(conn)?;
        begin(conn)?;
    }
    Ok(keep)
}

/// An error here means that the savepoint could not be ended: the whole transaction is in doubt.
fn run_in_savepoint(conn: &mut Conn, job: &mut dyn Job) -> Result<bool, StoreError> {
    Manager::begin_transaction(conn)?;
    let keep = job.run(conn);
    end(conn, keep)?;
    Ok(keep)
}

fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(Manager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?)
}

/// Ends the innermost savepoint or the transaction.
fn end(conn: &mut Conn, keep: bool) -> Result<(), StoreError> {
    let ended = if keep { Manager::commit_transaction(conn) } else { Manager::rollback_transaction(conn) };
    Ok(ended?)
}
