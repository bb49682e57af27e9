//! What each fault must come to at each service.

/// A fault and its outcomes in the order of `Service::ALL`: STScI, IRSA, SkyView, VizieR, TAP, X-Match. Empty: the service cannot have it.
///
/// `same`: done in one attempt with the files of an undisturbed run. `split`: the same after smaller questions. `odd W`: done with other files and the
/// warning W (`-` for none). `redirected`: comes once and is followed. `empty`: done without a row. `retry K`: failed with kind K after every attempt, temporary; overcome where it passes.
/// `failed K`: failed for good at the first attempt. `no-work K`, `unprocessable K`: an answer, but no image.
pub(super) const TABLE: &[Row] = &[
    row(
        "HTML with status 200",
        ["retry not_fits", "retry not_fits", "retry not_fits", "retry garbled", "retry garbled", "retry garbled"],
    ),
    row(
        "the page of no coverage",
        ["no-work no_coverage", "retry not_fits", "retry not_fits", "retry garbled", "retry garbled", "retry garbled"],
    ),
    row(
        "error document with status 200",
        [
            "retry not_fits",
            "retry not_fits",
            "retry not_fits",
            "failed service_error",
            "failed service_error",
            "failed http_error",
        ],
    ),
    row(
        "Too many jobs",
        ["retry not_fits", "retry not_fits", "retry not_fits", "retry busy", "retry busy", "retry busy"],
    ),
    all("status 400", "failed http_error"),
    all("status 403", "failed http_error"),
    all("status 404", "failed http_error"),
    all("status 408", "retry http_error"),
    all("status 429", "retry http_error"),
    all("status 429, Retry-After in seconds", "retry http_error"),
    all("status 429, Retry-After as a date", "retry http_error"),
    all("status 429, Retry-After of nonsense", "retry http_error"),
    all("status 500", "retry http_error"),
    all("status 502", "retry http_error"),
    all("status 503, Retry-After of a day", "retry http_error"),
    all("status 504", "retry http_error"),
    all("status 204", "retry http_error"),
    all("status 206 unasked", "retry http_error"),
    row(
        "empty body",
        ["retry not_fits", "retry not_fits", "retry not_fits", "retry garbled", "retry garbled", "retry truncated"],
    ),
    row(
        "noise",
        ["retry not_fits", "retry not_fits", "retry not_fits", "retry garbled", "retry garbled", "retry garbled"],
    ),
    all("wrong media type", "same"),
    row("another survey", ["unprocessable wrong_survey", "unprocessable wrong_survey", "", "", "", ""]),
    row("another plate", ["odd other_plate", "odd other_plate", "", "", "", ""]),
    row("finer scan", ["odd hires_scan", "", "", "", "", ""]),
    row(
        "another place",
        ["retry wrong_place", "no-work no_coverage", "retry wrong_place", "retry wrong_place", "retry wrong_place", ""],
    ),
    row("second HDU", ["odd -", "same", "", "", "", ""]),
    row("65 minutes in DATE-OBS", ["odd -", "odd -", "", "", "", ""]),
    row("no world coordinates", ["unprocessable no_wcs", "unprocessable no_wcs", "unprocessable no_wcs", "", "", ""]),
    row("header taller than the data", ["retry truncated", "retry truncated", "retry truncated", "", "", ""]),
    row(
        "blank image",
        ["unprocessable blank_image", "unprocessable blank_image", "unprocessable blank_image", "", "", ""],
    ),
    row("zeros behind the file", ["odd -", "same", "odd -", "", "", ""]),
    row("text behind the file", ["retry not_fits", "retry not_fits", "retry not_fits", "", "", ""]),
    row("silent row cap", ["", "", "", "split", "split", ""]),
    row("row cap with a note", ["", "", "", "split", "split", "failed rows_truncated"]),
    row("garbled header", ["", "", "", "retry garbled", "retry garbled", "retry garbled"]),
    row("no row of units", ["", "", "", "retry garbled", "", ""]),
    row("byte-order mark", ["", "", "", "same", "same", "same"]),
    row("empty table", ["", "", "", "empty", "empty", "odd -"]),
    row("a column dropped", ["", "", "", "failed columns_missing", "failed columns_missing", "retry garbled"]),
    row("columns of another table", ["", "", "", "retry garbled", "retry garbled", "retry garbled"]),
    row("a torn row", ["", "", "", "retry garbled", "retry garbled", "retry garbled"]),
    row("every row twice", ["", "", "", "same", "same", "same"]),
    row("rows reversed", ["", "", "", "same", "same", "same"]),
    row("no row has a position", ["", "", "", "retry garbled", "retry garbled", ""]),
    row("sexagesimal positions", ["", "", "", "retry garbled", "retry garbled", ""]),
    row("error behind the rows", ["", "", "", "failed service_error", "failed service_error", "failed service_error"]),
    // It stands in a comment. VizieR's authors have accents and its services mix encodings: no cell that we ask for is touched by it, so that the
    // strictness of XML (a byte that is no UTF-8 ends the document) would refuse good rows.
    row("a byte of Latin-1", ["", "", "", "same", "same", "same"]),
    row("carriage returns", ["", "", "", "same", "same", "same"]),
    all("gzip, announced", "same"),
    all("gzip, not announced", "same"),
    all("gzip announced, body plain", "same"),
    all("gzip cut", "retry truncated"),
    all("gzip damaged", "retry garbled"),
    all("gzip with text behind", "retry garbled"),
    row("gzip bomb", ["failed oversize", "", "failed oversize", "failed oversize", "", ""]),
    all("cut, length announced", "retry truncated"),
    all("cut, no length", "retry truncated"),
    all("Content-Length too short", "retry truncated"),
    all("Content-Length too long", "retry truncated"),
    all("two Content-Lengths", "retry disconnected"),
    all("chunked", "same"),
    all("chunked, cut", "retry truncated"),
    all("chunked, no number", "retry truncated"),
    // The dying words fall into a row or a cell that nothing closes: what can be told is that the end is missing.
    all("error in the body", "retry truncated"),
    all("slow header", "retry timeout"),
    all("slow drip", "retry timeout"),
    all("hang", "retry timeout"),
    all("hang in the body", "retry timeout"),
    all("redirect loop", "failed redirect"),
    all("redirect to a file", "failed redirect"),
    row(
        "redirect to a login page",
        ["retry not_fits", "retry not_fits", "retry not_fits", "retry garbled", "retry garbled", "retry garbled"],
    ),
    all("redirect once", "redirected"),
    all("reset", "retry disconnected"),
    all("reset in the body", "retry truncated"),
    all("closed at once", "retry disconnected"),
    all("not HTTP", "retry disconnected"),
    all("header of 3 MB", "retry disconnected"),
];

