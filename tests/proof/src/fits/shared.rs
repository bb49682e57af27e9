//! The odd files of the field (`f_nasty` of the real data): what each is known to hold.

use std::path::{Path, PathBuf};

use super::readers::read_all;
use super::truth;
use crate::{Bench, Case};

/// Files that hold the same image as a twin beside them.
const TWINS: &[(&str, &str)] = &[
    ("astropy/m13_gzip.fits", "astropy/m13.fits"),
    ("astropy/m13_rice.fits", "astropy/m13.fits"),
    ("nomtam/fpack.fits.fz", "nomtam/funpack.fits"),
];
/// Files in which no reader may find an image.
const REFUSED: &[&str] = &[
    "astropy/checksum_false.fits",
    "astropy/history_header.fits",
    "astropy/group.fits",
    "astropy/verify.fits",
    "crlf_mangled/IUElwp25637mxlo.fits",
    "crlf_mangled/comp.fits",
    "graxpert/color_16bit.fits",
    "graxpert/mono_16bit.tiff",
    "nomtam/test.fits.bz2",
    "nomtam/16913-1.fits",
];
/// Fewest files that the folder must have.
const AT_LEAST: usize = 60;

/// One case a file; none where the machine has no real data.
pub(crate) fn cases(_bench: &Bench) -> Result<Vec<Case>, String> {
    let Some(data) = test_sky::real_data("proof: hostile FITS of the field") else { return Ok(Vec::new()) };
    let root = data.join("f_nasty");
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    if files.len() < AT_LEAST {
        return Err(format!("{}: {} files, expected at least {AT_LEAST}", root.display(), files.len()));
    }
    Ok(files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
            Case::of(format!("shared {name}"), shared(&root, &name))
        })
        .collect())
}

fn shared(root: &Path, name: &str) -> Result<String, String> {
    let path = root.join(name);
    let seen = read_all(&path)?;
    if REFUSED.contains(&name) {
        return match seen {
            Err(refusal) => Ok(refusal),
            Ok(pixels) => Err(format!("{:?} pixels are read without a word", pixels.dim())),
        };
    }
    if let Some((_, twin)) = TWINS.iter().find(|(packed, _)| *packed == name) {
        let bytes = fs_err::read(root.join(twin)).map_err(|error| error.to_string())?;
        let truth = truth::pixels(&bytes).ok_or_else(|| format!("{twin} is no plain image"))?;
        return match seen {
            Ok(pixels) if truth::same(&pixels, &truth) => Ok(format!("the same pixels as {twin}")),
            Ok(_) => Err(format!("its pixels differ from {twin}")),
            Err(refusal) => Err(format!("a sound file is refused: {refusal}")),
        };
    }
    let bytes = fs_err::read(&path).map_err(|error| error.to_string())?;
    match (seen, truth::pixels(&bytes)) {
        (Ok(pixels), Some(truth)) if !truth::same(&pixels, &truth) => {
            Err("its pixels differ from the plainest reading".to_owned())
        }
        (Ok(pixels), _) => Ok(format!("{:?} pixels", pixels.dim())),
        (Err(refusal), _) => Ok(refusal),
    }
}
