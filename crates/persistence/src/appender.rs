//! A durable append that many callers share: all items that wait are committed together, then all are told.
//!
//! For events outside any other transaction (reads, refusals), which must be on disk before an answer leaves.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::StoreError;
use crate::session::WriteSession;
use crate::store::Store;

/// Items per transaction; what exceeds it waits for the next one.
const BATCH: usize = 512;

type Waiting<Item> = (Item, oneshot::Sender<Result<(), StoreError>>);

/// The handle of one appending task.
pub struct Appender<Item> {
    /// `None` once shut down.
    queue: Mutex<Option<mpsc::Sender<Waiting<Item>>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl<Item: Send + Sync + 'static> Appender<Item> {
    /// Starts the task on the current tokio runtime. `write` stores all items it is given;
    /// `name` is the name of its transactions; `queue` bounds the items that wait.
    pub fn start(
        store: Store,
        name: &'static str,
        queue: usize,
        write: impl Fn(&mut dyn WriteSession, &[Item]) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let task = tokio::spawn(serve(store, name, receiver, Arc::new(write)));
        Self { queue: Mutex::new(Some(sender)), task: Mutex::new(Some(task)) }
    }

    /// Returns once the item is on disk.
    ///
    /// # Errors
    /// `Busy` if too many wait; else the failure of the transaction that held the item.
    pub async fn append(&self, item: Item) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue((item, reply))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Driver("the appender ended early".to_owned())))
    }

    /// Appends what waits, then ends the task. Call it before the store is shut down.
    pub async fn shutdown(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // Either way it has ended; a panic in it has been reported on standard error.
            let _ended = task.await;
        }
    }

    fn enqueue(&self, waiting: Waiting<Item>) -> Result<(), StoreError> {
        match &*self.queue.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Err(crate::pool::shut_down()),
            Some(queue) => queue.try_send(waiting).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => crate::pool::shut_down(),
            }),
        }
    }
}

async fn serve<Item, Write>(
    store: Store,
    name: &'static str,
    mut queue: mpsc::Receiver<Waiting<Item>>,
    write: Arc<Write>,
) where
    Item: Send + Sync + 'static,
    Write: Fn(&mut dyn WriteSession, &[Item]) -> Result<(), StoreError> + Send + Sync + 'static,
{
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, BATCH).await > 0 {
        let (items, replies): (Vec<Item>, Vec<_>) = waiting.drain(..).unzip();
        let write = Arc::clone(&write);
        let stored = store.write(name, move |session| write(session, &items)).await;
        for reply in replies {
            // A caller that has gone does not wait for the answer.
            let _gone = reply.send(stored.clone());
        }
    }
}
