//! The step on real and simulated plates, beside the tools of the field.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::Path;
use std::process::Command;

use sky_coords::{PixelPos, SkyPos};
use sky_fits::{BinTable, Values};
use sky_wcs::Wcs;
use step_detect::Detect;
use step_harness::testing::InProcess;

/// Epoch of the M67 plate XE486 (1951-11-29) and of the Gaia table, Julian years.
const PLATE_EPOCH_YR: f64 = 1951.91;
const GAIA_EPOCH_YR: f64 = 2016.0;
/// Farthest that a detection may be from a star's place.
const MATCH_ARCSEC: f64 = 5.0;

fn numbers(table: &BinTable, name: &str) -> Vec<f64> {
    let column = table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("column {name}"));
    match &column.values {
        Values::F64(values) => values.clone(),
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        other => panic!("{name} holds {other:?}"),
    }
}

fn places(table: &BinTable) -> Vec<(f64, f64)> {
    numbers(table, "XWIN_IMAGE").into_iter().zip(numbers(table, "YWIN_IMAGE")).collect()
}

/// Runs source-extractor with the survey plan's detection and returns its catalogue.
fn source_extractor(tool: &Path, image: &Path) -> BinTable {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("columns.param"), "NUMBER\nXWIN_IMAGE\nYWIN_IMAGE\n").expect("a parameter file");
    std::fs::write(file("default.conv"), "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n").expect("a filter file");
    let status = Command::new(tool)
        .current_dir(folder.path())
        .arg(image)
        .args(["-c", "/dev/null", "-PARAMETERS_NAME", "columns.param", "-FILTER_NAME", "default.conv"])
        .args(["-DETECT_THRESH", "5", "-ANALYSIS_THRESH", "5", "-DETECT_MINAREA", "5", "-VERBOSE_TYPE", "QUIET"])
        .args(["-CATALOG_TYPE", "FITS_LDAC", "-CATALOG_NAME", "theirs.ldac"])
        .status()
        .expect("source-extractor starts");
    assert!(status.success(), "source-extractor failed");
    sky_fits::ldac::read(&file("theirs.ldac")).expect("its catalogue").1
}

#[test]
fn gaia_stars_on_the_m67_plate_are_found_as_often_as_by_source_extractor() {
    let Some(data) = test_sky::real_data("gaia_stars_on_the_m67_plate_are_found_as_often_as_by_source_extractor")
    else {
        return;
    };
    let Some(tool) = test_sky::tool("source-extractor") else { return };
    let image = data.join("a_dss/dss1_red_M67_XE486.fits");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let result = InProcess::<Detect>::new(&out).read("frames", &image).run();
    assert_eq!(result.exit, 0);
    let unit = &result.manifest.units[0];
    let (_, ours) = sky_fits::ldac::read(&out.join(format!("{}.cat", unit.unit))).expect("our catalogue");
    let theirs = source_extractor(&tool, &image);

    let gaia = sky_table::read_table(
        &data.join("b_catalog/m67/m67_gaia_dr3_cone30arcmin_astro53396.csv.gz"),
        &sky_table::ReadOptions::default(),
    )
    .expect("the Gaia table")
    .table;
    let column = |name: &str| gaia.numbers(name).expect("a numeric column");
    let (ra, dec, pm_ra, pm_dec, g) =
        (column("ra"), column("dec"), column("pmra"), column("pmdec"), column("phot_g_mean_mag"));
    let header = sky_fits::ImageReader::open(&image).and_then(|reader| reader.read()).expect("the plate").header;
    let wcs = Wcs::from_header(&header).expect("the plate's polynomial");
    let (width, height) = (1059.0, 1059.0);
    let stars: Vec<(f64, f64, f64)> = (0..gaia.n_rows())
        .filter_map(|row| {
            let motion = |value: f64| if value.is_finite() { value } else { 0.0 };
            let then = SkyPos::new(ra[row], dec[row]).moved(
                motion(pm_ra[row]),
                motion(pm_dec[row]),
                GAIA_EPOCH_YR,
                PLATE_EPOCH_YR,
            );
            let PixelPos { x_px, y_px } = wcs.pixel_from_sky(then)?;
            let inside = x_px >= 8.0 && y_px >= 8.0 && x_px < width - 8.0 && y_px < height - 8.0;
            inside.then_some((x_px + 1.0, y_px + 1.0, g[row]))
        })
        .collect();
    let radius_px = MATCH_ARCSEC / wcs.pixel_scale_arcsec();
    let (ours, theirs) = (places(&ours), places(&theirs));
    for (bright, faint) in [(12.0, 16.0), (16.0, 18.0)] {
        let wanted: Vec<_> = stars.iter().filter(|star| star.2 >= bright && star.2 < faint).collect();
        let share = |places: &[(f64, f64)]| {
            let near = |star: &&&(f64, f64, f64)| {
                places.iter().any(|(x, y)| (x - star.0).powi(2) + (y - star.1).powi(2) <= radius_px * radius_px)
            };
            wanted.iter().filter(near).count() as f64 / wanted.len().max(1) as f64
        };
        let (share_ours, share_theirs) = (share(&ours), share(&theirs));
        eprintln!(
            "M67, G {bright} to {faint}: {} rows of ours, {} of theirs, {} Gaia stars compared: {:.2} % and {:.2} % found",
            ours.len(),
            theirs.len(),
            wanted.len(),
            100.0 * share_ours,
            100.0 * share_theirs
        );
        assert!(wanted.len() > 300, "{} stars", wanted.len());
        assert!(share_ours >= share_theirs - 0.005, "{share_ours} of the stars, source-extractor finds {share_theirs}");
    }
}

