//! Every FITS file that the chains wrote, through fitsverify: no error and no warning.

use std::path::{Path, PathBuf};

use super::commands::run;
use super::field::Field;
use crate::Case;

/// The FITS files of the native chain and of the engines, by what they are.
pub(super) fn fits_files(field: &Field) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for (whose, root) in [("native", &field.root), ("engines", &field.trials.join("chain-engines"))] {
        for folder in ["data/downloads", "data/masks", "data/catalogs/p1", "data/psf", "data/catalogs/p2"] {
            let found = fs_err::read_dir(root.join(folder).join(super::field::RUN)).into_iter().flatten().flatten();
            let mut paths: Vec<PathBuf> = found.map(|entry| entry.path()).filter(|path| is_fits(path)).collect();
            paths.sort();
            for path in paths {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                files.push((format!("{whose} {folder}/{}", name.replace(&field.tile, "<tile>")), path));
            }
        }
    }
    files
}

fn is_fits(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".fits", ".fits.gz", ".cat", ".psf"].iter().any(|ending| name.ends_with(ending))
}

/// One case a file, and one that there are enough of them.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    let files = fits_files(field);
    let kinds = [".fits", ".cat", ".psf"].map(|ending| files.iter().filter(|(name, _)| name.contains(ending)).count());
    let counted =
        format!("{} files: {} images and masks, {} catalogues, {} models", files.len(), kinds[0], kinds[1], kinds[2]);
    let enough = if kinds[0] >= 2 && kinds[1] >= 4 && kinds[2] >= 2 { Ok(counted) } else { Err(counted) };
    let mut cases = vec![Case::of("FITS files to verify", enough)];
    // An LDAC catalogue has a column "Field Header Card", and fitsverify warns of the spaces in that name: in source-extractor's
    // own files too.
    let theirs = warnings(&field.trials.join("exchange/sextractor/theirs.cat"));
    for (name, path) in &files {
        let allowed = if name.ends_with(".cat") { theirs.clone() } else { Ok(Vec::new()) };
        cases.push(Case::of(format!("fitsverify {name}"), allowed.and_then(|allowed| verified(path, &allowed))));
    }
    cases
}

/// The distinct warnings of a file without an error.
fn warnings(path: &Path) -> Result<Vec<String>, String> {
    let tool = test_sky::tool("fitsverify").ok_or("fitsverify is not installed")?;
    let ended = run(&tool, [path.as_os_str()], Path::new("/"), None)?;
    let verdict = ended.stdout.lines().find(|line| line.contains("Verification found")).unwrap_or_default();
    let mut found: Vec<String> =
        ended.stdout.lines().filter(|line| line.contains("*** Warning")).map(|line| line.trim().to_owned()).collect();
    found.sort();
    found.dedup();
    let is_clean = verdict.contains("found 0 warning(s) and 0 error(s)") && ended.code == 0;
    if is_clean == found.is_empty() && verdict.contains("and 0 error(s)") {
        return Ok(found);
    }
    let faults: Vec<&str> = ended.stdout.lines().filter(|line| line.contains("*** ")).map(str::trim).take(4).collect();
    Err(format!("exit code {}, {}: {}", ended.code, verdict.trim(), faults.join("; ")))
}

fn verified(path: &Path, allowed: &[String]) -> Result<String, String> {
    let found = warnings(path)?;
    let ours: Vec<&String> = found.iter().filter(|warning| !allowed.contains(warning)).collect();
    match (ours.as_slice(), found.len()) {
        ([], 0) => Ok("no warning, no error".to_owned()),
        ([], count) => Ok(format!("no error; {count} warning that source-extractor's own catalogue has as well")),
        (ours, _) => Err(format!("{ours:?}")),
    }
}
