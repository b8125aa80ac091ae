//! Connections for many short questions at once.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{PgConnection, QueryResult};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{DatabaseUrl, connect};

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum ReadError {
    /// All connections were busy for too long.
    #[error("all connections to the database are busy")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[from] diesel::ConnectionError),
    /// It took longer than ten seconds, and was given up.
    #[error("the question took too long")]
    TooLong,
    /// The database did not answer.
    #[error("the database did not answer: {0}")]
    Failed(#[from] Error),
}

/// A bounded number of connections that can only read, opened as they are needed.
///
/// A question that finds its connection closed by the server, as a restart closes all of them,
/// is asked again on another.
pub struct Readers {
    url: DatabaseUrl,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    size: usize,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Readers {
    /// At most so many connections; none is opened yet. A question waits so long for one before it is turned away.
    pub fn new(url: DatabaseUrl, size: usize, patience: Duration) -> Self {
        Self { url, idle: Arc::default(), size, places: Arc::new(Semaphore::new(size)), patience }
    }

    /// How many connections there may be, and how many are in use.
    pub fn usage(&self) -> (usize, usize) {
        (self.size, self.size - self.places.available_permits())
    }

    /// Asks a question, outside the threads of the async runtime.
    pub async fn read<T: Send + 'static>(
        &self,
        mut question: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let Ok(Ok(place)) = timeout(self.patience, self.places.clone().acquire_owned()).await else {
            return Err(ReadError::Busy);
        };
        let (idle, url) = (self.idle.clone(), self.url.clone());
        let asked = spawn_blocking(move || {
            // Kept until the database has answered, also if nobody waits for that any more.
            let _place = place;
            let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let kept = idle().pop();
                let fresh = kept.is_none();
                let mut connection = match kept {
                    Some(connection) => connection,
                    None => open(&url)?,
                };
                let answer = question(&mut connection);
                if !is_closed(&answer) {
                    idle().push(connection);
                } else if !fresh {
                    continue;
                }
                return answer.map_err(|error| match error {
                    Error::DatabaseError(_, about) if about.message().ends_with("statement timeout") => {
                        ReadError::TooLong
                    }
                    error => ReadError::Failed(error),
                });
            }
        });
        asked.await.unwrap_or_else(|failed| resume_unwind(failed.into_panic()))
    }
}

fn open(url: &DatabaseUrl) -> Result<PgConnection, ReadError> {
    let mut connection = connect(url)?;
    connection.batch_execute(
        // The questions are few and their plans do not depend on what is asked: planning each anew takes longer
        // than answering it.
        "SET plan_cache_mode = force_generic_plan; SET default_transaction_read_only = on;
         SET statement_timeout = '10s'",
    )?;
    Ok(connection)
}

fn is_closed<T>(answer: &QueryResult<T>) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    matches!(answer, Err(Error::DatabaseError(ClosedConnection | UnableToSendCommand, _)))
}
