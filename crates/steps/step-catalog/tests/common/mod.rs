//! What the tests of the step share: a plate of 60', catalogues of the same sky, a run.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;

use loopback_services::{CatalogueTable, LoopbackServices, PlainSky, Sky as _};
use products::{ReferenceCatalog, ReferenceFacts};
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_table::{ReadOptions, read_table};
use step_catalog::Catalog;
use step_contract::Unit;
use step_harness::testing::{InProcess, RunResult};
use tempfile::TempDir;

pub(crate) const CENTRE: SkyPos = SkyPos { ra_deg: 0.05, dec_deg: 20.0 };
/// Stars of each catalogue, the four at the corners of the tile included.
pub(crate) const STARS: usize = 404;

pub(crate) struct Scene {
    pub(crate) server: LoopbackServices,
    pub(crate) folder: TempDir,
    pub(crate) frame: PathBuf,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let sky = sky();
        let folder = tempfile::tempdir().expect("a folder");
        let frame = folder.path().join("tile_a.fits");
        let image = sky.image(CENTRE, 59.99, 59.99).expect("the plate covers its centre");
        std::fs::write(&frame, image).expect("the frame can be written");
        Self { server: LoopbackServices::start(sky).expect("a port is free"), folder, frame }
    }

    /// The step on the one frame, with the services of the server and without pauses.
    pub(crate) fn run(&self) -> InProcess<Catalog> {
        let mut run = InProcess::new(self.folder.path().join("ext"))
            .config_toml(
                "[transfer]\nretry = 2\nfirst_wait_s = 0.001\ngap_s = 0.0\nconnect_timeout_s = 1.0\n\
                 read_timeout_s = 0.4\ntotal_timeout_s = 5.0",
            )
            .run_id("run-20261121_000000")
            .read("frames", &self.frame);
        for (name, address) in self.server.addresses() {
            run = run.service(&name, &address);
        }
        run
    }

    /// The rows that were written.
    pub(crate) fn table(&self) -> Table {
        let path = self.folder.path().join("ext/tile_a.csv");
        read_table(&path, &ReadOptions::default()).expect("what we write we read").table
    }
}

pub(crate) fn unit(result: &RunResult<ReferenceCatalog>) -> &Unit<ReferenceCatalog> {
    assert_eq!(result.manifest.units.len(), 1);
    &result.manifest.units[0]
}

pub(crate) fn facts(result: &RunResult<ReferenceCatalog>) -> &ReferenceFacts {
    let unit = unit(result);
    unit.facts.as_ref().unwrap_or_else(|| panic!("not done: {:?} {:?}", unit.status, unit.reason))
}

/// Places of the stars: 400 in a square of 80' (the R2 sequence of Roberts 2018) and the corners of a tile of 60'.
pub(crate) fn places() -> Vec<SkyPos> {
    let plane = TangentPlane::new(CENTRE);
    let at = |xi: f64, eta: f64| plane.deproject(StandardPos::new(xi * 60.0, eta * 60.0));
    let spread = |index: usize, step: f64| ((index as f64 * step).fract() - 0.5) * 80.0;
    let mut places: Vec<SkyPos> = (1..=400)
        .map(|index| at(spread(index, 0.754_877_666_246_692_8), spread(index, 0.569_840_290_998_053_3)))
        .collect();
    places.extend([(-30.0, -30.0), (30.0, -30.0), (-30.0, 30.0), (30.0, 30.0)].map(|(xi, eta)| at(xi, eta)));
    places
}

