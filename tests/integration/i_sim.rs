//! The simulated tile with truth, from `detect-p1` through `vasco.toml`, with USNO-B1.0 from a local table.
#![allow(clippy::print_stderr, reason = "comparisons say how many rows they compared")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{manifest, only_file, skyledger, table};

/// A detection within this distance of a planted object is that object, pixels: about a FWHM.
const SAME_OBJECT_PX: f64 = 2.0;
/// Stars in each window of the completeness.
const WINDOW: usize = 300;

/// What was planted.
struct Truth {
    kind: Vec<String>,
    x: Vec<f64>,
    y: Vec<f64>,
    mag: Vec<f64>,
    clean: Vec<bool>,
}

impl Truth {
    fn read(file: &Path) -> Self {
        let rows = sky_fits::read_bintable(file, None).expect("the truth table");
        let number = |name: &str| rows.numbers(name).expect("a column of the truth");
        let kind: Vec<String> = rows.texts("KIND").expect("KIND").iter().map(|kind| kind.trim().to_owned()).collect();
        let logical = |name: &str| match &rows.column(name).expect("a column of the truth").values {
            sky_fits::Values::Logical(values) => values.clone(),
            _ => panic!("{name} holds no logicals"),
        };
        let (saturated, isolated, mask) = (logical("SATURATED"), logical("ISOLATED"), number("MASK"));
        let is_clean = |row: usize| saturated[row] == Some(false) && isolated[row] == Some(true) && mask[row] == 0.0;
        let clean = (0..kind.len()).map(is_clean).collect();
        Self { clean, x: number("X"), y: number("Y"), mag: number("MAG"), kind }
    }

    fn rows(&self, kind: &str) -> Vec<usize> {
        (0..self.kind.len()).filter(|row| self.kind[*row] == kind).collect()
    }
}

/// Positions in a grid of cells, for the nearest within a few pixels.
struct Places {
    cells: BTreeMap<(i64, i64), Vec<usize>>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Places {
    const CELL_PX: f64 = 8.0;

    fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        let mut cells: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        for row in 0..x.len() {
            cells.entry(Self::cell(x[row], y[row])).or_default().push(row);
        }
        Self { cells, x, y }
    }

    fn cell(x: f64, y: f64) -> (i64, i64) {
        ((x / Self::CELL_PX).floor() as i64, (y / Self::CELL_PX).floor() as i64)
    }

    fn nearest(&self, x: f64, y: f64) -> Option<usize> {
        let (column, row) = Self::cell(x, y);
        let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy)));
        near.filter_map(|cell| self.cells.get(&cell))
            .flatten()
            .map(|&found| (found, (self.x[found] - x).hypot(self.y[found] - y)))
            .filter(|(_, distance)| *distance <= SAME_OBJECT_PX)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(found, _)| found)
    }
}

#[test]
fn the_simulated_tile_meets_its_floors() {
    let Some(data) = test_sky::real_data("i_sim/std through vasco.toml from detect-p1") else { return };
    let folder = TempDir::new().expect("a folder");
    let root = folder.path().join("root");
    let tile = data.join("i_sim/std/tile.fits.gz");
    let (root_text, frames, local) = (
        root.display().to_string(),
        format!("detect-p1.frames={}", tile.display()),
        format!("local={}", data.join("i_sim/std").display()),
    );
    let words =
        ["run", "vasco", "--root", &root_text, "--run-id", "std", "--from-step", "detect-p1", "--read", &frames];
    let more = ["--input", &local, "--set", "catalog-usnob.local.file=\"usnob.tsv.gz\""];
    skyledger(&[&words[..], &more[..]].concat()).expect(0);

    let truth = Truth::read(&data.join("i_sim/std/truth.fits.gz"));
    let (_, ours) = sky_fits::ldac::read(&only_file(&root, "data/catalogs/p2", "std", ".cat")).expect("our catalogue");
    let column = |name: &str| ours.numbers(name).expect("a column of ours");
    let places = Places::new(column("XWIN_IMAGE"), column("YWIN_IMAGE"));
    let spread = column("SPREAD_MODEL");

    let stars: Vec<usize> = truth.rows("star").into_iter().filter(|row| truth.clean[*row]).collect();
    let found: Vec<(usize, usize)> =
        stars.iter().filter_map(|&star| places.nearest(truth.x[star], truth.y[star]).map(|row| (star, row))).collect();
    let bright: Vec<&(usize, usize)> =
        found.iter().filter(|(star, _)| (16.0..17.0).contains(&truth.mag[*star])).collect();
    let rms = |offset: &dyn Fn(usize, usize) -> f64| {
        let sum: f64 = bright.iter().map(|&&(star, row)| offset(star, row) * offset(star, row)).sum();
        (sum / bright.len() as f64).sqrt()
    };
    let (x_rms, y_rms) =
        (rms(&|star, row| places.x[row] - truth.x[star]), rms(&|star, row| places.y[row] - truth.y[star]));
    let mut spreads: Vec<f64> =
        found.iter().filter(|(star, _)| truth.mag[*star] < 18.5).map(|&(_, row)| spread[row]).collect();
    spreads.sort_by(f64::total_cmp);
    let spread_median = spreads[spreads.len() / 2];
    eprintln!(
        "i_sim/std: ours {} rows, {} clean stars, {} matched; XWIN rms {x_rms:.4}, YWIN rms {y_rms:.4} px of {} stars at 16 to 17 mag; \
         SPREAD_MODEL median {spread_median:.5} of {}",
        ours.rows,
        stars.len(),
        found.len(),
        bright.len(),
        spreads.len()
    );
    assert!(bright.len() >= 20 && spreads.len() >= 500, "{} and {} stars were compared", bright.len(), spreads.len());
    assert!(x_rms <= 0.05 && y_rms <= 0.05, "XWIN rms {x_rms}, YWIN rms {y_rms}");
    assert!(spread_median.abs() <= 0.003, "SPREAD_MODEL median {spread_median}");

    if let Some(tool) = test_sky::tool("source-extractor") {
        let theirs = source_extractor(&tool, &tile, folder.path());
        let (limit_ours, limit_theirs) = (limit_90(&truth, &places), limit_90(&truth, &theirs));
        eprintln!(
            "i_sim/std: ours {} rows, source-extractor {} rows; 90 % complete to {limit_ours:.2} mag, theirs {limit_theirs:.2} mag",
            ours.rows,
            theirs.x.len()
        );
        assert!(theirs.x.len() > 4000, "source-extractor found {} sources", theirs.x.len());
        assert!(limit_ours >= limit_theirs - 0.1, "{limit_ours} is more than 0.1 mag brighter than {limit_theirs}");
    }
    account_for_the_vanished(&root, &truth);
}

