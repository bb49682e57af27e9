//! The same pixels as cfitsio, or a difference that docs/cfitsio.md lists: on the files of the field and on what the trials
//! of `tests/proof` make of a good tile.

#[path = "../../../../tests/proof/src/fits/mutator.rs"]
#[allow(dead_code)]
mod mutator;
#[path = "../../../../tests/proof/src/fits/tile.rs"]
#[allow(dead_code)]
mod tile;
#[path = "../../../../tests/proof/src/fits/truth.rs"]
#[allow(dead_code)]
mod truth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sky_fits::{Decoder, FitsErrorKind, FitsImage, ImageOptions, ImageReader, RawPixels};

/// The list of differences: rows `| file | what cfitsio does |`.
const LIST: &str = include_str!("../../../../docs/cfitsio.md");
/// Seed of the trials.
const SEED: u64 = 1;
/// Fewest images that must agree for the comparison to count.
const AT_LEAST_TRIALS: usize = 100;
const AT_LEAST_SHARED: usize = 60;

/// What came of the comparison of many images.
#[derive(Default)]
struct Tally {
    same: usize,
    pixels: usize,
    refused_by_ours: usize,
    differences: BTreeMap<String, String>,
}

impl Tally {
    /// Compares every image of a file under a name.
    fn compare(&mut self, name: &str, path: &Path) {
        let hdus = sky_fits::read_header(path).unwrap_or_default();
        let mut images: Vec<usize> = (0..hdus.len()).filter(|index| hdus[*index].kind.image_size().is_some()).collect();
        if images.is_empty() {
            self.refused_by_ours += 1;
        }
        if images.len() == 1 {
            // The name of the file alone where it has one image.
            images = vec![usize::MAX];
        }
        for index in images {
            let hdu = (index != usize::MAX).then_some(index);
            let label = hdu.map_or_else(|| name.to_owned(), |hdu| format!("{name}, HDU {hdu}"));
            // Differences of many changed copies of one kind are one line.
            match self.compare_image(path, hdu) {
                Ok(pixels) => {
                    self.same += usize::from(pixels > 0);
                    self.pixels += pixels;
                }
                Err(what) => {
                    self.differences.insert(label, what);
                }
            }
        }
    }

    /// Pixels that are the same, 0 where ours refuses the file; or what cfitsio does otherwise.
    fn compare_image(&mut self, path: &Path, hdu: Option<usize>) -> Result<usize, String> {
        let options = ImageOptions { hdu, ..ImageOptions::default() };
        let own = ImageReader::open_with(path, &options);
        let Ok((reader, image)) = own.and_then(|reader| reader.read().map(|image| (reader, image))) else {
            self.refused_by_ours += 1;
            return Ok(0);
        };
        let theirs = ImageReader::open_with(path, &ImageOptions { decoder: Decoder::Cfitsio, ..options });
        let theirs = theirs.map_err(|error| refusal(&error.kind))?;
        let seen = theirs.read().map_err(|error| refusal(&error.kind))?;
        same_pixels(&image, &seen)?;
        let (height, width) = reader.shape();
        let (rows, columns) = (height / 3..height - height / 4, width / 4..width - width / 3);
        let raw = reader.read_raw_rectangle(rows.clone(), columns.clone()).map_err(|error| error.to_string())?;
        match theirs.read_raw_rectangle(rows, columns) {
            Ok(seen) if same_raw(&raw, &seen) => Ok(image.pixels.len()),
            Ok(_) => Err("the stored numbers of a rectangle differ".to_owned()),
            // cfitsio gives scaled integers only as physical values.
            Err(error) if error.to_string().contains("only with BSCALE") => Ok(image.pixels.len()),
            Err(error) => Err(refusal(&error.kind)),
        }
    }

    /// Fails on a difference that is not listed; prints the counts.
    fn judge(&self, what: &str, at_least: usize) {
        eprintln!(
            "{what}: {} images of {} pixels are the same, {} differ, {} files are refused by ours",
            self.same,
            self.pixels,
            self.differences.len(),
            self.refused_by_ours
        );
        let unlisted: Vec<String> = self
            .differences
            .iter()
            .filter(|(name, what)| !LIST.contains(&format!("| `{name}` | {what} |")))
            .map(|(name, what)| format!("| `{name}` | {what} |"))
            .collect();
        assert!(unlisted.is_empty(), "{what}: not listed in docs/cfitsio.md:\n{}", unlisted.join("\n"));
        assert!(self.same >= at_least, "{what}: {} images were the same, at least {at_least} expected", self.same);
    }
}

fn refusal(kind: &FitsErrorKind) -> String {
    match kind {
        FitsErrorKind::Cfitsio { reason } => {
            format!("refused: {}", reason.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        other => format!("ours refuses it the second time: {other}"),
    }
}

fn same_pixels(own: &FitsImage, theirs: &FitsImage) -> Result<(), String> {
    let mut undefined = 0;
    let mut other = 0;
    let mut far: f64 = 0.0;
    for (a, b) in own.pixels.iter().zip(&theirs.pixels) {
        if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) || a == b {
            continue;
        }
        if a.is_nan() {
            undefined += 1;
        } else {
            other += 1;
            far = far.max((f64::from(*a) - f64::from(*b)).abs() / f64::from(a.abs()).max(f64::MIN_POSITIVE));
        }
    }
    match (undefined, other) {
        (0, 0) => Ok(()),
        (undefined, 0) => Err(format!("{undefined} undefined pixels come back as numbers")),
        (0, other) => Err(format!("{other} pixels differ, by {far:.1e} of their value at most")),
        (undefined, other) => Err(format!("{undefined} undefined pixels come back as numbers, {other} pixels differ")),
    }
}

fn same_raw(own: &RawPixels, theirs: &RawPixels) -> bool {
    match (own, theirs) {
        (RawPixels::F32(own), RawPixels::F32(theirs)) => own.mapv(f32::to_bits) == theirs.mapv(f32::to_bits),
        (RawPixels::F64(own), RawPixels::F64(theirs)) => own.mapv(f64::to_bits) == theirs.mapv(f64::to_bits),
        (own, theirs) => own == theirs,
    }
}

#[test]
fn what_the_trials_make_of_a_good_tile_is_read_as_by_cfitsio() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = tile::Tile::simulated(SEED).expect("a tile");
    let mut tally = Tally::default();
    for (number, variant) in mutator::variants(&good, SEED).expect("its variants").iter().enumerate() {
        let path = folder.path().join(format!("variant-{number}.fits"));
        std::fs::write(&path, &variant.bytes).expect("a file");
        tally.compare(&variant.name, &path);
        std::fs::remove_file(&path).expect("it was there");
    }
    tally.judge("trials", AT_LEAST_TRIALS);
}

#[test]
fn the_files_of_the_field_are_read_as_by_cfitsio() {
    let Some(data) = test_sky::real_data("sky-fits the_files_of_the_field_are_read_as_by_cfitsio") else { return };
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![data.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the data").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else if name.contains(".fit") || name.contains(".fts") || name.contains(".fz") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut tally = Tally::default();
    for path in &files {
        let name = path.strip_prefix(&data).unwrap_or(path).display().to_string();
        tally.compare(&name, path);
    }
    tally.judge("files of the field", AT_LEAST_SHARED);
}