pub(crate) fn sky() -> PlainSky {
    let places = places();
    let floats = |value: &dyn Fn(usize) -> f64| ColumnData::F64((0..places.len()).map(value).collect());
    let texts = |value: &dyn Fn(usize) -> String| ColumnData::Text((0..places.len()).map(value).collect());
    let wholes =
        |value: &dyn Fn(usize) -> i64| ColumnData::I64((0..places.len()).map(|index| Some(value(index))).collect());
    let ra = || floats(&|index| places[index].ra_deg);
    let dec = || floats(&|index| places[index].dec_deg);
    let mag = |bright: f64| move |index: usize| bright + (index % 100) as f64 / 10.0;
    let some =
        |every: usize, value: f64| move |index: usize| if index.is_multiple_of(every) { f64::NAN } else { value };
    let catalogue = |ra_column: &str, dec_column: &str, columns: Vec<(&str, &str, ColumnData)>| {
        let mut rows = Table::new();
        for (name, unit, data) in columns {
            let column = Column { name: name.into(), unit: unit.into(), ucd: String::new(), data };
            rows.push(column).expect("equal lengths");
        }
        CatalogueTable { title: "test".into(), ra_column: ra_column.into(), dec_column: dec_column.into(), rows }
    };
    let gaia = catalogue(
        "RA_ICRS",
        "DE_ICRS",
        vec![
            ("Source", "", wholes(&|index| 4_295_806_720_000_000_001 + index as i64)),
            ("RA_ICRS", "deg", ra()),
            ("DE_ICRS", "deg", dec()),
            ("e_RA_ICRS", "mas", floats(&|_| 0.25)),
            ("e_DE_ICRS", "mas", floats(&|_| 0.125)),
            ("Plx", "mas", floats(&some(5, 2.5))),
            ("pmRA", "mas/yr", floats(&some(5, -37.5))),
            ("pmDE", "mas/yr", floats(&some(5, 12.25))),
            ("Gmag", "mag", floats(&mag(8.0))),
            ("BPmag", "mag", floats(&some(7, 15.5))),
        ],
    );
    let usnob = catalogue(
        "RAJ2000",
        "DEJ2000",
        vec![
            ("USNO-B1.0", "", texts(&|index| format!("1100-{index:07}"))),
            ("RAJ2000", "deg", ra()),
            ("DEJ2000", "deg", dec()),
            ("e_RAJ2000", "mas", floats(&|_| 280.0)),
            ("e_DEJ2000", "mas", floats(&|_| 244.0)),
            ("pmRA", "mas/yr", wholes(&|index| if index.is_multiple_of(2) { 0 } else { 10 })),
            ("pmDE", "mas/yr", wholes(&|index| if index.is_multiple_of(2) { 0 } else { -20 })),
            ("Ndet", "", wholes(&|index| (index % 4) as i64 + 2)),
            ("Flags", "", texts(&|index| if index.is_multiple_of(10) { "s".into() } else { String::new() })),
            ("B1mag", "mag", floats(&some(3, 20.25))),
            ("R1mag", "mag", floats(&some(4, 18.5))),
            ("B2mag", "mag", floats(&|_| 20.5)),
            ("R2mag", "mag", floats(&|_| 18.75)),
        ],
    );
    let ps1 = catalogue(
        "RAJ2000",
        "DEJ2000",
        vec![
            ("objID", "", wholes(&|index| 132_000_000_000_000_000 + index as i64)),
            ("RAJ2000", "deg", ra()),
            ("DEJ2000", "deg", dec()),
            ("Nd", "", wholes(&|_| 42)),
            ("gmag", "mag", floats(&|_| 19.5)),
            ("rmag", "mag", floats(&|index| if index.is_multiple_of(2) { -999.0 } else { 18.25 })),
            ("imag", "mag", floats(&|_| 18.0)),
            ("zmag", "mag", floats(&|_| 17.5)),
        ],
    );
    let tycho2 = catalogue(
        "RA(ICRS)",
        "DE(ICRS)",
        vec![
            ("TYC1", "", wholes(&|index| 1 + index as i64)),
            ("TYC2", "", wholes(&|_| 1667)),
            ("TYC3", "", wholes(&|_| 1)),
            ("RA(ICRS)", "deg", ra()),
            ("DE(ICRS)", "deg", dec()),
            ("pmRA", "mas/yr", floats(&some(9, 3.5))),
            ("pmDE", "mas/yr", floats(&some(9, -4.5))),
            ("BTmag", "mag", floats(&|_| 11.5)),
            ("VTmag", "mag", floats(&mag(5.0))),
        ],
    );
    let vsx = catalogue(
        "RAJ2000",
        "DEJ2000",
        vec![
            ("OID", "", wholes(&|index| 1000 + index as i64)),
            ("RAJ2000", "deg", ra()),
            ("DEJ2000", "deg", dec()),
            ("Type", "", texts(&|_| "RRAB".into())),
            ("max", "mag", floats(&|_| 14.5)),
        ],
    );
    PlainSky::new(CENTRE, 2120)
        .with_catalogue("I/355/gaiadr3", gaia)
        .with_catalogue("I/284/out", usnob)
        .with_catalogue("II/389/ps1_dr2", ps1)
        .with_catalogue("I/259/tyc2", tycho2)
        .with_catalogue("B/vsx/vsx", vsx)
}
