//! Why Glue does not do what it should.

use thiserror::Error;

use crate::aws::SettingsError;

/// Why a request to Glue failed.
#[derive(Debug, Error)]
pub enum GlueError {
    /// A setting is invalid, or there are no credentials; the message says what to do.
    #[error("{0}")]
    Settings(String),
    /// Glue cannot be reached, or has an internal problem, several times in a row.
    #[error("AWS Glue cannot be used: {0}")]
    Unavailable(String),
    /// Glue rejects the request.
    #[error("AWS Glue rejects glue:{action}: {code}: {message}{advice}", advice = advice(.code))]
    Rejected {
        /// What was asked for.
        action: &'static str,
        /// The name of the reason.
        code: String,
        /// Its text.
        message: String,
    },
    /// The table is not the one that is published.
    #[error(
        "the table {database}.{table} of AWS Glue is of something else ({other}): remove it there, or choose another database"
    )]
    OtherTable {
        /// Database in Glue.
        database: String,
        /// Table in it.
        table: String,
        /// What it points to.
        other: String,
    },
    /// Others change the table all the time.
    #[error(
        "the table {0} of AWS Glue was changed by somebody else at each of several attempts: run this again"
    )]
    Contended(String),
}

impl From<SettingsError> for GlueError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error.0)
    }
}

fn advice(code: &str) -> &'static str {
    match code {
        "AccessDeniedException" => {
            "; allow glue:GetTable, glue:CreateTable and glue:UpdateTable on the catalog, the database and its tables"
        }
        "EntityNotFoundException" => {
            "; create the database first: aws glue create-database --database-input Name=NAME"
        }
        "UnrecognizedClientException" | "InvalidSignatureException" => {
            "; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        }
        "ExpiredTokenException" => "; renew the AWS credentials",
        _ => "",
    }
}
