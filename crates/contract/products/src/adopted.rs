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
    let taken = of_endings(files, endings)?;
    refuse_twins(taken.iter().map(|file| (file.unit.as_str(), *file)))?;
    Ok(taken)
}

/// The tables with their units: the name of a file, with its ending where several files of a folder differ in nothing else
/// (`gaia.fits` and `gaia.ecsv`), for a step takes the one that is named.
pub(crate) fn tables(files: &[AdoptedFile]) -> Result<Vec<(String, &AdoptedFile)>, String> {
    let taken = of_endings(files, &TABLES)?;
    let has_twin =
        |file: &AdoptedFile| taken.iter().filter(|other| other.unit.eq_ignore_ascii_case(&file.unit)).count() > 1;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    let whole_name = |file: &AdoptedFile| {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect::<String>()
    };
    let units: Vec<(String, &AdoptedFile)> =
        taken.iter().map(|file| (if has_twin(file) { whole_name(file) } else { file.unit.clone() }, *file)).collect();
    refuse_twins(units.iter().map(|(unit, file)| (unit.as_str(), *file)))?;
    Ok(units)
}

fn of_endings<'a>(files: &'a [AdoptedFile], endings: &[&str]) -> Result<Vec<&'a AdoptedFile>, String> {
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
    Ok(taken)
}

/// Refuses two files that give one unit.
fn refuse_twins<'a>(units: impl Iterator<Item = (&'a str, &'a AdoptedFile)>) -> Result<(), String> {
    let mut by_unit: Vec<(String, &str)> =
        units.map(|(unit, file)| (unit.to_ascii_lowercase(), file.entry.path.as_str())).collect();
    by_unit.sort_unstable();
    match by_unit.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => {
            Err(format!("{} and {} both give the unit {}; rename one or move it away", pair[0].1, pair[1].1, pair[0].0))
        }
        None => Ok(()),
    }
}
