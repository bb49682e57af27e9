//! The smoke lines of the survey plan: after each step one look at what it made, at RA 150, Dec +20 through `workflows/vasco.toml`, on a small
//! simulated plate behind the archives' protocols. `cargo xtask smoke`, the jobs of CI and the tests of the survey plan's lines ask the same.

mod lines;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use loopback_services::{Fault, LoopbackServices, Occasion, SimSky};
use serde_json::Value;
use sky_catalog::Table;
use sky_sim::{RenderParams, Scene, SceneParams};
use sky_table::{ReadOptions, read_table};

pub use lines::{LINES, Line};

/// Run id.
pub const RUN_ID: &str = "run-20260101_000000";
/// Its one tile.
pub const TILE: &str = "tile_RA150.000_DECp20.000";
/// Side of the tile: 700 pixels of 1.7 arcsec are searched in a second, and hold stars enough for a PSF.
const SIZE_ARCMIN: f64 = 20.0;

/// A run that was made.
#[derive(Debug)]
pub struct SmokeRun {
    /// Where.
    pub root: PathBuf,
    /// What the command said.
    pub output: Output,
    /// How often an image was asked for.
    pub images_asked_for: usize,
}

impl SmokeRun {
    /// Runs the chain, up to a label where one is given. The first question for an image is refused and must be asked again.
    ///
    /// # Errors
    /// When the sky cannot be served or the command cannot be started.
    pub fn make(root: &Path, to_step: Option<&str>) -> Result<Self, String> {
        let scene = Scene::generate(&SceneParams {
            seed: 7,
            centre_ra_deg: 150.0,
            centre_dec_deg: 20.0,
            size_arcmin: SIZE_ARCMIN,
            n_catalogue_stars: 700,
            brightest_mag: 10.0,
            n_vanished: 12,
            vanished_snr_min: 40.0,
            // Those of a plate of a degree would make a quarter of what is found on so small a tile.
            n_scratches: 1,
            n_hairs: 1,
            n_dust: 4,
            n_emulsion_spots: 3,
            ..SceneParams::default()
        });
        let sky = SimSky::new(scene, RenderParams::default()).map_err(|error| error.to_string())?;
        let server = LoopbackServices::start(sky).map_err(|error| error.to_string())?;
        server.inject("stsci-dss", Occasion::Nth(1), Fault::Status { code: 503, retry_after: None });
        let mut command = Command::new(crate::skyledger());
        command.args(["run", "vasco", "--ra", "150", "--dec", "20", "--run-id", RUN_ID, "--root"]).arg(root);
        command.args(["--set", &format!("tiling.tile_size=\"{SIZE_ARCMIN}x{SIZE_ARCMIN}\"")]);
        command.args(["--set", "download.transfer.first_wait_s=0.01"]);
        for label in ["download", "catalog-bright", "catalog-usnob"] {
            command.args(["--set", &format!("{label}.transfer.gap_s=0.0")]);
        }
        for (name, address) in server.addresses() {
            command.args(["--service", &format!("{name}={address}")]);
        }
        if let Some(label) = to_step {
            command.args(["--to-step", label]);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let images_asked_for = server.log().count("stsci-dss");
        Ok(Self { root: root.to_owned(), output, images_asked_for })
    }

    /// The folder of this run below `folder`.
    ///
    /// # Errors
    /// When it is not there; with what the command said.
    pub fn folder(&self, folder: &str) -> Result<PathBuf, String> {
        let path = self.root.join(folder).join(RUN_ID);
        if path.is_dir() {
            Ok(path)
        } else {
            Err(format!("{} is not there: {}", path.display(), String::from_utf8_lossy(&self.output.stderr)))
        }
    }

    /// The manifest of a step.
    ///
    /// # Errors
    /// When it is not there or no JSON.
    pub fn manifest(&self, folder: &str) -> Result<Value, String> {
        let path = self.folder(folder)?.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The done unit of the tile in a manifest.
    ///
    /// # Errors
    /// When there is none, or it is not done.
    pub fn tile(&self, folder: &str) -> Result<Value, String> {
        let manifest = self.manifest(folder)?;
        let unit = manifest["units"].as_array().into_iter().flatten().find(|unit| unit["unit"] == TILE).cloned();
        let unit = unit.ok_or_else(|| format!("{folder} has no unit {TILE}"))?;
        if unit["status"] == "done" { Ok(unit) } else { Err(format!("{folder}: {unit}")) }
    }

    /// A table of a step.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn table(&self, folder: &str, name: &str) -> Result<Table, String> {
        let path = self.folder(folder)?.join(name);
        read_table(&path, &ReadOptions::default()).map(|read| read.table).map_err(|error| error.to_string())
    }

    /// Rows of the LDAC catalogue of a pass, which its manifest counts as well.
    ///
    /// # Errors
    /// When it cannot be read, or the manifest says another number.
    pub fn rows_of_catalogue(&self, folder: &str) -> Result<usize, String> {
        let path = self.folder(folder)?.join(format!("{TILE}.cat"));
        let (_, table) = sky_fits::ldac::read(&path).map_err(|error| error.to_string())?;
        let rows = table.numbers("NUMBER").map_err(|error| error.to_string())?.len();
        let counted = &self.tile(folder)?["facts"]["objects_detected"];
        if counted.as_u64() == Some(rows as u64) { Ok(rows) } else { Err(format!("{rows} rows, manifest: {counted}")) }
    }

    /// Files of a step that must be there and hold something.
    ///
    /// # Errors
    /// With the first one that is missing or empty.
    pub fn files(&self, folder: &str, names: &[String]) -> Result<(), String> {
        for name in names {
            let path = self.folder(folder)?.join(name);
            let data = std::fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if data.len() == 0 {
                return Err(format!("{} is empty", path.display()));
            }
        }
        Ok(())
    }
}
