//! The demo: a simulated sky behind the real protocols, the chain as a user would run it, and the truth held against its result.
//!
//! The chain reads nothing but what came over the protocols. The truth is read after package has ended.

mod error;
mod truth;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use loopback_services::{LoopbackServices, SimSky};
use sky_sim::{RenderParams, Scene, SceneParams};

pub(crate) use error::DemoError;
pub(crate) use truth::Verdict;

/// Seed of the demo's sky: the same plate every time.
const SEED: u64 = 19_530_419;
/// Side of the default plate, arc minutes; smaller plates hold fewer objects in proportion to their area.
const FULL_SIZE_ARCMIN: f64 = 60.0;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) root: PathBuf,
    pub(crate) run_id: Option<String>,
    pub(crate) set: Vec<String>,
    pub(crate) size_arcmin: f64,
    pub(crate) threads: Option<usize>,
}

impl Demo {
    /// Plants, serves, runs and compares.
    pub(crate) fn run(&self) -> Result<Verdict, DemoError> {
        if !(5.0..=90.0).contains(&self.size_arcmin) {
            let size = self.size_arcmin;
            return Err(DemoError::Sky(format!("--size-arcmin {size}: a demo plate is 5 to 90 arc minutes wide")));
        }
        let root = std::path::absolute(&self.root)?;
        let run_id = match &self.run_id {
            Some(run_id) => run_id.clone(),
            None => runner::take_run_id(&root)?,
        };
        let scene = Scene::generate(&scene_params(self.size_arcmin));
        let render = RenderParams::default();
        let truth_file = root.join("demo-truth").join(format!("{run_id}.csv"));
        truth::write(&scene, &render, &truth_file)?;
        let centre = scene.centre();
        let sky = SimSky::new(scene, render).map_err(|error| DemoError::Sky(error.to_string()))?;
        let archive = LoopbackServices::start(sky)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["run", "vanished"]);
        command.arg("--root").arg(&root).args(["--run-id", &run_id]);
        command.args([format!("--ra={}", centre.ra_deg), format!("--dec={}", centre.dec_deg)]);
        for (name, address) in archive.addresses() {
            command.args(["--service".to_owned(), format!("{name}={address}")]);
        }
        if let Some(threads) = self.threads {
            command.args(["--threads".to_owned(), threads.to_string()]);
        }
        for value in self.settings() {
            command.args(["--set".to_owned(), value]);
        }
        let status = command.stdin(Stdio::null()).status()?;
        drop(archive);
        match status.code() {
            Some(0) => {}
            code => return Err(DemoError::Chain(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
        }
        truth::compare(&root, &run_id, &truth_file)
    }

    /// A local server needs no politeness; everything else is as in the workflow.
    fn settings(&self) -> Vec<String> {
        let mut settings =
            vec![format!("tiling.tile_size=\"{0}x{0}\"", self.size_arcmin), "download.transfer.gap_s=0.0".to_owned()];
        for label in ["catalog-bright", "catalog-gaia", "catalog-ps1", "catalog-usnob"] {
            settings.push(format!("{label}.transfer.gap_s=0.0"));
        }
        settings.extend(self.set.iter().cloned());
        settings
    }
}

/// The full plate has 4,000 catalogue stars, 40 vanished ones, 5 of high proper motion and 2 asteroids; a smaller one its share.
fn scene_params(size_arcmin: f64) -> SceneParams {
    let full = SceneParams { seed: SEED, ..SceneParams::default() };
    let share = (size_arcmin / FULL_SIZE_ARCMIN) * (size_arcmin / FULL_SIZE_ARCMIN);
    let scaled = |count: u32| (f64::from(count) * share).round().max(1.0) as u32;
    SceneParams {
        size_arcmin,
        n_catalogue_stars: scaled(full.n_catalogue_stars),
        n_vanished: scaled(full.n_vanished),
        n_scratches: scaled(full.n_scratches),
        n_hairs: scaled(full.n_hairs),
        n_dust: scaled(full.n_dust),
        n_emulsion_spots: scaled(full.n_emulsion_spots),
        ..full
    }
}
