//! The sky behind the trials: a small plate, its stars, and Gaia's rows of the same stars and more.

use loopback_services::{CatalogueTable, PlainSky, PlainStar};
use products::{TileFacts, TilePlan};
use serde_json::json;
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::{SkyPos, StandardPos, TangentPlane};
use step_contract::{Engine, Execution, Manifest, Product, ProductRef, Status, Unit};

/// The one tile.
pub(super) const TILE: &str = "tile_RA150.000_DECp20.000";
/// Run id of every run.
pub(super) const RUN_ID: &str = "run-20261121_000000";
/// Centre of plate and tile.
const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };
/// Side of the tile, arc minutes: 18 blocks of FITS.
const TILE_ARCMIN: f64 = 4.0;
/// Side of the plate, pixels (8.5').
const PLATE_PX: usize = 300;
/// Rows of the catalogue, in a square of 14'.
const STARS: usize = 320;
/// Every so many of them is bright enough to be on the plate.
const ON_PLATE: usize = 4;

/// The plate and its catalogue.
pub(super) fn sky() -> Result<PlainSky, String> {
    let places = places();
    let floats = |value: &dyn Fn(usize) -> f64| ColumnData::F64((0..places.len()).map(value).collect());
    let ids = (0..places.len()).map(|index| Some(4_295_806_720_000_000_001 + index as i64)).collect();
    let mut rows = Table::new();
    for (name, unit, data) in [
        ("Source", "", ColumnData::I64(ids)),
        ("RA_ICRS", "deg", floats(&|index| places[index].ra_deg)),
        ("DE_ICRS", "deg", floats(&|index| places[index].dec_deg)),
        ("e_RA_ICRS", "mas", floats(&|_| 0.25)),
        ("e_DE_ICRS", "mas", floats(&|_| 0.125)),
        ("Plx", "mas", floats(&|_| 2.5)),
        ("pmRA", "mas/yr", floats(&|index| if index % 5 == 0 { f64::NAN } else { 1.5 })),
        ("pmDE", "mas/yr", floats(&|index| if index % 5 == 0 { f64::NAN } else { -2.25 })),
        ("Gmag", "mag", floats(&|index| 12.0 + (index % 80) as f64 / 10.0)),
        ("BPmag", "mag", floats(&|_| 15.5)),
    ] {
        let column = Column { name: name.into(), unit: unit.into(), ucd: String::new(), data };
        rows.push(column).map_err(|error| error.to_string())?;
    }
    let title = "Gaia DR3 of the trials".to_owned();
    let gaia = CatalogueTable { title, ra_column: "RA_ICRS".into(), dec_column: "DE_ICRS".into(), rows };
    let mut sky = PlainSky::new(CENTRE, PLATE_PX).with_catalogue("I/355/gaiadr3", gaia);
    let bright = places.iter().step_by(ON_PLATE).map(|&position| PlainStar { position, peak_adu: 9000.0 });
    sky.stars.extend(bright);
    Ok(sky)
}

/// Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": the R2 sequence.
fn places() -> Vec<SkyPos> {
    let plane = TangentPlane::new(CENTRE);
    let spread = |index: usize, step: f64| ((index as f64 * step).fract() - 0.5) * 14.0 * 60.0;
    (1..=STARS)
        .map(|index| {
            let (xi, eta) = (spread(index, 0.754_877_666_246_692_8), spread(index, 0.569_840_290_998_053_3));
            plane.deproject(StandardPos::new(xi, eta))
        })
        .collect()
}

/// A plan of the one tile, on the plate that the sky serves.
pub(super) fn plan() -> Result<Vec<u8>, String> {
    let half = TILE_ARCMIN / 120.0;
    let facts = TileFacts {
        ra_deg: CENTRE.ra_deg,
        dec_deg: CENTRE.dec_deg,
        ra_min_deg: CENTRE.ra_deg - half,
        ra_max_deg: CENTRE.ra_deg + half,
        dec_min_deg: CENTRE.dec_deg - half,
        dec_max_deg: CENTRE.dec_deg + half,
        width_arcmin: TILE_ARCMIN,
        height_arcmin: TILE_ARCMIN,
        area_deg2_in_square: 4.0 * half * half,
        area_deg2_in_circle: 3.0 * half * half,
        area_deg2_covered: 4.0 * half * half,
        tile_size: format!("{TILE_ARCMIN}x{TILE_ARCMIN}"),
        tiling_mode: "plate-grid".to_owned(),
        source_list: "plates".to_owned(),
        target: None,
        plate: Some("XE486".to_owned()),
    };
    let units = vec![Unit::<TilePlan> {
        unit: TILE.to_owned(),
        status: Status::Done,
        key: None,
        files: Some(Default::default()),
        facts: Some(facts),
        reason: None,
        warnings: Vec::new(),
        ties: step_contract::Ties::default(),
    }];
    let manifest = Manifest::<TilePlan> {
        product: ProductRef { name: TilePlan::NAME.to_owned(), version: TilePlan::VERSION },
        run_id: RUN_ID.to_owned(),
        step: "tiling".to_owned(),
        label: "tiling".to_owned(),
        build: "0.0.0+000000000000".to_owned(),
        engine: Engine { name: "native".to_owned(), version: "0.1.0".to_owned() },
        config: json!({}),
        reads: Vec::new(),
        payload: TilePlan::payload(&units),
        units,
        files: Default::default(),
        shard: None,
        execution: Execution::default(),
    };
    serde_json::to_vec_pretty(&manifest).map_err(|error| error.to_string())
}
