//! Small tiles of a simulated plate behind the archives' protocols, and the command that runs the chain on them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use loopback_services::{LoopbackServices, SimSky};
use sky_sim::{RenderParams, Scene, SceneParams};

use crate::Bench;

/// Run id of every run of these trials: runs of one id are compared.
pub const RUN_ID: &str = "run-20260101_000000";
const CENTRE_DEG: (f64, f64) = (150.0, 20.0);
/// Stars of a square arc minute: enough for the PSF of an 8 arcmin tile.
const STARS_PER_ARCMIN2: f64 = 2.5;
/// Between the centres of tiles, so that they do not overlap.
const SPACING_ARCMIN: f64 = 8.5;

/// A served sky, its targets, and the program under trial.
pub struct Field {
    /// The server.
    pub server: LoopbackServices,
    /// CSV of targets.
    pub targets: PathBuf,
    program: PathBuf,
    tile_arcmin: f64,
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit code; -1 where a signal ended it.
    pub code: i32,
    /// Both outputs.
    pub said: String,
}

impl Field {
    /// One tile of 12 arcmin.
    pub fn of_one_tile(bench: &Bench) -> Result<Self, String> {
        Self::new(bench, "one", 12.0, 16.0, &[CENTRE_DEG])
    }

    /// Six tiles of 8 arcmin in two rows, and a seventh where there is no plate.
    pub fn of_tiles(bench: &Bench) -> Result<Self, String> {
        let step_deg = SPACING_ARCMIN / 60.0;
        let mut centres = Vec::new();
        for (column, row) in [(-1.0, -0.5), (0.0, -0.5), (1.0, -0.5), (-1.0, 0.5), (0.0, 0.5), (1.0, 0.5)] {
            let dec_deg = CENTRE_DEG.1 + row * step_deg;
            centres.push((CENTRE_DEG.0 + column * step_deg / dec_deg.to_radians().cos(), dec_deg));
        }
        centres.push((CENTRE_DEG.0 + 60.0, CENTRE_DEG.1));
        Self::new(bench, "tiles", 8.0, 32.0, &centres)
    }

    fn new(
        bench: &Bench,
        name: &str,
        tile_arcmin: f64,
        scene_arcmin: f64,
        centres: &[(f64, f64)],
    ) -> Result<Self, String> {
        let of_plate = |of_a_degree: f64| (of_a_degree * (scene_arcmin / 60.0).powi(2)).ceil() as u32;
        let scene = Scene::generate(&SceneParams {
            seed: 19,
            centre_ra_deg: CENTRE_DEG.0,
            centre_dec_deg: CENTRE_DEG.1,
            size_arcmin: scene_arcmin,
            n_catalogue_stars: (STARS_PER_ARCMIN2 * scene_arcmin * scene_arcmin) as u32,
            brightest_mag: 12.0,
            // As many to an area as on a plate of a degree: more would blind the vetoes of so small tiles.
            n_vanished: of_plate(40.0),
            n_scratches: of_plate(6.0),
            n_hairs: of_plate(4.0),
            n_dust: of_plate(30.0),
            n_emulsion_spots: of_plate(20.0),
            ..SceneParams::default()
        });
        let sky = SimSky::new(scene, RenderParams::default()).map_err(|error| error.to_string())?;
        let server = LoopbackServices::start(sky).map_err(|error| error.to_string())?;
        let targets = bench.scratch().join(format!("targets-{name}.csv"));
        let rows: String = centres.iter().map(|(ra_deg, dec_deg)| format!("{ra_deg:.3},{dec_deg:.3}\n")).collect();
        fs_err::create_dir_all(bench.scratch()).map_err(|error| error.to_string())?;
        fs_err::write(&targets, format!("ra_deg,dec_deg\n{rows}")).map_err(|error| error.to_string())?;
        Ok(Self { server, targets, program: bench.skyledger(), tile_arcmin })
    }

    /// The command `run vanished` with everything that all runs of this field share.
    pub fn command(&self, root: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.words(root)).args(more).stdin(Stdio::null());
        command
    }

    /// The arguments of that command.
    pub fn words(&self, root: &Path) -> Vec<String> {
        let mut words: Vec<String> = ["run", "vanished", "--run-id", RUN_ID].map(str::to_owned).to_vec();
        words.extend(["--root".to_owned(), root.display().to_string()]);
        words.extend(self.arguments());
        words
    }

    /// Those that do not depend on where the run lies.
    pub fn arguments(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(["--targets".to_owned(), self.targets.display().to_string()]);
        words.extend(["--set".to_owned(), format!("tiling.tile_size=\"{0}x{0}\"", self.tile_arcmin)]);
        for label in ["download", "catalog-bright", "catalog-gaia", "catalog-ps1", "catalog-usnob"] {
            words.extend(["--set".to_owned(), format!("{label}.transfer.gap_s=0.0")]);
            words.extend(["--set".to_owned(), format!("{label}.transfer.first_wait_s=0.01")]);
        }
        for (name, address) in self.server.addresses() {
            words.extend(["--service".to_owned(), format!("{name}={address}")]);
        }
        words
    }

    /// Runs it to its end.
    pub fn run(&self, root: &Path, more: &[&str]) -> Ended {
        ended(self.command(root, more).output())
    }

    /// Starts it.
    pub fn start(&self, root: &Path, more: &[&str]) -> Result<Child, String> {
        let mut command = self.command(root, more);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|error| error.to_string())
    }

    /// Another command of the program on a root.
    pub fn skyledger(&self, root: &Path, words: &[&str]) -> Ended {
        ended(Command::new(&self.program).args(words).arg("--root").arg(root).stdin(Stdio::null()).output())
    }

    /// `skyledger merge`.
    pub fn merge(&self, root: &Path) -> Ended {
        self.skyledger(root, &["merge", RUN_ID])
    }
}

fn ended(output: std::io::Result<Output>) -> Ended {
    match output {
        Ok(output) => Ended {
            code: output.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned(),
        },
        Err(error) => Ended { code: -1, said: error.to_string() },
    }
}

impl Ended {
    /// The last words, for a table.
    pub fn last_line(&self) -> String {
        self.said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }

    /// The line that says what is wrong.
    pub fn error_line(&self) -> String {
        let line = self.said.lines().rev().find(|line| line.starts_with("skyledger: ") || line.starts_with("error"));
        line.map_or_else(|| self.last_line(), |line| line.trim_start_matches("skyledger: ").to_owned())
    }

    /// An error unless it ended with one of these codes.
    pub fn expect(&self, codes: &[i32]) -> Result<&Self, String> {
        if codes.contains(&self.code) {
            Ok(self)
        } else {
            Err(format!("ended with {}, expected {codes:?}: {}", self.code, self.said))
        }
    }
}
