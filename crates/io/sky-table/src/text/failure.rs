//! Messages of failure that services send instead of a table, often with HTTP status 200.

use crate::TableFileError;

/// What such messages say; compared ignoring case, in the text outside of rows.
const PHRASES: &[&str] = &[
    "too many jobs",
    "mauvaise requ",
    "bad request",
    "internal server error",
    "service unavailable",
    "gateway time",
    "try later",
    "try again later",
    "access denied",
    "forbidden",
];
/// How much of a text is looked at.
const HEAD_CHARACTERS: usize = 4096;

/// Refuses a text that is a message of failure: `#ERROR` or `****` comments of VizieR, `Usage:`, and the phrases of
/// overloaded servers where nothing looks like a table.
pub(crate) fn refuse_failure(name: &str, text: &str) -> Result<(), TableFileError> {
    for line in text.lines() {
        let comment = line.strip_prefix('#').map(str::trim_start);
        let is_error = comment
            .is_some_and(|comment| comment.starts_with("ERROR") || comment.starts_with("****") || is_notice(comment));
        if is_error || line.starts_with("Usage:") || comment.is_some_and(|comment| comment.starts_with("Usage:")) {
            return Err(TableFileError::Service { file: name.to_owned(), message: short(line) });
        }
    }
    let head: String = text.chars().take(HEAD_CHARACTERS).collect();
    let lower = head.to_ascii_lowercase();
    let data_lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).take(3).count();
    if data_lines < 3
        && let Some(phrase) = PHRASES.iter().find(|phrase| lower.contains(**phrase))
    {
        let line = head.lines().find(|line| line.to_ascii_lowercase().contains(phrase)).unwrap_or(&head);
        return Err(TableFileError::Service { file: name.to_owned(), message: short(line) });
    }
    Ok(())
}

/// Whether a comment is an INFO that names an error: `INFO Errors=Fatal: query interrupted`, as VOTables have it (astropy/astroquery#3626), or
/// `INFO QUERY_STATUS=ERROR`. One without a value says that there was none.
fn is_notice(comment: &str) -> bool {
    let Some(info) = comment.strip_prefix("INFO") else { return false };
    let Some((name, value)) = info.split_once(['=', ':']) else { return false };
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase());
    match name.as_str() {
        "error" | "errors" => !value.is_empty(),
        "query_status" => value.starts_with("error"),
        _ => false,
    }
}

/// A line for a message: its first 200 characters.
pub(crate) fn short(line: &str) -> String {
    line.trim().chars().filter(|symbol| !symbol.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_info_that_names_an_error_is_one() {
        for notice in [
            "#INFO Errors=Fatal: query interrupted after 2 rows",
            "#INFO Errors=ERROR: cannot connect to the database",
            "#INFO\tError=1",
            "# INFO QUERY_STATUS=ERROR",
        ] {
            let text = format!(
                "#Name: I/355/gaiadr3\nSource\tRA_ICRS\n \tdeg\n------\t-------\n1\t150.0\n2\t150.1\n3\t150.2\n{notice}\n#END#\n"
            );
            let refused = refuse_failure("answer", &text).expect_err(notice).to_string();
            assert!(
                refused.contains(notice.trim_start_matches('#').split('=').nth(1).unwrap_or_default()),
                "{refused}"
            );
        }
        for lawful in ["#INFO Errors=", "#INFO Release=2", "#INFO QUERY_STATUS=OK", "#INFO"] {
            refuse_failure("answer", &format!("{lawful}\nra,dec\n1,2\n3,4\n5,6\n")).expect(lawful);
        }
    }
}
