//! The simulated tile that every trial of the class uses, with everything that the native chain made of it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::commands::{Ended, run};
use crate::Bench;

/// Run id of the native chain.
pub(super) const RUN: &str = "run-20261121_000000";
/// Sides of the tile, arc minutes.
const SIDES_ARCMIN: (&str, &str) = ("30", "60");

/// The root of `skyledger demo` and a folder for the trials.
pub(super) struct Field {
    program: PathBuf,
    pub(super) checkout: PathBuf,
    pub(super) root: PathBuf,
    pub(super) trials: PathBuf,
    /// Id of the tile.
    pub(super) tile: String,
    /// How far FWHM of two PSF models of the same stars may be apart (3 %). The small tile has fewer than
    /// 200 stars.
    pub(super) psf_ratio_off: f64,
}

/// The tolerance on the large and on the small tile.
const PSF_RATIO_OFF: (f64, f64) = (0.03, 0.06);

/// Settings with which our selection keeps the stars that PSFEx keeps: those near the emulsion's plateau, whose cores are
/// flattened (by default ours leaves them out, and is nearer to the truth: docs/comparison.md), and those that fit badly; and
/// with which the model has PSFEx's polynomial, that follows no width.
pub(super) const PSFEX_SELECTION: [&str; 4] =
    ["psf.plateau_fraction=1.0", "psf.chi2_clip_sigma=100.0", "psf.max_stars=1000000", "psf.follow_width=false"];

impl Field {
    /// Runs the demo: simulated plate, loopback archive, the whole native chain.
    pub(super) fn make(bench: &Bench) -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        let (root, trials) = (bench.folder("engines-root").map_err(text)?, bench.folder("engines").map_err(text)?);
        let psf_ratio_off = if bench.quick { PSF_RATIO_OFF.1 } else { PSF_RATIO_OFF.0 };
        let side = if bench.quick { SIDES_ARCMIN.0 } else { SIDES_ARCMIN.1 };
        let mut field = Self {
            program: bench.skyledger(),
            checkout: bench.checkout(),
            root,
            trials,
            tile: String::new(),
            psf_ratio_off,
        };
        let root = field.root.display().to_string();
        let words =
            ["demo", "--root", &root, "--run-id", RUN, "--size-arcmin", side, "--set", "detect-p1.detect.vignet=true"];
        field.skyledger(words)?.expect(0)?;
        let masks = manifest(&field.manifest_of("data/masks"))?;
        field.tile = masks["units"][0]["unit"].as_str().ok_or("the demo made no tile")?.to_owned();
        Ok(field)
    }

    /// Runs the command.
    pub(super) fn skyledger<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Result<Ended, String> {
        run(&self.program, words, &self.trials, None)
    }

    /// Runs the command with another PATH.
    pub(super) fn skyledger_with_path(&self, words: &[String], path: &OsStr) -> Result<Ended, String> {
        run(&self.program, words, &self.trials, Some(path))
    }

    /// The manifest of a step of the native chain, by its folder.
    pub(super) fn manifest_of(&self, folder: &str) -> PathBuf {
        self.root.join(folder).join(RUN).join("manifest.json")
    }

    /// A file of the tile in a step's folder of the native chain.
    pub(super) fn file(&self, folder: &str, suffix: &str) -> PathBuf {
        self.root.join(folder).join(RUN).join(format!("{}{suffix}", self.tile))
    }

    /// The words of `skyledger step <step> run` into a folder of the trials.
    pub(super) fn step(&self, step: &str, out: &str, reads: &[(&str, &Path)], settings: &[&str]) -> Vec<String> {
        let mut words: Vec<String> = ["step", step, "run", "--quiet", "--run-id", RUN].map(str::to_owned).to_vec();
        words.extend(["--out".to_owned(), self.out(out).display().to_string()]);
        for (name, path) in reads {
            words.extend(["--read".to_owned(), format!("{name}={}", path.display())]);
        }
        for setting in settings {
            words.extend(["--set".to_owned(), (*setting).to_owned()]);
        }
        words
    }

    /// A folder that a step of the trials writes.
    pub(super) fn out(&self, name: &str) -> PathBuf {
        self.trials.join("data").join(name)
    }

    /// The manifest in such a folder.
    pub(super) fn out_manifest(&self, name: &str) -> PathBuf {
        self.out(name).join("manifest.json")
    }

    /// Runs such a step, which must end with that code, and reads its manifest.
    pub(super) fn run_step(&self, words: &[String], out: &str, code: i32) -> Result<Value, String> {
        self.skyledger(words)?.expect(code)?;
        manifest(&self.out_manifest(out))
    }
}

/// A manifest as JSON.
pub(super) fn manifest(path: &Path) -> Result<Value, String> {
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}
