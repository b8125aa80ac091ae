//! Extracts months.

use diesel::PgConnection;
use thiserror::Error;

use super::months::Months;
use super::report::{FileReport, FileStatus, MonthReport, MonthlyReport};
use crate::db::lock_until_closed;
use crate::extract::url::url;
use crate::hex::hex;
use crate::ledger::{MonthlyFile, files_of_month, months_with_files, record_monthly_files};
use crate::month::Month;
use crate::sha256::Sha256;
use crate::sink::{Placed, Sink, SinkError};

/// Tells what writing a new file with these bytes under a key would find, and writes nothing; nothing if that cannot be seen.
pub type Look<'l> = &'l dyn Fn(&str, &[u8]) -> Result<Option<Placed>, SinkError>;

/// All files of a month.
#[derive(Clone, Debug)]
pub struct Content {
    /// The month.
    pub month: Month,
    /// Rows of the source that are in no file.
    pub left_out: i64,
    /// The files.
    pub files: Vec<NewFile>,
}

/// A file.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// What it is about: a month has one file of it.
    pub part: String,
    /// Its key at the destination.
    pub key: String,
    /// Rows in it.
    pub records: u64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Why an extract ended early. The month it was at is not recorded: the next run does that again.
#[derive(Debug, Error)]
pub enum MonthlyError {
    /// A query failed.
    #[error("cannot query the database")]
    Database(#[from] diesel::result::Error),
    /// The destination cannot be written or read.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A file is there that nobody recorded, with other bytes.
    #[error(
        "{0} is there already, with other content than it would have now, and not recorded in this database: keep a copy if you need one, then replace it with --rebuild and --month"
    )]
    Occupied(String),
}

/// Writes the files of some months, each under its own name and recorded in the database of `recorder`: new ones, and with
/// `rebuild` those that would have other bytes now or were lost. With `dry_run`, does nothing, and returns the same report.
///
/// `read` returns what the months that it is given have. Runs to the same destination follow each other. A month is recorded
/// once all of its files are durable: whatever ends this earlier, the next run finds them, and writes the others.
pub fn run<E: From<MonthlyError>>(
    output: &str,
    sink: &dyn Sink,
    months: Months,
    rebuild: bool,
    dry_run: Option<Look<'_>>,
    recorder: &mut PgConnection,
    read: impl FnOnce(&[Month]) -> Result<Vec<Content>, E>,
) -> Result<MonthlyReport, E> {
    let destination = sink.location();
    if dry_run.is_none() {
        lock_until_closed(recorder, &format!("extract {output} {destination}"))
            .map_err(MonthlyError::from)?;
    }
    let with_files = months_with_files(recorder, output, &destination).map_err(MonthlyError::from)?;
    let contents = read(&months.choose(&with_files))?;
    let mut extract = Extract { output, destination, sink, rebuild, dry_run, recorder };
    let months = contents.into_iter().map(|content| extract.month(content)).collect::<Result<_, _>>()?;
    Ok(MonthlyReport { months, destination: extract.destination })
}

struct Extract<'e> {
    output: &'e str,
    destination: String,
    sink: &'e dyn Sink,
    rebuild: bool,
    dry_run: Option<Look<'e>>,
    recorder: &'e mut PgConnection,
}

impl Extract<'_> {
    fn month(&mut self, Content { month, left_out, files }: Content) -> Result<MonthReport, MonthlyError> {
        let recorded = files_of_month(self.recorder, self.output, &self.destination, month.first())?;
        let mut report = MonthReport { month, left_out, files: Vec::new() };
        let mut revisions = Vec::new();
        for file in files {
            let (status, revision) = self.file(recorded.get(&file.part), &file)?;
            if self.dry_run.is_none() && !matches!(status, FileStatus::Unchanged | FileStatus::Outdated) {
                tracing::info!(
                    %month, key = revision.key, bytes = file.body.len(), revision = revision.revision, "{}", status.name()
                );
            }
            report.files.push(FileReport {
                status,
                part: file.part,
                revision: revision.revision,
                url: url(&self.destination, &revision.key),
                sha256: hex(&revision.sha256),
                records: revision.records as u64,
                bytes: revision.size as u64,
            });
            if recorded.get(&revision.part) != Some(&revision) {
                revisions.push(revision);
            }
        }
        if self.dry_run.is_none() {
            record_monthly_files(self.recorder, self.output, &self.destination, month.first(), &revisions)?;
        }
        Ok(report)
    }

    /// Writes a file, if it has to be; returns the revision that is there then.
    ///
    /// A file that is recorded keeps its name, whatever a new one would have: nobody finds the same month under two.
    fn file(
        &self,
        recorded: Option<&MonthlyFile>,
        file: &NewFile,
    ) -> Result<(FileStatus, MonthlyFile), MonthlyError> {
        let key = recorded.map_or(&file.key, |old| &old.key);
        let new = |revision| MonthlyFile {
            part: file.part.clone(),
            revision,
            key: key.clone(),
            sha256: Sha256::digest(&file.body).to_vec(),
            records: file.records as i64,
            size: file.body.len() as i64,
        };
        let Some(old) = recorded else {
            let status = match self.put_new(key, &file.body)?.unwrap_or(Placed::Written) {
                Placed::Written => FileStatus::Written,
                Placed::Same => FileStatus::Found,
                Placed::Different if self.rebuild => {
                    self.put(key, &file.body)?;
                    FileStatus::Rebuilt
                }
                Placed::Different => return Err(MonthlyError::Occupied(url(&self.destination, key))),
            };
            return Ok((status, new(1)));
        };
        let same = new(old.revision);
        match (same == *old, self.rebuild) {
            (true, true) => {
                let status = match self.put_new(key, &file.body)?.unwrap_or(Placed::Same) {
                    Placed::Same => FileStatus::Unchanged,
                    Placed::Written => FileStatus::Restored,
                    Placed::Different => {
                        self.put(key, &file.body)?;
                        FileStatus::Restored
                    }
                };
                Ok((status, same))
            }
            (true, false) => Ok((FileStatus::Unchanged, same)),
            (false, true) => {
                self.put(key, &file.body)?;
                Ok((FileStatus::Rebuilt, new(old.revision + 1)))
            }
            (false, false) => Ok((FileStatus::Outdated, old.clone())),
        }
    }

    /// Writes a file, unless there is one; nothing if what is there cannot be seen.
    fn put_new(&self, key: &str, body: &[u8]) -> Result<Option<Placed>, SinkError> {
        match self.dry_run {
            Some(look) => look(key, body),
            None => self.sink.put_new(key, body).map(Some),
        }
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), SinkError> {
        match self.dry_run {
            Some(_) => Ok(()),
            None => self.sink.put(key, body),
        }
    }
}
