//! SQS queues in memory, served over HTTP on a loopback port, for tests and benchmarks.
//!
//! It speaks the JSON protocol of the AWS SDKs: `SendMessage`, `SendMessageBatch`, `ReceiveMessage`, `DeleteMessageBatch`,
//! `ChangeMessageVisibilityBatch` and `GetQueueAttributes`, which is all that Landfall asks of a queue. Signatures are not
//! checked, and there is no redrive policy. It is thousands of times faster than moto, and its queues can deliver twice.

mod actions;
mod queue;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use queue::Queue;

/// A server, stopped when dropped. Not for use inside async code: starting and dropping it block.
pub struct TestSqs {
    address: SocketAddr,
    queues: Arc<Queues>,
    _runtime: Runtime,
}

#[derive(Default)]
struct Queues {
    by_name: Mutex<HashMap<String, Queue>>,
    /// Wakes those who wait for messages.
    sent: Notify,
}

impl Queues {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Queue>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TestSqs {
    /// Starts a server without queues.
    ///
    /// # Errors
    ///
    /// No port of the loopback interface can be bound.
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let queues = Arc::<Queues>::default();
        let router = actions::router(queues.clone());
        runtime.spawn(async { axum::serve(listener, router).await });
        Ok(Self { address, queues, _runtime: runtime })
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients take for the address of SQS.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates an empty queue, or empties it; returns its URL.
    pub fn create_queue(&self, name: &str) -> String {
        self.queues.lock().insert(name.to_owned(), Queue::default());
        format!("{}/123456789012/{name}", self.endpoint())
    }

    /// From now on, every `n`-th message that is received is delivered once more, at the same time.
    pub fn deliver_twice(&self, queue: &str, n: u64) {
        self.with(queue, |queue| queue.deliver_twice(n));
    }

    /// Sends messages.
    pub fn send<T: Into<String>>(&self, queue: &str, bodies: impl IntoIterator<Item = T>) {
        self.with(queue, |queue| {
            for body in bodies {
                queue.send(body.into(), Value::Null);
            }
        });
        self.queues.sent.notify_waiters();
    }

    /// Messages that a receiver would get.
    pub fn visible(&self, queue: &str) -> usize {
        self.with(queue, |queue| queue.counts(Instant::now()).0)
    }

    /// All messages, those included that are in somebody's hand.
    pub fn messages(&self, queue: &str) -> usize {
        let (visible, hidden) = self.with(queue, |queue| queue.counts(Instant::now()));
        visible + hidden
    }

    /// Deliveries so far.
    pub fn deliveries(&self, queue: &str) -> u64 {
        self.with(queue, |queue| queue.deliveries())
    }

    /// Bodies and message attributes of all messages, in no order.
    pub fn bodies(&self, queue: &str) -> Vec<(String, Value)> {
        self.with(queue, |queue| queue.bodies())
    }

    fn with<T>(&self, queue: &str, ask: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queues = self.queues.lock();
        ask(queues.get_mut(queue).unwrap_or_else(|| panic!("there is no queue {queue}")))
    }
}
