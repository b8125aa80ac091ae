//! Bytes that one thread writes and another reads.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Chunks that may wait.
const MAX_WAITING: usize = 4;

/// Where to write to, and the chunks that were written: a writer waits while too many wait.
pub(super) fn chunks() -> (ChunkSender, Receiver<Vec<u8>>) {
    let (sender, receiver) = sync_channel(MAX_WAITING);
    (ChunkSender(sender), receiver)
}

/// Sends what is written, each call as a chunk.
pub(super) struct ChunkSender(SyncSender<Vec<u8>>);

impl io::Write for ChunkSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
