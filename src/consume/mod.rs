//! Consumes events: from the messages of a queue to objects, which an import lands.
//!
//! Threads receive and gather, one writes what has been gathered, and one keeps all of it hidden from other receivers. A message is
//! deleted after the objects with it are durable: whatever a consumer that dies had in hand comes again.

mod batch;
mod gather;
mod in_hand;
mod metrics;
mod object;
mod receive;
mod write;

use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::ingest::Stop;
use crate::queue::Queue;
use crate::sink::Sink;

use gather::Gather;
use in_hand::InHand;

pub use batch::{Batch, Event, Limits, Malformed};
pub use object::{Object, of_events as object_of_events};

/// What is consumed, and where to.
pub struct Consumer {
    /// The queue of the events.
    pub queue: Queue,
    /// Gets the messages that are no events, too.
    pub dead_letters: Option<Queue>,
    /// Where the objects are written.
    pub sink: Box<dyn Sink>,
    /// Requests for messages at once.
    pub receivers: usize,
    /// How much goes into one object.
    pub limits: Limits,
}

impl Consumer {
    /// Consumes until `stop` is set; then what is in hand is written and deleted.
    ///
    /// # Errors
    ///
    /// One of the queues or the sink cannot be used when it is first asked, or what was in hand at the end could not be written.
    pub fn run(&self, stop: &Stop) -> anyhow::Result<()> {
        metrics::describe();
        let gather = Gather::new(self.limits, self.receivers);
        let in_hand = InHand::default();
        // Before anything is received: each attempt in vain brings a message nearer to the dead-letter queue.
        if !receive::check(self, &gather, &in_hand, stop)? {
            return Ok(());
        }
        let span = tracing::Span::current();
        let (writing, done) = channel();
        thread::scope(|scope| {
            for _ in 0..self.receivers {
                scope.spawn(|| {
                    let _inside = span.clone().entered();
                    let _on_panic = SetOnPanic(stop);
                    let _ended = gather.receiver();
                    receive::repeat(self, &gather, &in_hand, stop);
                });
            }
            let (in_hand, inside) = (&in_hand, span.clone());
            scope.spawn(move || {
                let _inside = inside.entered();
                in_hand.keep(&self.queue, &done);
            });
            // However the writing ends, so does the thread.
            let _writing: Sender<()> = writing;
            let _on_panic = SetOnPanic(stop);
            write::repeat(self, &gather, in_hand, stop)
        })
    }
}

struct SetOnPanic<'s>(&'s Stop);

impl Drop for SetOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.set();
        }
    }
}
