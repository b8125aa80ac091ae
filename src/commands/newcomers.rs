//! What `landfall` says without a command.

use std::io::{self, Write};

use clap::builder::styling::{Effects, Style};

/// Each works with what the one before has left, and with nothing else.
const COMMANDS: [(&str, &str); 3] = [
    ("landfall simulate dumps", "writes a week of simulated dumps"),
    ("landfall import dumps", "lands them; yours may be in s3://BUCKET/PREFIX"),
    ("landfall serve", "shows them at http://127.0.0.1:8080"),
];

/// Names the three commands that show what Landfall does.
pub(super) fn greet(out: &mut dyn Write) -> io::Result<()> {
    let bold = Style::new().effects(Effects::BOLD);
    writeln!(out, "Landfall lands price dumps from a bucket in Postgres, exactly once. To try it:\n")?;
    for (command, purpose) in COMMANDS {
        writeln!(out, "  {bold}{command:<23}{bold:#}  {purpose}")?;
    }
    writeln!(out, "\nAll commands: {bold}landfall --help{bold:#}")
}
