//! `landfall consume`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::{S3Style, visibility_timeout};
use crate::queue::QueueUrl;
use crate::source::Location;

const AFTER: &str = "\
Objects of events are PREFIX/events/dt=YYYY-MM-DD/events_YYYYMMDD_HASH.ndjson.gz: `landfall import`
lands them. What is no event is kept in PREFIX/malformed/dt=YYYY-MM-DD/, from where an import takes it for a
dead letter.

Example:
  landfall consume --queue https://sqs.eu-west-3.amazonaws.com/123456789012/events --to s3://my-bucket";

/// `landfall consume`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct Consume {
    /// SQS queue with one JSON event a message
    #[arg(long, env = "LANDFALL_QUEUE", value_name = "URL")]
    pub queue: QueueUrl,
    /// Where to write the events: s3://BUCKET/PREFIX, or a directory, which is created if it is missing
    #[arg(long, env = "LANDFALL_TO", value_name = "DESTINATION")]
    pub to: Location,
    /// SQS queue to send what is no event to, as well; without it, it is kept at the destination only
    #[arg(long, env = "LANDFALL_DEAD_LETTER_QUEUE", value_name = "URL")]
    pub dead_letter_queue: Option<QueueUrl>,
    /// Requests for messages at once
    #[arg(long, env = "LANDFALL_RECEIVERS", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub receivers: u16,
    /// Write an object so many seconds after its first message at the latest
    #[arg(long, env = "LANDFALL_BATCH_SECONDS", value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub batch_seconds: u32,
    /// Write an object once its messages have so many bytes; there are two such batches in memory at most
    #[arg(long, env = "LANDFALL_BATCH_BYTES", value_name = "N", default_value_t = 8 << 20, value_parser = clap::value_parser!(u32).range(1..=64 << 20))]
    pub batch_bytes: u32,
    /// How long others do not see a message in hand; it begins anew until the message is deleted
    #[arg(long, env = "LANDFALL_VISIBILITY_TIMEOUT", value_name = "DURATION", default_value = "5m", value_parser = visibility_timeout)]
    pub visibility_timeout: Duration,
    /// Serve metrics for Prometheus at /metrics; of a port alone, on loopback
    #[arg(long, env = "LANDFALL_METRICS", value_name = "ADDRESS", value_parser = metrics_address)]
    pub metrics: Option<SocketAddr>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub s3: S3Style,
}

/// An address, or a port on loopback.
pub(super) fn metrics_address(text: &str) -> Result<SocketAddr, &'static str> {
    let port = || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, text.parse().ok()?)));
    text.parse().ok().or_else(port).ok_or("write a port or an address, such as 9100 or 0.0.0.0:9100")
}

#[cfg(test)]
mod tests {
    use super::metrics_address;

    #[test]
    fn a_port_is_on_loopback() {
        assert_eq!(metrics_address("9100").unwrap().to_string(), "127.0.0.1:9100");
        assert_eq!(metrics_address("[::]:9100").unwrap().to_string(), "[::]:9100");
        assert!(metrics_address("localhost").is_err());
    }
}
