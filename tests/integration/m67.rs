//! The real M67 plate (XE486) through the whole of `vanished.toml`, from a local folder.
#![allow(clippy::print_stderr, reason = "comparisons say how many rows they compared")]

use std::path::Path;
use std::process::Command;

use sky_coords::{PixelPos, SkyPos};
use sky_match::match_all;
use sky_wcs::Wcs;
use tempfile::TempDir;

use crate::command::{Ended, manifest, only_file, skyledger, table};

const GAIA: &str = "m67_gaia_dr3_cone30arcmin_astro53396.csv.gz";
const PLATE: &str = "dss1_red_M67_XE486.fits";
/// Epoch of the plate and of the Gaia table.
const PLATE_EPOCH_YR: f64 = 1951.91;
const GAIA_EPOCH_YR: f64 = 2016.0;
/// Match radius of the completeness, arc seconds (the survey plan).
const RADIUS_ARCSEC: f64 = 5.0;

/// Stars of the Gaia table with their places at both epochs.
struct Gaia {
    at_2016: Vec<SkyPos>,
    at_plate: Vec<SkyPos>,
    mag: Vec<f64>,
    pm_mas_yr: Vec<f64>,
    /// Names of the stars that have a proper motion.
    moving: std::collections::BTreeSet<String>,
}

impl Gaia {
    fn read(data: &Path) -> Self {
        let table = table(&data.join("b_catalog/m67").join(GAIA));
        let column = |name: &str| table.numbers(name).expect("a column of the Gaia table");
        let (ra, dec, pm_ra, pm_dec) = (column("ra"), column("dec"), column("pmra"), column("pmdec"));
        let names = table.texts("source_id").expect("a column of the Gaia table");
        let moving = names.into_iter().zip(&pm_ra).filter(|(_, pm)| pm.is_finite()).map(|(name, _)| name).collect();
        let zero = |value: f64| if value.is_nan() { 0.0 } else { value };
        let at_2016: Vec<SkyPos> = ra.iter().zip(&dec).map(|(ra, dec)| SkyPos::new(*ra, *dec)).collect();
        let moved = |row: usize| at_2016[row].moved(zero(pm_ra[row]), zero(pm_dec[row]), GAIA_EPOCH_YR, PLATE_EPOCH_YR);
        Self {
            at_plate: (0..at_2016.len()).map(moved).collect(),
            pm_mas_yr: (0..at_2016.len()).map(|row| zero(pm_ra[row]).hypot(zero(pm_dec[row]))).collect(),
            mag: column("phot_g_mean_mag"),
            moving,
            at_2016,
        }
    }

    /// Rows of a range of G whose place at the plate's epoch is inside the frame by a margin.
    fn inside(&self, wcs: &Wcs, mag: std::ops::Range<f64>, margin_px: f64) -> Vec<usize> {
        let within = |pixel: PixelPos| {
            let range = margin_px - 0.5..1059.0 - margin_px - 0.5;
            range.contains(&pixel.x_px) && range.contains(&pixel.y_px)
        };
        (0..self.mag.len())
            .filter(|row| mag.contains(&self.mag[*row]))
            .filter(|row| wcs.pixel_from_sky(self.at_plate[*row]).is_some_and(within))
            .collect()
    }
}

