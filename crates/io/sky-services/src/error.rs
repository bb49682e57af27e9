//! How a fetch can fail.

use crate::effort::Effort;
use crate::service::Service;

/// What went wrong. The text names no address, time or count, so that it can stand in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FailureKind {
    /// Another status than success.
    #[error("the service answered with HTTP status {status}")]
    HttpError {
        /// The status.
        status: u16,
    },
    /// Connecting, waiting for bytes, or the whole answer took too long.
    #[error("the service did not answer in time")]
    Timeout,
    /// No connection could be opened.
    #[error("no connection to the service could be opened")]
    Connect,
    /// The connection ended before an answer was complete HTTP, or the answer was not HTTP.
    #[error("the connection ended without a complete HTTP answer")]
    Disconnected,
    /// The answer ends before its announced or natural end.
    #[error("the answer is cut off: {what}")]
    Truncated {
        /// What is missing.
        what: String,
    },
    /// The answer, unpacked, is larger than any sensible one.
    #[error("the answer is larger than {limit_bytes} bytes")]
    Oversize {
        /// The cap.
        limit_bytes: u64,
    },
    /// An image was asked for and something else came.
    #[error("the answer is no FITS file: {what}")]
    NotFits {
        /// What it is instead.
        what: String,
    },
    /// A table was asked for and something else came.
    #[error("the answer cannot be read: {what}")]
    Garbled {
        /// What is wrong with it.
        what: String,
    },
    /// The service says that it cannot answer.
    #[error("the service reports an error: {message}")]
    ServiceError {
        /// Its words, shortened.
        message: String,
    },
    /// The service says that it has too much to do.
    #[error("the service is busy")]
    Busy,
    /// A redirect that is not followed: a loop, another scheme.
    #[error("the service redirects where we do not follow")]
    Redirect,
    /// The answer belongs to another question.
    #[error("the answer is about another place: {what}")]
    WrongPlace {
        /// Where it lies.
        what: String,
    },
    /// Columns that were asked for are not in the answer.
    #[error("the answer lacks the columns {columns}")]
    ColumnsMissing {
        /// Their names.
        columns: String,
    },
    /// The catalogue has more rows here than can be had, even in small pieces.
    #[error("the catalogue is still cut off at {rows} rows after {depth} splits of the cone")]
    RowsTruncated {
        /// Rows of the last answer.
        rows: u64,
        /// Splits.
        depth: u32,
    },
    /// The program was asked to stop while it waited.
    #[error("the program was asked to stop")]
    Stopped,
    /// Offline, and the cache has no sound entry.
    #[error("not in the cache, and the network is switched off")]
    NotInCache,
    /// The cache cannot be written or read.
    #[error("the cache cannot be used: {what}")]
    Disk {
        /// The operating system's words, with the path: no part of a result, since it ends the step and no manifest is written.
        what: String,
    },
}

impl FailureKind {
    /// The kind in snake_case, as manifests name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::HttpError { .. } => "http_error",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Disconnected => "disconnected",
            Self::Truncated { .. } => "truncated",
            Self::Oversize { .. } => "oversize",
            Self::NotFits { .. } => "not_fits",
            Self::Garbled { .. } => "garbled",
            Self::ServiceError { .. } => "service_error",
            Self::Busy => "busy",
            Self::Redirect => "redirect",
            Self::WrongPlace { .. } => "wrong_place",
            Self::ColumnsMissing { .. } => "columns_missing",
            Self::RowsTruncated { .. } => "rows_truncated",
            Self::Stopped => "stopped",
            Self::NotInCache => "not_in_cache",
            Self::Disk { .. } => "disk",
        }
    }

    /// Whether the same request may succeed later: these are tried again.
    pub const fn is_temporary(&self) -> bool {
        match self {
            // 202, 204 and the like are no failure of ours and no answer either; 408 and 425 ask to come again.
            Self::HttpError { status } => matches!(*status, 201..=299 | 408 | 425 | 429 | 500..),
            Self::Timeout
            | Self::Connect
            | Self::Disconnected
            | Self::Truncated { .. }
            | Self::NotFits { .. }
            | Self::Garbled { .. }
            | Self::WrongPlace { .. }
            | Self::Busy => true,
            Self::Oversize { .. }
            | Self::ServiceError { .. }
            | Self::Redirect
            | Self::ColumnsMissing { .. }
            | Self::RowsTruncated { .. }
            | Self::Stopped
            | Self::NotInCache
            | Self::Disk { .. } => false,
        }
    }
}

impl From<std::io::Error> for FailureKind {
    fn from(error: std::io::Error) -> Self {
        Self::Disk { what: error.to_string() }
    }
}

/// A fetch that failed for good.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{service}: {kind}")]
pub struct FetchError {
    /// Who was asked.
    pub service: Service,
    /// What went wrong the last time.
    pub kind: FailureKind,
    /// Tries, the first included (0 where the network was not used).
    pub attempts: u32,
    /// Sum of the waits between them, s.
    pub waits_s: f64,
    /// The first characters of the last body, printable; empty where there was none.
    pub body_prefix: String,
    /// SHA-256 of the last body, where there was one.
    pub body_sha256: Option<String>,
}

impl FetchError {
    /// What it cost.
    pub fn effort(&self) -> Effort {
        Effort { attempts: self.attempts, waits_s: self.waits_s, ..Effort::default() }
    }
}
