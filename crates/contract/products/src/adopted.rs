//! Files that came from elsewhere: which of a folder a product takes.

use step_contract::AdoptedFile;

/// Endings of images.
pub(crate) const IMAGES: [&str; 4] = ["fits", "fit", "fts", "fz"];
/// Endings of images, of plate headers and of session logs written as JSON.
pub(crate) const RAW_FRAMES: [&str; 6] = ["fits", "fit", "fts", "fz", "xisf", "json"];
/// Endings of tables.
pub(crate) const TABLES: [&str; 12] =
    ["csv", "tsv", "txt", "tab", "xml", "vot", "votable", "ecsv", "fits", "fit", "parquet", "pq"];
/// Endings of LDAC catalogues.
pub(crate) const CATALOGUES: [&str; 5] = ["cat", "ldac", "fits", "fit", "fts"];
/// Endings of PSF models.
pub(crate) const PSF_MODELS: [&str; 2] = ["psf", "fits"];

/// Ending of a file in lower case, without `.gz`.
pub(crate) fn ending(file: &AdoptedFile) -> String {
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    step_contract::ending_of_file(&name)
}