/// Runs the chain on a copy of the plate in a folder of its own (the data folder holds other plates).
fn run(data: &Path, root: &Path, plates: &Path, more: &[&str]) -> Ended {
    std::fs::create_dir_all(plates).expect("a folder for the plate");
    std::fs::copy(data.join("a_dss").join(PLATE), plates.join(PLATE)).expect("the plate");
    let plates = format!("plates={}", plates.display());
    let local = format!("local={}", data.join("b_catalog/m67").display());
    let root = root.display().to_string();
    let mut words: Vec<String> =
        ["run", "vanished", "--root", &root, "--run-id", "m67", "--input", &plates, "--input", &local]
            .map(Into::into)
            .into();
    let mut set = |value: String| words.extend(["--set".to_owned(), value]);
    for label in ["catalog-gaia", "catalog-bright"] {
        set(format!("{label}.local.file=\"{GAIA}\""));
        set(format!("{label}.local.epoch_yr={GAIA_EPOCH_YR:.1}"));
    }
    for label in ["catalog-ps1", "catalog-usnob"] {
        set(format!("{label}.enabled=false"));
    }
    words.extend(more.iter().map(|word| (*word).to_owned()));
    skyledger(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn missing_evidence_blocks_the_tile_and_what_is_allowed_to_miss_makes_no_candidate() {
    let Some(data) = test_sky::real_data("m67 through vanished.toml") else { return };
    let folder = TempDir::new().expect("a folder");
    let (root, plates) = (folder.path().join("root"), folder.path().join("plates"));
    run(&data, &root, &plates, &[]).expect(20);
    let filter = manifest(&root, "data/filter", "m67");
    assert_eq!(filter["units"][0]["status"], "blocked");
    assert!(root.join("artifacts/m67/m67.zip").is_file(), "a blocked run is packaged too");

    run(&data, &root, &plates, &["--set", "filter.allow_missing=[\"ps1\", \"usnob\"]"]).expect(0);
    let kept = table(&only_file(&root, "data/filter", "m67", "_kept.csv"));
    let candidates = kept.texts("is_candidate").expect("a column");
    assert!(!candidates.is_empty() && candidates.len() < 60, "{} rows are not in Gaia", candidates.len());
    assert!(candidates.iter().all(|candidate| candidate == "false"), "no row is a candidate without PS1 and USNO-B");
    assert!(kept.texts("veto_status").expect("a column").iter().all(|status| status == "unknown"));
    skyledger(&["verify", "m67", "--root", &root.display().to_string()]).expect(0);
}

#[test]
fn the_plate_is_as_complete_as_source_extractor_finds_it_and_its_fast_stars_are_where_they_were() {
    let Some(data) = test_sky::real_data("m67 completeness, tie and fast stars") else { return };
    let folder = TempDir::new().expect("a folder");
    let (root, plates) = (folder.path().join("root"), folder.path().join("plates"));
    run(&data, &root, &plates, &["--to-step", "xmatch"]);
    let plate = sky_fits::ImageReader::open(&plates.join(PLATE)).and_then(|reader| reader.read()).expect("the plate");
    let wcs = Wcs::from_header(&plate.header).expect("the plate polynomial");
    let gaia = Gaia::read(&data);

    let (_, ours) = sky_fits::ldac::read(&only_file(&root, "data/catalogs/p2", "m67", ".cat")).expect("our catalogue");
    let column = |name: &str| ours.numbers(name).expect("a column of ours");
    let places = |x: Vec<f64>, y: Vec<f64>| -> Vec<SkyPos> {
        x.into_iter().zip(y).map(|(x, y)| wcs.sky_from_pixel(PixelPos::from_fits(x, y))).collect()
    };
    let ours = places(column("X_IMAGE"), column("Y_IMAGE"));
    if let Some(tool) = test_sky::tool("source-extractor") {
        let theirs = source_extractor(&tool, &plates.join(PLATE), folder.path());
        let theirs = places(theirs.0, theirs.1);
        for (range, floor) in [(12.0..16.0, 0.980), (16.0..18.0, 0.958)] {
            let stars = gaia.inside(&wcs, range.clone(), 0.0);
            let (share_ours, share_theirs) = (share(&gaia, &stars, &ours), share(&gaia, &stars, &theirs));
            eprintln!(
                "M67 G {range:?}: {} stars, ours {} rows {:.2} %, source-extractor {} rows {:.2} %",
                stars.len(),
                ours.len(),
                100.0 * share_ours,
                theirs.len(),
                100.0 * share_theirs
            );
            assert!(stars.len() > 400, "{} stars were compared", stars.len());
            assert!(share_ours >= share_theirs - 0.005, "{share_ours:.4} is more than 0.5 % below {share_theirs:.4}");
            assert!(share_theirs > floor - 0.01, "source-extractor 2.25 itself finds {floor}");
        }
    }

    let xmatch = manifest(&root, "data/xmatch", "m67");
    let facts = &xmatch["units"][0]["facts"];
    assert_eq!(facts["tie"]["ok"], true, "{facts}");
    // Stars of G 12 to 17 with proper motion, by the tied places.
    let pairs = table(&only_file(&root, "data/xmatch", "m67", "_xmatch.csv"));
    let number = |name: &str| pairs.numbers(name).expect("a column");
    let (mag, separation) = (number("ref_mag"), number("separation_arcsec"));
    let text = |name: &str| pairs.texts(name).expect("a column");
    let (best, name) = (text("best1"), text("reference_id"));
    let mut distances: Vec<f64> = (0..mag.len())
        .filter(|row| best[*row] == "true" && (12.0..17.0).contains(&mag[*row]) && gaia.moving.contains(&name[*row]))
        .map(|row| separation[row])
        .collect();
    distances.sort_by(f64::total_cmp);
    let median = distances[distances.len() / 2];
    let rms = (distances.iter().map(|distance| distance * distance).sum::<f64>() / distances.len() as f64).sqrt();
    eprintln!("M67 tie: {} stars of G 12 to 17, median {median:.3}\", rms {rms:.3}\"", distances.len());
    assert!(distances.len() > 600 && median <= 0.3, "median {median}\" of {} stars", distances.len());

    // Fast stars: where they were in 1951, not where they are.
    let tied: Vec<SkyPos> = tied_places(&root);
    let fast: Vec<usize> =
        gaia.inside(&wcs, 0.0..18.5, 8.0).into_iter().filter(|row| gaia.pm_mas_yr[*row] > 40.0).collect();
    let near = |places: &[SkyPos]| {
        let stars: Vec<SkyPos> = fast.iter().map(|row| places[*row]).collect();
        match_all(&stars, &tied, 2.5).expect("a radius").detections.matched.len()
    };
    let (carried, not_carried) = (near(&gaia.at_plate), near(&gaia.at_2016));
    eprintln!(
        "M67 fast stars: {} of {} within 2.5\" when carried to {PLATE_EPOCH_YR}, {not_carried} when not",
        carried,
        fast.len()
    );
    assert_eq!((fast.len(), carried), (18, 18), "all fast stars are found where they were");
    assert!(not_carried <= 1, "{not_carried} fast stars match where they are today");
}

/// Share of the stars with a detection within the radius.
fn share(gaia: &Gaia, stars: &[usize], detections: &[SkyPos]) -> f64 {
    let places: Vec<SkyPos> = stars.iter().map(|row| gaia.at_plate[*row]).collect();
    let matched = match_all(&places, detections, RADIUS_ARCSEC).expect("a radius").detections.matched.len();
    matched as f64 / stars.len() as f64
}

/// Tied places of all detections: those with a pair and those without.
fn tied_places(root: &Path) -> Vec<SkyPos> {
    let mut places = std::collections::BTreeMap::new();
    for ending in ["_xmatch.csv", "_local.csv"] {
        let rows = table(&only_file(root, "data/xmatch", "m67", ending));
        let column = |name: &str| rows.numbers(name).expect("a column");
        let (number, ra, dec) = (column("number"), column("det_ra_deg"), column("det_dec_deg"));
        for row in 0..number.len() {
            places.insert(number[row] as i64, SkyPos::new(ra[row], dec[row]));
        }
    }
    places.into_values().collect()
}

/// Source-extractor as it was measured once for the floors above: 5 sigma, 5 pixels, default.conv, mesh of 64.
fn source_extractor(tool: &Path, image: &Path, folder: &Path) -> (Vec<f64>, Vec<f64>) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file of settings");
    write("m67.param", "X_IMAGE\nY_IMAGE\n");
    write("default.conv", "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n");
    let output = Command::new(tool)
        .arg(image)
        .args([
            "-c",
            "/dev/null",
            "-CATALOG_NAME",
            "m67.cat",
            "-CATALOG_TYPE",
            "ASCII",
            "-PARAMETERS_NAME",
            "m67.param",
        ])
        .args(["-DETECT_THRESH", "5", "-ANALYSIS_THRESH", "5", "-DETECT_MINAREA", "5", "-FILTER", "Y"])
        .args(["-FILTER_NAME", "default.conv", "-BACK_SIZE", "64", "-BACK_FILTERSIZE", "3", "-VERBOSE_TYPE", "QUIET"])
        .current_dir(folder)
        .output()
        .expect("source-extractor runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.join("m67.cat")).expect("its catalogue");
    let numbers: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    (numbers.iter().step_by(2).copied().collect(), numbers.iter().skip(1).step_by(2).copied().collect())
}