/// Every vanished star is kept, dropped with a reason, or not among the detections; the counts close.
fn account_for_the_vanished(root: &Path, truth: &Truth) {
    let filter = manifest(root, "data/filter", "std");
    let facts = &filter["units"][0]["facts"];
    let (kept, dropped) = (
        table(&only_file(root, "data/filter", "std", "_kept.csv")),
        table(&only_file(root, "data/filter", "std", "_dropped.csv")),
    );
    assert_eq!(
        kept.n_rows() + dropped.n_rows(),
        facts["detections"].as_u64().expect("a count") as usize,
        "every detection is judged once"
    );
    let places = |rows: &sky_catalog::Table| {
        Places::new(rows.numbers("x_image").expect("a column"), rows.numbers("y_image").expect("a column"))
    };
    let (kept_places, dropped_places) = (places(&kept), places(&dropped));
    let reasons = dropped.texts("reasons").expect("a column");
    let mut account: BTreeMap<String, usize> = BTreeMap::new();
    for star in truth.rows("vanished") {
        let what = if kept_places.nearest(truth.x[star], truth.y[star]).is_some() {
            "kept".to_owned()
        } else if let Some(row) = dropped_places.nearest(truth.x[star], truth.y[star]) {
            let reason = reasons[row].split(['(', '|']).next().unwrap_or_default().to_owned();
            assert!(!reason.is_empty(), "a dropped row has a reason");
            reason
        } else {
            "not detected".to_owned()
        };
        *account.entry(what).or_insert(0) += 1;
    }
    eprintln!("i_sim/std: vanished stars: {account:?}");
    assert_eq!(account.values().sum::<usize>(), truth.rows("vanished").len(), "each is accounted for once");
    assert!(account.get("kept").copied().unwrap_or(0) > 0, "some survive solano2022: {account:?}");
}

/// The magnitude at which the share of detected stars first falls below 90 %, in windows of stars sorted by magnitude.
fn limit_90(truth: &Truth, places: &Places) -> f64 {
    let mut stars: Vec<usize> = truth.rows("star").into_iter().filter(|row| truth.clean[*row]).collect();
    stars.sort_by(|a, b| truth.mag[*a].total_cmp(&truth.mag[*b]));
    let found: Vec<bool> = stars.iter().map(|star| places.nearest(truth.x[*star], truth.y[*star]).is_some()).collect();
    let below =
        found.windows(WINDOW).position(|window| window.iter().filter(|found| **found).count() * 10 < WINDOW * 9);
    truth.mag[stars[below.expect("faint stars are lost") + WINDOW / 2]]
}

/// Source-extractor with the settings of the second pass.
fn source_extractor(tool: &Path, tile: &Path, folder: &Path) -> Places {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file of settings");
    write("std.param", "XWIN_IMAGE\nYWIN_IMAGE\n");
    write("default.conv", "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n");
    let raw = sky_fits::ImageReader::open(tile).and_then(|reader| reader.read_raw()).expect("the tile");
    let mut plain = std::fs::File::create(folder.join("tile.fits")).expect("a file");
    sky_fits::write_image_scaled(&mut plain, &raw.header, raw.pixels.view(), &raw.scaling)
        .expect("the tile without gzip");
    let output = Command::new(tool)
        .args(["tile.fits", "-c", "/dev/null", "-CATALOG_NAME", "std.cat", "-CATALOG_TYPE", "ASCII"])
        .args(["-PARAMETERS_NAME", "std.param", "-DETECT_THRESH", "5", "-ANALYSIS_THRESH", "5", "-DETECT_MINAREA", "5"])
        .args(["-FILTER", "Y", "-FILTER_NAME", "default.conv", "-BACK_SIZE", "64", "-BACK_FILTERSIZE", "3"])
        .args(["-SATUR_LEVEL", "50000", "-GAIN", "0", "-VERBOSE_TYPE", "QUIET"])
        .current_dir(folder)
        .output()
        .expect("source-extractor runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.join("std.cat")).expect("its catalogue");
    let numbers: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    Places::new(numbers.iter().step_by(2).copied().collect(), numbers.iter().skip(1).step_by(2).copied().collect())
}
