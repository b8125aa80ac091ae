//! A pseudo-terminal.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::thread::{self, JoinHandle};

use nix::pty::{Winsize, openpty};

/// A terminal that shows what is written to it.
pub(crate) struct Terminal {
    user_side: OwnedFd,
    shown: JoinHandle<String>,
}

impl Terminal {
    /// A terminal with so many columns; with 0 it does not know.
    pub(crate) fn of_width(columns: u16) -> Self {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).unwrap();
        let mut master = File::from(pty.master);
        // Reads all the time, as a terminal does: otherwise its buffer would be full at some point.
        let shown = thread::spawn(move || {
            let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
            // Once the last writer has closed it, Linux says that with an error.
            while let Ok(length @ 1..) = master.read(&mut buffer) {
                shown.extend_from_slice(&buffer[..length]);
            }
            String::from_utf8(shown).unwrap().replace("\r\n", "\n")
        });
        Self { user_side: pty.slave, shown }
    }

    /// A stream of a process.
    pub(crate) fn stream(&self) -> Stdio {
        self.user_side.try_clone().unwrap().into()
    }

    /// What it has shown. All processes that it is a stream of must have ended.
    pub(crate) fn shown(self) -> String {
        drop(self.user_side);
        self.shown.join().unwrap()
    }
}