#[test]
fn psfex_makes_a_model_from_our_catalogue() {
    let Some(data) = test_sky::real_data("psfex_makes_a_model_from_our_catalogue") else { return };
    let Some(tool) = test_sky::tool("psfex") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let result = InProcess::<Detect>::new(&out)
        .config_toml(
            "columns = [\"NUMBER\", \"X_IMAGE\", \"Y_IMAGE\", \"FLUX_APER\", \"FLUXERR_APER\", \"FLUX_RADIUS\", \"ELONGATION\", \"FLAGS\", \"SNR_WIN\", \"VIGNET\"]\n[detect]\nvignet = true\nvignet_px = 35\n[photometry]\ngain_e_per_adu = 1.0",
        )
        .read("frames", data.join("i_sim/std/tile.fits.gz"))
        .run();
    assert_eq!(result.exit, 0);
    let status = Command::new(tool)
        .current_dir(&out)
        .args(["tile.cat", "-c", "/dev/null", "-CHECKPLOT_TYPE", "NONE", "-CHECKIMAGE_TYPE", "NONE", "-WRITE_XML", "N"])
        .args(["-VERBOSE_TYPE", "QUIET", "-PSF_DIR", "."])
        .status()
        .expect("psfex starts");
    assert!(status.success(), "psfex refused our catalogue");
    let model = sky_fits::PsfexFile::read(&out.join("tile.psf")).expect("its model");
    eprintln!(
        "psfex: {} rows of ours, {} stars loaded, {} accepted, FWHM {:.2} px, chi2 {:.2}",
        result.manifest.units[0].facts.as_ref().map_or(0, |facts| facts.objects_detected),
        model.loaded,
        model.accepted,
        model.fwhm_px,
        model.chi2
    );
    assert!(model.accepted > 300, "{} stars accepted", model.accepted);
}

/// The floor of the survey chain: pass 1, PSF, pass 2 on the standard tile give stars a SPREAD_MODEL of zero.
#[test]
fn stars_of_the_standard_tile_have_no_spread() {
    let Some(data) = test_sky::real_data("stars_of_the_standard_tile_have_no_spread") else { return };
    let image = data.join("i_sim/std/tile.fits.gz");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = |name: &str| folder.path().join(name);
    let first = InProcess::<Detect>::new(place("p1")).read("frames", &image).run();
    let psf = InProcess::<step_psf::Psf>::new(place("psf")).read("frames", &image).read("catalog", place("p1")).run();
    let second = InProcess::<Detect>::new(place("p2")).read("frames", &image).read("psf", place("psf")).run();
    assert_eq!((first.exit, psf.exit, second.exit), (0, 0, 0));
    let (_, found) = sky_fits::ldac::read(&place("p2").join("tile.cat")).expect("the catalogue of pass 2");
    let places = places(&found);
    let (spread, fit) =
        (numbers(&found, "SPREAD_MODEL"), (numbers(&found, "XPSF_IMAGE"), numbers(&found, "YPSF_IMAGE")));

    let truth = sky_fits::read_bintable(&data.join("i_sim/std/truth.fits.gz"), None).expect("the truth");
    let values = |name: &str| &truth.columns.iter().find(|column| column.name == name).expect("a column").values;
    let (Values::Text(kind), Values::Logical(isolated), Values::U8(mask)) =
        (values("KIND"), values("ISOLATED"), values("MASK"))
    else {
        panic!("KIND, ISOLATED and MASK are text, logical and byte")
    };
    let (x, y, mag) = (numbers(&truth, "X"), numbers(&truth, "Y"), numbers(&truth, "MAG"));
    let (mut spreads, mut squares) = (Vec::new(), Vec::new());
    for star in (0..truth.rows).filter(|row| kind[*row] == "star" && isolated[*row] == Some(true) && mask[*row] == 0) {
        if !(15.0..18.0).contains(&mag[star]) {
            continue;
        }
        let near = |(px, py): &(f64, f64)| (px - x[star]).powi(2) + (py - y[star]).powi(2) < 1.0;
        if let Some(row) = places.iter().position(near) {
            spreads.push(spread[row]);
            if mag[star] >= 16.0 && mag[star] < 17.0 {
                squares.push(0.5 * ((fit.0[row] - x[star]).powi(2) + (fit.1[row] - y[star]).powi(2)));
            }
        }
    }
    let n = spreads.len();
    let median = sky_stats::median(&mut spreads).expect("stars");
    let rms = (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt();
    eprintln!(
        "standard tile, pass 2: {} rows, {n} undisturbed stars of 15 to 18 mag compared: median SPREAD_MODEL {median:+.5}; XPSF rms {rms:.4} px of {} stars at 16 to 17 mag",
        found.rows,
        squares.len()
    );
    assert!(n > 200, "{n} stars compared");
    assert!(median.abs() <= 0.003, "median SPREAD_MODEL {median}");
}
