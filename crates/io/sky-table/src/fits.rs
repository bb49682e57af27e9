//! FITS tables by way of `sky-fits`.

use sky_fits::{FitsErrorKind, HduKind, Limits, read_ascii_table_bytes, read_bintable_bytes, read_header_bytes};

use crate::choose::choose;
use crate::{ReadOptions, ReadTable, TableChoice, TableFileError, TableFormat, TableMeta};

/// EXTNAME of the sources in a FITS_LDAC catalogue, which also holds a table with the header of its image.
const LDAC_OBJECTS: &str = "LDAC_OBJECTS";

/// Reads a binary or ASCII table.
pub(crate) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let named = |mut error: sky_fits::FitsError| {
        name.clone_into(&mut error.file);
        match error.kind {
            FitsErrorKind::Truncated { expected_bytes, found_bytes } => TableFileError::Truncated {
                file: error.file,
                what: format!("{found_bytes} bytes of the {expected_bytes} that the headers ask for"),
            },
            _ => TableFileError::Fits(error),
        }
    };
    let limits = Limits { max_bytes: options.limits.max_bytes, ..Limits::default() };
    let hdus = read_header_bytes(bytes, &limits).map_err(named)?;
    let tables: Vec<(Vec<String>, u64, bool)> = hdus
        .iter()
        .filter_map(|hdu| {
            let extension = hdu.header.text("EXTNAME").unwrap_or_default().to_owned();
            match hdu.kind {
                HduKind::BinaryTable { rows, .. } => Some((vec![extension], rows, true)),
                HduKind::AsciiTable { rows, .. } => Some((vec![extension], rows, false)),
                _ => None,
            }
        })
        .collect();
    if tables.is_empty() {
        let found = format!("{} HDUs, none of them a table", hdus.len());
        return Err(TableFileError::NoTable { file: name.to_owned(), found });
    }
    let names: Vec<Vec<String>> = tables.iter().map(|(names, ..)| names.clone()).collect();
    let is_ldac = options.choice == TableChoice::Only && names.iter().any(|names| names[0] == LDAC_OBJECTS);
    let choice = if is_ldac { TableChoice::Named(LDAC_OBJECTS.to_owned()) } else { options.choice.clone() };
    let (aliases, rows, is_binary) = &tables[choose(name, &choice, &names)?];
    if *rows > options.limits.max_rows {
        let limit = options.limits.max_rows;
        return Err(TableFileError::TooLarge { file: name.to_owned(), what: "rows", found: *rows, limit });
    }
    let extension = Some(aliases[0].as_str()).filter(|extension| !extension.is_empty());
    let read = if *is_binary { read_bintable_bytes } else { read_ascii_table_bytes };
    let table = read(bytes, extension, &limits).map_err(named)?;
    let mut meta = TableMeta::new(TableFormat::Fits);
    meta.name = extension.map(str::to_owned);
    let (table, notes) = table
        .to_table()
        .map_err(|error| TableFileError::malformed(name, "columns", error.to_string(), "equal lengths"))?;
    meta.notes = notes;
    Ok(ReadTable { table, meta })
}
