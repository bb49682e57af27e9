//! What the tests of the step share: a sky, a server, a plan of tiles, a run.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};

use loopback_services::{LoopbackServices, PlainSky, PlainStar};
use products::{FrameFacts, FrameSet, TileFacts, TilePlan};
use sky_coords::SkyPos;
use step_contract::{Engine, Execution, Manifest, Product, ProductRef, Status, Unit};
use step_download::Download;
use step_harness::testing::{InProcess, RunResult};
use tempfile::TempDir;

pub(crate) const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };

/// One tile of a plan.
pub(crate) struct Tile {
    pub(crate) id: &'static str,
    pub(crate) centre: SkyPos,
    pub(crate) size_arcmin: f64,
    pub(crate) mode: &'static str,
    pub(crate) plate: Option<String>,
}

impl Tile {
    pub(crate) fn at(id: &'static str, ra_deg: f64, dec_deg: f64) -> Self {
        Self { id, centre: SkyPos::new(ra_deg, dec_deg), size_arcmin: 5.0, mode: "list", plate: None }
    }
}

/// A server, a folder, a plan.
pub(crate) struct Scene {
    pub(crate) server: LoopbackServices,
    pub(crate) folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self {
            server: LoopbackServices::start(sky()).expect("a port is free"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Writes a plan and gives the run that reads it; the services are those of the server, without pauses.
    pub(crate) fn run(&self, tiles: &[Tile]) -> InProcess<Download> {
        let plan = write_plan(&self.folder.path().join("tiles"), tiles);
        let mut run = InProcess::new(self.folder.path().join("downloads"))
            .config_toml(
                "[transfer]\nretry = 2\nfirst_wait_s = 0.001\ngap_s = 0.0\nretry_after_max_s = 0.05\n\
                 connect_timeout_s = 1.0\nread_timeout_s = 0.4\ntotal_timeout_s = 2.0",
            )
            .run_id("run-20261121_000000")
            .read("tiles", plan);
        for (name, address) in self.server.addresses() {
            run = run.service(&name, &address);
        }
        run
    }

    pub(crate) fn image(&self, unit: &str) -> PathBuf {
        self.folder.path().join("downloads").join(format!("{unit}.fits"))
    }
}

pub(crate) fn sky() -> PlainSky {
    let mut sky = PlainSky::new(CENTRE, 900);
    for (ra, dec, peak_adu) in [(150.01, 20.01, 9000.0), (149.95, 20.03, 5000.0), (150.1, 19.93, 12000.0)] {
        sky.stars.push(PlainStar { position: SkyPos::new(ra, dec), peak_adu });
    }
    sky
}

pub(crate) fn write_plan(folder: &Path, tiles: &[Tile]) -> PathBuf {
    let mut units: Vec<Unit<TilePlan>> = tiles
        .iter()
        .map(|tile| Unit {
            unit: tile.id.to_owned(),
            status: Status::Done,
            key: None,
            files: Some(Default::default()),
            facts: Some(facts(tile)),
            reason: None,
            warnings: Vec::new(),
            ties: step_contract::Ties::default(),
        })
        .collect();
    units.sort_by(|a, b| a.unit.cmp(&b.unit));
    let manifest: Manifest<TilePlan> = Manifest {
        product: ProductRef { name: TilePlan::NAME.to_owned(), version: TilePlan::VERSION },
        run_id: "run-20261121_000000".to_owned(),
        step: "tiling".to_owned(),
        label: "tiling".to_owned(),
        build: "0.0.0+000000000000".to_owned(),
        engine: Engine { name: "native".to_owned(), version: "0.1.0".to_owned() },
        config: serde_json::json!({}),
        reads: Vec::new(),
        payload: TilePlan::payload(&units),
        units,
        files: Default::default(),
        shard: None,
        execution: Execution::default(),
    };
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let path = folder.join("manifest.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&manifest).expect("a manifest is JSON"))
        .expect("it can be written");
    path
}

fn facts(tile: &Tile) -> TileFacts {
    let half = tile.size_arcmin / 120.0;
    TileFacts {
        ra_deg: tile.centre.ra_deg,
        dec_deg: tile.centre.dec_deg,
        ra_min_deg: tile.centre.ra_deg - half,
        ra_max_deg: tile.centre.ra_deg + half,
        dec_min_deg: tile.centre.dec_deg - half,
        dec_max_deg: tile.centre.dec_deg + half,
        width_arcmin: tile.size_arcmin,
        height_arcmin: tile.size_arcmin,
        area_deg2_in_square: 4.0 * half * half,
        area_deg2_in_circle: 3.0 * half * half,
        area_deg2_covered: 4.0 * half * half,
        tile_size: format!("{0}x{0}", tile.size_arcmin),
        tiling_mode: tile.mode.to_owned(),
        source_list: "targets".to_owned(),
        target: None,
        plate: tile.plate.clone(),
    }
}

pub(crate) fn unit<'a>(result: &'a RunResult<FrameSet>, id: &str) -> &'a Unit<FrameSet> {
    result
        .manifest
        .units
        .iter()
        .find(|unit| unit.unit == id)
        .unwrap_or_else(|| panic!("the manifest has the unit {id}"))
}

pub(crate) fn facts_of<'a>(result: &'a RunResult<FrameSet>, id: &str) -> &'a FrameFacts {
    let unit = unit(result, id);
    unit.facts.as_ref().unwrap_or_else(|| panic!("{id} is not done: {:?} {:?}", unit.status, unit.reason))
}
