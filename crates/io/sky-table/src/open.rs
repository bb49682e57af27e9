//! Opening a table: bytes, gzip, and what the content is.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sky_fits::Packing;

use crate::{ReadOptions, ReadTable, TableFileError, fits, parquet_file, text, votable};

/// A table inflates to at most so many times its compressed bytes (catalogues: 3 to 20); more is a bomb.
const MAX_INFLATION: u64 = 50;
/// So many bytes may inflate from fewer.
const FREE_BYTES: u64 = 32 << 20;

/// Reads a table: CSV, TSV, VizieR asu-tsv, ECSV, VOTable, FITS or Parquet, each also as `.gz`, recognised by content.
///
/// Text formats type their columns by content: whole numbers, floats, truth values, else text; whole numbers beyond
/// 64 bits or with leading zeros stay text. Blank is missing. Fails where the content is no table, a service's error,
/// cut short, or holds several tables of which none was chosen; never answers an empty table for a failure.
pub fn read_table(path: &Path, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| TableFileError::Io { file: name.clone(), source })?;
    let bytes = read_limited(file, &name, options)?;
    read_table_bytes(&name, &bytes, options)
}

/// The same as [`read_table`] for content in memory; `name` is for messages.
pub fn read_table_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    if Packing::is_gzip(bytes) {
        let inflated = inflate(bytes, name, options)?;
        return read_plain(name, &inflated, options);
    }
    check_size(name, bytes.len() as u64, options)?;
    read_plain(name, bytes, options)
}

fn read_plain(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let read = read_format(name, bytes, options)?;
    let mut titles: Vec<&str> = read.table.columns().iter().map(|column| column.name.as_str()).collect();
    titles.sort_unstable();
    // Asked for by its name, only the first of them would ever be seen.
    match titles.windows(2).find(|pair| pair[0] == pair[1] && !pair[0].is_empty()) {
        Some(twins) => {
            let found = format!("column {:?} twice", twins[0]);
            Err(TableFileError::malformed(name, "columns", found, "different names"))
        }
        None => Ok(read),
    }
}

fn read_format(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    if bytes.starts_with(b"SIMPLE  =") {
        return fits::read(name, bytes, options);
    }
    if bytes.starts_with(b"PAR1") {
        return parquet_file::read(name, bytes, options);
    }
    let content = text::decode(bytes);
    if content.text.trim_start().starts_with('<') {
        return votable::read(name, &content.text, options);
    }
    text::read(name, &content, options)
}

fn read_limited(file: File, name: &str, options: &ReadOptions) -> Result<Vec<u8>, TableFileError> {
    let fail = |source| TableFileError::Io { file: name.to_owned(), source };
    let mut bytes = Vec::new();
    let length = file.metadata().map_err(fail)?.len();
    check_size(name, length, options)?;
    file.take(options.limits.max_bytes + 1).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

fn inflate(bytes: &[u8], name: &str, options: &ReadOptions) -> Result<Vec<u8>, TableFileError> {
    let mut inflated = Vec::new();
    let compressed = bytes.len() as u64;
    let honest = compressed.saturating_mul(MAX_INFLATION).max(FREE_BYTES).min(options.limits.max_bytes);
    let mut decoder = MultiGzDecoder::new(bytes).take(honest + 1);
    decoder.read_to_end(&mut inflated).map_err(|error| TableFileError::Truncated {
        file: name.to_owned(),
        what: format!("a gzip stream that breaks off after {} bytes ({error})", inflated.len()),
    })?;
    let found = inflated.len() as u64;
    check_size(name, found, options)?;
    if found > honest {
        let what = "bytes inflated from its gzip";
        return Err(TableFileError::TooLarge { file: name.to_owned(), what, found, limit: honest });
    }
    Ok(inflated)
}

fn check_size(name: &str, found: u64, options: &ReadOptions) -> Result<(), TableFileError> {
    let limit = options.limits.max_bytes;
    if found > limit {
        return Err(TableFileError::TooLarge { file: name.to_owned(), what: "bytes", found, limit });
    }
    Ok(())
}