/// A fault and what it comes to at each service.
pub(super) struct Row {
    /// Name in `Fault::every`.
    pub(super) fault: &'static str,
    /// In the order of `Service::ALL`.
    pub(super) expected: [&'static str; 6],
}

const fn row(fault: &'static str, expected: [&'static str; 6]) -> Row {
    Row { fault, expected }
}

const fn all(fault: &'static str, expected: &'static str) -> Row {
    row(fault, [expected; 6])
}

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Done in one attempt with the files of an undisturbed run.
    Same,
    /// Done with the files of an undisturbed run after one redirect.
    Redirected,
    /// Done with the files of an undisturbed run after smaller questions.
    Split,
    /// Done with other files and this warning, if any.
    Odd(Option<String>),
    /// Done without a row.
    Empty,
    /// Failed after every attempt, temporary.
    Retry(String),
    /// Failed at the first attempt.
    Failed(String),
    /// Ended without an image: status and kind.
    Answered(String, String),
}

impl Expected {
    /// Reads a cell; an empty one is none.
    pub(super) fn parse(cell: &str) -> Result<Option<Self>, String> {
        let (word, rest) = cell.split_once(' ').unwrap_or((cell, ""));
        Ok(Some(match word {
            "" => return Ok(None),
            "same" => Self::Same,
            "redirected" => Self::Redirected,
            "split" => Self::Split,
            "odd" => Self::Odd((rest != "-").then(|| rest.to_owned())),
            "empty" => Self::Empty,
            "retry" => Self::Retry(rest.to_owned()),
            "failed" => Self::Failed(rest.to_owned()),
            "no-work" | "unprocessable" => Self::Answered(word.to_owned(), rest.to_owned()),
            _ => return Err(format!("the table of expected outcomes says {cell:?}")),
        }))
    }
}
