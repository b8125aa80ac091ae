//! Opens the connections of a server, and remembers whether the database still accepts its password.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::{ConnectionResult, PgConnection};

use super::{DatabaseUrl, connect, is_password_refused};

/// Opens connections, all with the same URL.
pub struct Connector {
    url: DatabaseUrl,
    refused: AtomicBool,
}

impl Connector {
    /// For the database at a URL.
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url, refused: AtomicBool::new(false) }
    }

    /// Opens a connection. Blocks.
    pub fn connect(&self) -> ConnectionResult<PgConnection> {
        let connection = connect(&self.url);
        match &connection {
            Ok(_) => self.refused.store(false, Ordering::Relaxed),
            Err(error) if is_password_refused(error) => self.refused.store(true, Ordering::Relaxed),
            // Whether the password is right was not seen.
            Err(_) => {}
        }
        connection
    }

    /// Whether the database refused the password when it last checked one.
    pub fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}
