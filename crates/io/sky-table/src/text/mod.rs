//! Text tables: CSV, TSV, VizieR asu-tsv, ECSV.

mod asu_tsv;
mod cells;
mod delimited;
mod ecsv;
mod failure;

use std::borrow::Cow;

use crate::{ReadOptions, ReadTable, TableFileError};

pub(crate) use cells::Cells;
pub(crate) use failure::short;

/// Content as text.
pub(crate) struct Content<'a> {
    /// Without byte order mark.
    pub(crate) text: Cow<'a, str>,
    /// What was changed on the way, if anything.
    pub(crate) note: Option<String>,
}

/// Text of bytes: UTF-8, or else Latin-1 as old services write it.
pub(crate) fn decode(bytes: &[u8]) -> Content<'_> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let content = decoded(bytes);
    if content.text.contains('\n') || !content.text.contains('\r') {
        return content;
    }
    // Old Mac OS, and Excel's "CSV (Macintosh)": the whole file would be one line, its header.
    let note = "the lines end with CR alone and were read as lines".to_owned();
    let note = content.note.map_or_else(|| note.clone(), |first| format!("{first}; {note}"));
    Content { text: Cow::Owned(content.text.replace('\r', "\n")), note: Some(note) }
}

fn decoded(bytes: &[u8]) -> Content<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Content { text: Cow::Borrowed(text), note: None },
        Err(_) => Content {
            text: Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
            note: Some("the text is not UTF-8 and was read as Latin-1".to_owned()),
        },
    }
}

/// Reads a text table.
pub(crate) fn read(name: &str, content: &Content<'_>, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let text = content.text.as_ref();
    let mut read = if text.starts_with("# %ECSV") {
        ecsv::read(name, text, options)?
    } else {
        failure::refuse_failure(name, text)?;
        match asu_tsv::blocks(text) {
            blocks if blocks.is_empty() => delimited::read(name, text, options)?,
            blocks => asu_tsv::read(name, text, &blocks, options)?,
        }
    };
    read.meta.notes.extend(content.note.clone());
    Ok(read)
}
