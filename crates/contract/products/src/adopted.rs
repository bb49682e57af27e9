//! Files of a folder that came from elsewhere: which of them a product takes.

use std::path::Path;

use step_contract::AdoptedFile;

/// Endings of images.
pub(crate) const IMAGES: [&str; 4] = ["fits", "fit", "fts", "fz"];
/// Endings of plate headers written as JSON.
pub(crate) const HEADERS: [&str; 1] = ["json"];
/// Endings of tables.
pub(crate) const TABLES: [&str; 12] =
    ["csv", "tsv", "txt", "tab", "xml", "vot", "votable", "ecsv", "fits", "fit", "parquet", "pq"];

/// Extension in lower case, without `.gz`.
pub(crate) fn extension(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

/// The files with one of those endings, the others (a README beside the plates) left out; an error where none is left or where two give one unit.
pub(crate) fn with_endings<'a>(files: &'a [AdoptedFile], endings: &[&str]) -> Result<Vec<&'a AdoptedFile>, String> {
    let taken: Vec<&AdoptedFile> =
        files.iter().filter(|file| endings.contains(&extension(&file.path).as_str())).collect();
    if taken.is_empty() {
        let first = files.first().map(|file| file.path.display().to_string()).unwrap_or_default();
        return Err(format!(
            "none of {} files ({first} ...) ends in {} (or these with .gz)",
            files.len(),
            endings.join(", ")
        ));
    }
    let mut by_unit: Vec<(String, &str)> =
        taken.iter().map(|file| (file.unit.to_ascii_lowercase(), file.entry.path.as_str())).collect();
    by_unit.sort_unstable();
    match by_unit.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => {
            Err(format!("{} and {} both give the unit {}; rename one or move it away", pair[0].1, pair[1].1, pair[0].0))
        }
        None => Ok(taken),
    }
}
