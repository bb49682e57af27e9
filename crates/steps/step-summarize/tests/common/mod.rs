//! A small run on disk: frames, catalogues and verdicts of a few tiles of one plate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use products::candidate_table::columns::COLUMNS;
use products::{
    CandidateFacts, CandidateFiles, CandidateTable, FrameFacts, FrameFiles, FrameSet, MatchFacts, MatchFiles,
    MatchTable, SourceCatalog, SourceFacts, SourceFiles,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sky_catalog::ColumnType;
use sky_fits::{BinColumn, PixelData, Values, ldac, write_image};
use sky_image::Header;
use step_contract::{Engine, Execution, FileEntry, Manifest, Product, ProductRef, Reason, Status, Unit};

pub(crate) const RUN_ID: &str = "run-20260101_000000";
/// Side of a tile, pixels of 0.025 mm.
pub(crate) const SIDE_PX: usize = 300;

/// A tile of the test's run.
pub(crate) struct TestTile {
    pub(crate) id: &'static str,
    /// Plate coordinate of the left edge, mm.
    pub(crate) left_mm: f64,
    /// Kept rows: number, x_image, y_image, snr.
    pub(crate) kept: Vec<(i64, f64, f64, f64)>,
    /// Dropped rows: x_image, y_image, reasons.
    pub(crate) dropped: Vec<(f64, f64, &'static str)>,
    /// Whether every veto was there.
    pub(crate) complete: bool,
    /// Why there is no verdict.
    pub(crate) blocked: Option<&'static str>,
}

pub(crate) struct TestRun {
    pub(crate) root: tempfile::TempDir,
}

impl TestRun {
    pub(crate) fn new(tiles: &[TestTile]) -> Self {
        Self::below(&std::env::temp_dir(), tiles)
    }

    pub(crate) fn below(parent: &Path, tiles: &[TestTile]) -> Self {
        let run = Self { root: tempfile::tempdir_in(parent).expect("a folder") };
        run.frames(tiles);
        run.catalogs(tiles);
        run.matches(tiles);
        run.verdicts(tiles);
        run
    }

    pub(crate) fn folder(&self, kind: &str) -> PathBuf {
        self.root.path().join("data").join(kind).join(RUN_ID)
    }

    pub(crate) fn manifests(&self) -> [PathBuf; 4] {
        ["masks", "catalogs/p2", "xmatch", "filter"].map(|kind| self.folder(kind).join("manifest.json"))
    }

    fn frames(&self, tiles: &[TestTile]) {
        let folder = self.folder("masks");
        let units = tiles.iter().map(|tile| {
            let pixels = Array2::from_shape_fn((SIDE_PX, SIDE_PX), |(y, x)| 3700 + ((x * 31 + y * 17) % 97) as i16 + star(tile, x, y));
            let mut bytes = Vec::new();
            write_image(&mut bytes, &Header::new(), PixelData::I16(&pixels)).expect("an image");
            let image = entry(&folder, &format!("{}.clean.fits", tile.id), &bytes, None);
            let facts: FrameFacts = serde_json::from_value(json!({
                "width_px": SIDE_PX, "height_px": SIDE_PX,
                "astrometry": { "solution": "tan", "ra_deg": centre(tile).0, "dec_deg": centre(tile).1, "pixel_scale_arcsec": 1.7, "half_diagonal_arcmin": 6.0 },
                "plate": { "plate_id": "XE999" },
                "exposure": { "date_obs": "1953-04-19T10:00:00", "mjd_mid": 34486.43403, "exposure_s": 3000.0 }
            }))
            .expect("facts");
            done::<FrameSet>(tile.id, FrameFiles::of_image(image), facts)
        });
        write_manifest(&folder, "mask", units.collect());
    }

    fn catalogs(&self, tiles: &[TestTile]) {
        let folder = self.folder("catalogs/p2");
        let units = tiles.iter().map(|tile| {
            let count = tile.kept.len() + tile.dropped.len();
            let column = |name: &str, value: f32| {
                BinColumn::new(name, Values::F32((0..count).map(|row| value + row as f32 * 0.1).collect()))
            };
            let mut mag = column("MAG_AUTO", 8.0);
            if let Values::F32(values) = &mut mag.values
                && let Some(first) = values.first_mut()
            {
                *first = 99.0;
            }
            let mut bytes = Vec::new();
            ldac::write(&mut bytes, &Header::new(), &[column("FWHM_IMAGE", 2.5), mag, column("SNR_WIN", 12.0)])
                .expect("a catalogue");
            let catalog = entry(&folder, &format!("{}.cat", tile.id), &bytes, Some(count as u64));
            let facts: SourceFacts = serde_json::from_value(
                json!({ "objects_detected": count, "width_px": SIDE_PX, "height_px": SIDE_PX, "fwhm_median_px": 2.7 }),
            )
            .expect("facts");
            done::<SourceCatalog>(tile.id, SourceFiles::of(catalog), facts)
        });
        write_manifest(&folder, "detect-p2", units.collect());
    }

    /// Gaia (which vetoes) and USNO-B (which vetoes nothing here) with the same statistics in each tile.
    fn matches(&self, tiles: &[TestTile]) {
        let folder = self.folder("xmatch");
        let units = tiles.iter().map(|tile| {
            let table = |name: &str| entry(&folder, &format!("{}_{name}.csv", tile.id), b"number\n", Some(0));
            let reference = |name: &str, share: f64| {
                json!({ "reference": name, "label": format!("catalog-{name}"), "status": "done", "rows": 50, "rows_invalid": 0,
                    "pairs": 31, "detections_matched": 30, "detections_unmatched": 10, "references_matched": 29,
                    "references_unmatched": 21, "chance_fraction_expected": share, "chance_fraction_measured": share })
            };
            let facts: MatchFacts = serde_json::from_value(json!({
                "match_radius_arcsec": 5.0, "detections": 40, "detections_invalid": 0, "matched_count": 30, "unmatched_local": 0,
                "unmatched_cdss": 0, "references": [reference("gaia", 0.02), reference("usnob", 0.5)],
                "tie": { "ok": true, "median_after_arcsec": 0.21 }, "cdss": { "backend": "disabled" }
            }))
            .expect("facts");
            let files = MatchFiles { xmatch: table("xmatch"), local: table("local"), cdss: table("cdss"), refonly: table("refonly") };
            done::<MatchTable>(tile.id, files, facts)
        });
        write_manifest(&folder, "xmatch", units.collect());
    }

    fn verdicts(&self, tiles: &[TestTile]) {
        let folder = self.folder("filter");
        let units = tiles.iter().map(|tile| {
            if let Some(message) = tile.blocked {
                return Unit::<CandidateTable> {
                    unit: tile.id.to_owned(),
                    status: Status::Blocked,
                    key: None,
                    files: None,
                    facts: None,
                    reason: Some(Reason::blocked("catalog", tile.id, message)),
                    warnings: Vec::new(),
                    ties: step_contract::Ties::default(),
                };
            }
            let kept: Vec<_> = tile.kept.iter().map(|(number, x, y, snr)| line(tile, *number, *x, *y, *snr, "")).collect();
            let dropped: Vec<_> =
                tile.dropped.iter().enumerate().map(|(row, (x, y, reasons))| line(tile, 100 + row as i64, *x, *y, 20.0, reasons)).collect();
            let mut first_reasons: BTreeMap<String, u64> = BTreeMap::new();
            for (_, _, reasons) in &tile.dropped {
                *first_reasons.entry(reasons.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
            }
            let table = |name: &str, lines: &[String]| {
                let text = format!("{}\n{}", COLUMNS.iter().map(|c| c.name).collect::<Vec<_>>().join(","), lines.concat());
                entry(&folder, &format!("{}_{name}.csv", tile.id), text.as_bytes(), Some(lines.len() as u64))
            };
            let facts: CandidateFacts = serde_json::from_value(json!({
                "rule_set": "evidence", "order": "veto_first", "detections": kept.len() + dropped.len(), "kept_count": kept.len(),
                "dropped_count": dropped.len(), "candidates_count": if tile.complete { kept.len() } else { 0 },
                "veto_status": if tile.complete { "complete" } else { "unknown" }, "first_reasons": first_reasons,
                "evidence": [
                    { "catalog": "gaia", "status": "done", "required": true, "vetoes": true,
                        "sight": { "bright": 12, "matched": 11, "share": 0.77, "by_lower_end": true, "empty_parts": 0 } },
                    { "catalog": "ps1", "status": if tile.complete { "done" } else { "skipped" }, "required": true, "vetoes": true }],
                "validator": { "pairs_checked": 0, "tolerance_arcsec": 0.05, "radius_arcsec": 5.0, "max_difference_arcsec": 0.0 }
            }))
            .expect("facts");
            done::<CandidateTable>(tile.id, CandidateFiles { kept: table("kept", &kept), dropped: table("dropped", &dropped) }, facts)
        });
        write_manifest(&folder, "filter", units.collect());
    }
}

/// Plate x grows to the east, against the columns; the plate's centre is at RA 150, Dec 20.
fn place(tile: &TestTile, x: f64, y: f64) -> (f64, f64, f64, f64) {
    let (x_mm, y_mm) = (tile.left_mm - 0.025 * x, 20.0 + 0.025 * y);
    let dec = 20.0 + y_mm * 67.2 / 3600.0;
    (150.0 + x_mm * 67.2 / 3600.0 / (20.37_f64.to_radians().cos()), dec, x_mm, y_mm)
}

fn centre(tile: &TestTile) -> (f64, f64) {
    let (ra, dec, _, _) = place(tile, SIDE_PX as f64 / 2.0, SIDE_PX as f64 / 2.0);
    (ra, dec)
}

fn star(tile: &TestTile, x: usize, y: usize) -> i16 {
    let value: f64 = (tile.kept.iter())
        .map(|(_, sx, sy, snr)| {
            let r2 = (x as f64 + 1.0 - sx).powi(2) + (y as f64 + 1.0 - sy).powi(2);
            snr * 60.0 / (1.0 + r2 / 6.0).powi(3)
        })
        .sum();
    value as i16
}

fn line(tile: &TestTile, number: i64, x: f64, y: f64, snr: f64, reasons: &str) -> String {
    let (ra, dec, x_mm, y_mm) = place(tile, x, y);
    let cells = COLUMNS.iter().map(|column| match column.name {
        "unit" => tile.id.to_owned(),
        "number" => number.to_string(),
        "is_candidate" => (reasons.is_empty() && tile.complete).to_string(),
        "veto_status" => if tile.complete { "complete" } else { "unknown" }.to_owned(),
        "reasons" => reasons.to_owned(),
        "ra_deg" => format!("{ra:.9}"),
        "dec_deg" => format!("{dec:.9}"),
        "astrometric_solution" => "tan+tie".to_owned(),
        "x_image" => format!("{x:.3}"),
        "y_image" => format!("{y:.3}"),
        "plate_id" => "XE999".to_owned(),
        "plate_x_mm" => format!("{x_mm:.4}"),
        "plate_y_mm" => format!("{y_mm:.4}"),
        "mjd_mid" => "34486.43403".to_owned(),
        "snr_win" => format!("{snr:.3}"),
        "is_core" => (x > 60.0).to_string(),
        _ => match column.kind {
            ColumnType::Bool => "false".to_owned(),
            ColumnType::Text => String::new(),
            _ => "1".to_owned(),
        },
    });
    format!("{}\n", cells.collect::<Vec<_>>().join(","))
}

fn entry(folder: &Path, name: &str, bytes: &[u8], rows: Option<u64>) -> FileEntry {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a file");
    let sha256 = step_contract::hex(&Sha256::digest(bytes));
    FileEntry { path: name.to_owned(), bytes: bytes.len() as u64, sha256, rows, discarded: None }
}

fn done<P: Product>(id: &str, files: P::Files, facts: P::Facts) -> Unit<P> {
    Unit {
        unit: id.to_owned(),
        status: Status::Done,
        key: Some("0".repeat(64)),
        files: Some(files),
        facts: Some(facts),
        reason: None,
        warnings: Vec::new(),
        ties: step_contract::Ties::default(),
    }
}

fn write_manifest<P: Product>(folder: &Path, label: &str, mut units: Vec<Unit<P>>) {
    units.sort_by(|a, b| a.unit.cmp(&b.unit));
    let manifest = Manifest::<P> {
        product: ProductRef { name: P::NAME.to_owned(), version: P::VERSION },
        run_id: RUN_ID.to_owned(),
        step: label.split('-').next().unwrap_or_default().to_owned(),
        label: label.to_owned(),
        build: "0.1.0+000000000000".to_owned(),
        engine: Engine { name: "native".to_owned(), version: "0.1.0".to_owned() },
        config: json!({}),
        reads: Vec::new(),
        payload: P::payload(&units),
        units,
        files: BTreeMap::new(),
        shard: None,
        execution: Execution::default(),
    };
    let value: Value = serde_json::to_value(&manifest).expect("JSON");
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("manifest.json"), serde_json::to_vec_pretty(&value).expect("JSON")).expect("a file");
}
