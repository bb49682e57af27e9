//! The ways in which a service can fail, each seen in the field.

/// When a fault happens, counted over the requests of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Each time.
    Always,
    /// The first so many requests.
    First(usize),
    /// Only this request; the first is 1.
    Nth(usize),
    /// This request and all after it; the first is 1.
    From(usize),
}

impl Occasion {
    /// Whether the `nth` request (the first is 1) is meant.
    pub fn is_now(self, nth: usize) -> bool {
        match self {
            Self::Always => true,
            Self::First(count) => nth <= count,
            Self::Nth(only) => nth == only,
            Self::From(first) => nth >= first,
        }
    }
}

/// One way to fail. Faults of content change what is said, faults of the wire how it is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Status 200 with a page of HTML where data were asked for.
    HtmlPage,
    /// The page of 1108 bytes by which STScI says that no plate covers the position.
    NoCoveragePage,
    /// The service's own error document with status 200.
    ErrorDocument,
    /// "Too many jobs are being processed, try later!" with status 200.
    TooManyJobs,
    /// Another status than 200, with a `Retry-After` header where one is given.
    Status {
        /// The status.
        code: u16,
        /// Seconds or an HTTP date.
        retry_after: Option<String>,
    },
    /// An empty body with status 200.
    EmptyBody,
    /// SURVEY of another survey.
    WrongSurvey,
    /// REGION and PLATEID of another plate.
    WrongPlate,
    /// The header of a scan with pixels of 15 micrometres.
    HiresScan,
    /// A second HDU: the ASCII table `er.mask`.
    SecondHdu,
    /// DATE-OBS with 65 minutes.
    BadDate,
    /// Neither plate polynomial nor celestial axes in the header.
    NoWcs,
    /// NAXIS2 larger than the data.
    HeaderTooTall,
    /// Every pixel has the same value: the frame of an image without the image.
    BlankImage,
    /// Lawful, with three blocks of zeros behind the last HDU.
    TrailingZeros,
    /// The last words of a script behind the last HDU.
    TrailingText,
    /// The answer to another question: image or rows of a place one degree away.
    WrongPlace,
    /// Noise with status 200.
    BinaryNoise,
    /// Only so many rows, without a word about it.
    RowCap {
        /// Rows that are sent.
        rows: usize,
    },
    /// Only so many rows, with the service's note that there are more.
    NotedRowCap {
        /// Rows that are sent.
        rows: usize,
    },
    /// The row of column names is garbled.
    GarbledHeader,
    /// The row of units is missing.
    NoUnitRow,
    /// A byte-order mark before the first byte.
    ByteOrderMark,
    /// A lawful answer without a row.
    EmptyTable,
    /// A requested column is missing from the answer.
    ColumnDropped,
    /// The columns of another catalogue.
    OtherColumns,
    /// One row in the middle lacks its last cells.
    TornRow,
    /// Each row is sent twice.
    RepeatedRows,
    /// The rows come in the opposite order.
    RowsReversed,
    /// No row has a position.
    BlankPositions,
    /// Positions in hours, minutes and seconds although degrees were asked for.
    Sexagesimal,
    /// The service's error message behind the rows that were sent before.
    LateError,
    /// A byte of Latin-1 in a comment.
    Latin1,
    /// Lines end with carriage return and line feed.
    CrLf,
    /// Lawful gzip body, announced.
    Gzip,
    /// Lawful gzip body, not announced.
    UnannouncedGzip,
    /// A gzip body is announced, but the body is plain.
    GzipLie,
    /// A gzip body that ends in its middle, with the right length.
    GzipCut,
    /// A gzip body with one wrong byte in its middle.
    GzipDamaged,
    /// A lawful gzip body with text behind it.
    GzipTail,
    /// A small gzip body that unpacks to so many bytes.
    GzipBomb {
        /// Bytes after unpacking.
        bytes: u64,
    },
    /// The connection ends after so many bytes of the body.
    Truncate {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// HTTP/1.0 without a length, ended after so many bytes: the transport cannot see it.
    SilentTruncate {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// Content-Length says so many bytes less than the body has.
    LengthTooShort {
        /// Bytes that are not announced.
        by: usize,
    },
    /// Content-Length says so many bytes more than the body has.
    LengthTooLong {
        /// Bytes that are announced and do not exist.
        by: usize,
    },
    /// Two headers Content-Length that contradict each other.
    TwoLengths,
    /// Lawful chunked transfer instead of a length.
    Chunked,
    /// Chunked transfer that ends after so many bytes without its last chunk.
    ChunkedCut {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// Chunked transfer with a length that is no number.
    BadChunk,
    /// So many bytes of the body, then the words of a script that died; the length is right.
    ErrorInBody {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// Status 206 and the first bytes, although nobody asked for a part.
    PartialContent {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// The right body under the wrong media type.
    TypeLie,
    /// One byte of the header at a time, with a pause after each.
    SlowHeader {
        /// Pause, ms.
        pause_ms: u64,
    },
    /// One byte of the body at a time, with a pause after each.
    SlowDrip {
        /// Pause, ms.
        pause_ms: u64,
    },
    /// The request is taken and never answered.
    Hang,
    /// The body stops after so many bytes, the connection stays.
    HangInBody {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// A redirect to itself.
    RedirectLoop,
    /// A redirect to a file of the machine.
    RedirectToFile,
    /// A lawful redirect to the same service; the next request is answered.
    RedirectOnce,
    /// A redirect to a page of HTML with status 200, as of a network that wants a login.
    RedirectToPage,
    /// The connection is reset before an answer.
    Reset,
    /// The connection is reset after so many bytes of the body.
    ResetInBody {
        /// Bytes of the body that are sent.
        bytes: usize,
    },
    /// The connection is closed before an answer.
    CloseAtOnce,
    /// The answer is not HTTP.
    NotHttp,
    /// A header of three megabytes.
    HugeHeader,
}

/// The page that stands for "no plate here": as long as the real one, text of our own.
pub(crate) fn no_coverage_page() -> Vec<u8> {
    let mut page = b"<html><head><title>DSS</title></head><body>No plate covers this position.<!--".to_vec();
    let end = b"--></body></html>\n";
    page.resize(1108 - end.len(), b' ');
    page.extend_from_slice(end);
    page
}

/// A page as a server under load or a proxy writes it.
pub(crate) fn html_page() -> Vec<u8> {
    b"<!DOCTYPE html>\n<html><head><title>Service temporarily unavailable</title></head>\
      <body><h1>Please try again later</h1></body></html>\n"
        .to_vec()
}

/// The words of the CDS services when they are busy.
pub(crate) const TOO_MANY_JOBS: &str = "Too many jobs are being processed, try later!";
