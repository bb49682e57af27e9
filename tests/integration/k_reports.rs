//! People's public bug reports turned into small files (`k_reports`): each folder's README says what is right and why, and its
//! `right` is a test here. `docs/trials.md` has the row of each.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sky_coords::SkyPos;
use sky_fits::BinTable;
use tempfile::TempDir;

use crate::command::{Ended, skyledger, skyledger_in, table};

/// The folder of reports, or `None` where there is no real data.
fn reports(test: &str) -> Option<PathBuf> {
    Some(test_sky::real_data(&format!("k_reports {test}"))?.join("k_reports"))
}

/// What a step made of a file.
struct Run {
    ended: Ended,
    out: TempDir,
}

impl Run {
    /// Runs a step with these words.
    fn step(id: &str, words: &[String]) -> Self {
        let out = TempDir::new().expect("a folder");
        let place = out.path().display().to_string();
        let mut all = vec!["step".to_owned(), id.to_owned(), "run".to_owned(), "--out".to_owned(), place];
        all.extend(words.iter().cloned());
        let ended = skyledger(&all.iter().map(String::as_str).collect::<Vec<_>>());
        Self { ended, out }
    }

    fn manifest(&self) -> Value {
        let bytes = std::fs::read(self.out.path().join("manifest.json"))
            .unwrap_or_else(|error| panic!("no manifest: {error}\n{}", self.ended.stderr));
        serde_json::from_slice(&bytes).expect("a manifest is JSON")
    }

    fn unit(&self) -> Value {
        self.manifest()["units"][0].clone()
    }

    fn status(&self) -> String {
        self.unit()["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The text of the warnings of a kind.
    fn warning(&self, kind: &str) -> Option<String> {
        let unit = self.unit();
        let found = unit["warnings"].as_array()?.iter().find(|warning| warning["kind"] == kind)?.clone();
        Some(found["message"].as_str().unwrap_or_default().to_owned())
    }

    /// The catalogue of a unit.
    fn catalogue(&self, unit: &str) -> BinTable {
        let path = self.out.path().join(format!("{unit}.cat"));
        sky_fits::ldac::read(&path).unwrap_or_else(|error| panic!("{error}\n{}", self.ended.stderr)).1
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// detect on one image, with more words.
fn detect(image: &Path, more: &[&str]) -> Run {
    let mut all = words(&["--read", &format!("frames={}", image.display())]);
    all.extend(words(more));
    Run::step("detect", &all)
}

fn column(table: &BinTable, name: &str) -> Vec<f64> {
    table.numbers(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Separation in arc seconds of the nearest row from a place.
fn nearest_row_off(run: &Run, unit: &str, ra_deg: f64, dec_deg: f64) -> f64 {
    let table = run.catalogue(unit);
    let (ra, dec) = (column(&table, "ALPHA_J2000"), column(&table, "DELTA_J2000"));
    let place = SkyPos::new(ra_deg, dec_deg);
    let off = |row: usize| SkyPos::new(ra[row], dec[row]).separation_arcsec(place);
    (0..ra.len()).map(off).fold(f64::INFINITY, f64::min)
}

#[test]
fn report_06_a_cube_names_its_axes_and_the_way_out() {
    let Some(data) = reports("06") else { return };
    let run = detect(&data.join("06-degenerate-axes/naxis3_two_planes.fits"), &[]);
    assert_eq!(run.ended.code, 21, "no file that detect takes");
    assert!(run.ended.stderr.contains("x2 of BITPIX") && run.ended.stderr.contains("plane"), "{}", run.ended.stderr);
}

/// SExtractor and astropy: EPOCH 1950 alone is FK4, a star at 150.7128 +19.7203 (J2000, four digits).
#[test]
fn report_10_epoch_1950_alone_is_fk4() {
    let Some(data) = reports("10") else { return };
    for file in ["epoch1950", "equinox1950", "radecsys_fk4"] {
        let run = detect(&data.join(format!("10-equinox/{file}.fits")), &[]);
        let off = nearest_row_off(&run, file, 150.7128, 19.7203);
        assert!(off < 0.4, "{file}: {off} arcsec from SExtractor's star, whose digits allow 0.3");
        let warning = run.warning("celestial_frame").expect("a warning that positions were carried");
        assert!(warning.contains("FK4 B1950"), "{warning}");
    }
}

/// All of these are J2000 within the orientation of FK5 (0.03"): the positions of the header that says ICRS.
#[test]
fn report_10_equinoxes_of_2000_in_words_are_2000() {
    let Some(data) = reports("10") else { return };
    let reference = detect(&data.join("11-scamp-pv/tan_pv_zero.fits"), &[]).catalogue("tan_pv_zero");
    let (ra, dec) = (column(&reference, "ALPHA_J2000")[0], column(&reference, "DELTA_J2000")[0]);
    for file in ["equinox_j2000", "equinox_text", "epoch2000", "fk5_2000", "crval_text"] {
        let run = detect(&data.join(format!("10-equinox/{file}.fits")), &[]);
        let off = nearest_row_off(&run, file, ra, dec);
        assert!(off < 0.03, "{file}: {off} arcsec from the ICRS header");
    }
}

/// b07: astropy's `SkyCoord(150, 20, frame=FK4)` of the reference pixel; DATE-OBS of 2024 is no epoch of an EPOCH of 1950.
#[test]
fn report_b07_epoch_1950_is_not_read_as_icrs() {
    let Some(data) = reports("b07") else { return };
    let run = detect(&data.join("b07-epoch-1950-read-as-icrs/epoch1950.fits.gz"), &[]);
    let table = run.catalogue("epoch1950");
    let (x, y) = (column(&table, "X_IMAGE"), column(&table, "Y_IMAGE"));
    let (ra, dec) = (column(&table, "ALPHA_J2000"), column(&table, "DELTA_J2000"));
    for row in 0..x.len() {
        // Precession alone moves this place by 0.68 degrees in right ascension; 0.24 degrees in declination.
        let plain = SkyPos::new(
            150.0 - 0.000_47 * (x[row] - 150.5) / 20.0_f64.to_radians().cos(),
            20.0 + 0.000_47 * (y[row] - 150.5),
        );
        let moved_deg = SkyPos::new(ra[row], dec[row]).separation_arcsec(plain) / 3600.0;
        assert!((0.65..0.75).contains(&moved_deg), "row {row} moved by {moved_deg} degrees");
    }
    assert!(run.warning("celestial_frame").is_some());
}

/// wcslib 8 and SExtractor: PV2_1 = PV2_2 = 0 without an index of 5 is no distortion.
#[test]
fn report_11_pv_cards_of_low_index_are_no_distortion() {
    let Some(data) = reports("11") else { return };
    let zero = detect(&data.join("11-scamp-pv/tan_pv_zero.fits"), &[]).catalogue("tan_pv_zero");
    let plain = detect(&data.join("10-equinox/crval_text.fits"), &[]).catalogue("crval_text");
    let (dec, expected) = (column(&zero, "DELTA_J2000"), column(&plain, "DELTA_J2000"));
    assert_eq!(dec.len(), 30, "all stars");
    for (row, (dec, expected)) in dec.iter().zip(&expected).enumerate() {
        assert!((dec - expected).abs() * 3600.0 < 0.03, "row {row}: {dec}, expected {expected}");
    }
    let spread =
        dec.iter().copied().fold(f64::NEG_INFINITY, f64::max) - dec.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(spread > 0.05, "declinations span {spread} degrees");
}

/// The positions of tan_pv and tpv, which have an index of 5, are those of one and the same polynomial.
#[test]
fn report_11_pv_cards_with_an_index_of_5_are_scamps() {
    let Some(data) = reports("11") else { return };
    let tpv = detect(&data.join("11-scamp-pv/tpv.fits"), &[]).catalogue("tpv");
    let pv = detect(&data.join("11-scamp-pv/tan_pv.fits"), &[]).catalogue("tan_pv");
    assert_eq!(column(&tpv, "DELTA_J2000"), column(&pv, "DELTA_J2000"));
}

#[test]
fn report_13_sextractors_files_are_read_as_they_stand() {
    let Some(data) = reports("13") else { return };
    let folder = data.join("13-param-descriptions");
    let image = folder.join("img.fits");
    let with = |name: &str| detect(&image, &["--config", &folder.join(name).display().to_string()]);
    let described = with("described.sex");
    assert_eq!(described.catalogue("img").columns.len(), 10, "SExtractor gives 10 columns\n{}", described.ended.stderr);
    let vec2 = with("vec2.sex").catalogue("img");
    let width = |table: &BinTable, name: &str| column(table, name).len() / table.rows;
    assert_eq!((width(&vec2, "FLUX_APER"), width(&vec2, "MAG_APER")), (2, 1), "as SExtractor");
    let vec3 = with("vec3.sex");
    assert_eq!(width(&vec3.catalogue("img"), "FLUX_APER"), 4, "as SExtractor");
    let flux = column(&vec3.catalogue("img"), "FLUX_APER");
    assert!(flux[0] != 0.0 && flux[2] == 0.0 && flux[3] == 0.0, "zeros where there is no aperture: {:?}", &flux[..4]);
    assert!(vec3.warning("vector_width").is_some(), "and a warning");
    let words = ["step", "detect", "run", "--out"];
    let out = TempDir::new().expect("a folder");
    let (place, config) = (out.path().display().to_string(), folder.join("env.sex").display().to_string());
    let read = format!("frames={}", image.display());
    let all: Vec<&str> = words.into_iter().chain([place.as_str(), "--read", &read, "--config", &config]).collect();
    let kernels = TempDir::new().expect("a folder");
    std::fs::write(kernels.path().join("default.conv"), "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n").expect("a kernel");
    let home = kernels.path().display().to_string();
    skyledger_in(Path::new("."), &all, &[("SEXHOME", &home)]).expect(0);
    let unset = skyledger(&all);
    assert!(unset.code == 21 && unset.stderr.contains("SEXHOME"), "{}: {}", unset.code, unset.stderr);
}

/// SExtractor: THRESHOLD 7.38, FLUXERR_AUTO 43.9, 30 rows.
#[test]
fn report_17_bad_pixels_of_a_variance_map_do_not_scale_it() {
    let Some(data) = reports("17") else { return };
    let folder = data.join("17-zero-weights");
    for map in ["scattered_var_1e6.fits", "scattered_var_1e30.fits"] {
        let weights = format!("weights={}", folder.join(map).display());
        let config = folder.join("var.sex").display().to_string();
        let run =
            detect(&folder.join("img_clean.fits"), &["--read", &weights, "--config", &config, "--set", "columns=[]"]);
        let table = run.catalogue("img_clean");
        assert_eq!(table.rows, 30, "{map}: SExtractor finds 30");
        let threshold = median(column(&table, "THRESHOLD"));
        assert!((threshold - 7.4).abs() < 0.1, "{map}: THRESHOLD {threshold}");
        let error = median(column(&table, "FLUXERR_AUTO"));
        assert!((error - 43.9).abs() < 3.0, "{map}: FLUXERR_AUTO {error}");
    }
}

/// SExtractor reads 1.5 of GAIN = '1.5 e-/ADU': FLUXERR_AUTO of the worst row is 169.
#[test]
fn report_18_a_gain_with_its_unit_is_read() {
    let Some(data) = reports("18") else { return };
    let run = detect(&data.join("18-gain-zero/hdr_gain_text.fits"), &["--set", "frame.gain_key=\"GAIN\""]);
    let worst = column(&run.catalogue("hdr_gain_text"), "FLUXERR_AUTO").into_iter().fold(0.0, f64::max);
    assert!((worst - 169.0).abs() < 8.0, "the largest FLUXERR_AUTO is {worst}");
    let negative = detect(&data.join("18-gain-zero/hdr_gain_neg.fits"), &["--set", "frame.gain_key=\"GAIN\""]);
    let warning = negative.warning("header_value").expect("a gain that cannot be used is told");
    assert!(warning.contains("GAIN"), "{warning}");
}

#[test]
fn report_22_no_width_is_negative() {
    let Some(data) = reports("22") else { return };
    for file in ["p3x3", "p1x1", "row", "col", "big_in_small"] {
        let run = detect(&data.join(format!("22-local-and-tiny/{file}.fits")), &[]);
        if run.status() != "done" {
            continue;
        }
        let widths = column(&run.catalogue(file), "FWHM_IMAGE");
        assert!(widths.iter().all(|width| *width >= 0.0), "{file}: {widths:?}");
    }
}

#[test]
fn report_23_fluxes_are_finite_whatever_stands_in_a_star() {
    let Some(data) = reports("23") else { return };
    for file in ["nan", "inf", "minf", "huge"] {
        let table = detect(&data.join(format!("23-nan-in-star/{file}.fits")), &[]).catalogue(file);
        assert!(table.rows >= 12, "{file}: {} rows, twelve stars", table.rows);
        for name in ["FLUX_AUTO", "FLUX_ISO", "FLUX_MAX", "FLUXERR_AUTO", "MAG_AUTO", "XWIN_IMAGE", "FLUX_WIN"] {
            let values = column(&table, name);
            assert!(values.iter().all(|value| value.is_finite()), "{file}: {name} {values:?}");
        }
    }
}

/// Right is 20 rows or a warning: 64-bit integers near 2^31 have steps of 256 as 32-bit floats.
#[test]
fn report_25_pixels_beyond_single_precision_are_told() {
    let Some(data) = reports("25") else { return };
    let run = detect(&data.join("25-pedestal/i8.fits"), &[]);
    let reason = run.unit()["reason"]["message"].as_str().unwrap_or_default().to_owned();
    let rows = run.unit()["facts"]["objects_detected"].as_u64().unwrap_or(0);
    let told = run.warning("precision").is_some() || reason.contains("no noise");
    assert!(rows == 20 || told, "{rows} rows, {reason:?}");
}

/// FLUX_PSF over the true flux, weighted: 1 within 0.2 % of Gaussian stars, which have no halo.
#[test]
fn report_26_fluxes_of_stars_without_halo_are_whole() {
    let Some(data) = reports("26") else { return };
    for (image, truth) in [("pixel_integrated", "pixel_integrated_truth.csv"), ("img", "truth.csv")] {
        let folder = data.join("26-psf-flux-border");
        let image_file = folder.join(format!("{image}.fits.gz"));
        let first = detect(&image_file, &[]);
        let sources = first.out.path().join("manifest.json");
        let frames = format!("frames={}", image_file.display());
        let psf = Run::step("psf", &words(&["--read", &frames, "--read", &format!("catalog={}", sources.display())]));
        let model = format!("psf={}", psf.out.path().join("manifest.json").display());
        let table = detect(&image_file, &["--read", &model]).catalogue(image);
        let truth = truth_of(&folder.join(truth));
        let (px, py) = (column(&table, "X_IMAGE"), column(&table, "Y_IMAGE"));
        let (found, error) = (column(&table, "FLUX_PSF"), column(&table, "FLUXERR_PSF"));
        let flags = column(&table, "FLAGS");
        let (mut weighted, mut total, mut compared) = (0.0, 0.0, 0);
        for row in 0..table.rows {
            let near = truth.iter().find(|star| (star[0] + 1.0 - px[row]).hypot(star[1] + 1.0 - py[row]) < 1.0);
            let Some(star) = near.filter(|_| flags[row] == 0.0 && found[row] > 100.0 * error[row]) else { continue };
            let weight = (star[2] / error[row]).powi(2);
            weighted += weight * found[row] / star[2];
            total += weight;
            compared += 1;
        }
        assert!(compared >= 20, "{image}: {compared} stars were compared");
        let ratio = weighted / total;
        assert!((ratio - 1.0).abs() < 0.002, "{image}: FLUX_PSF over truth is {ratio} ({compared} stars)");
    }
}

/// The rows of numbers of a table of truth, which has no header or one in a comment.
fn truth_of(path: &Path) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter_map(|line| line.split(',').map(|cell| cell.trim().parse().ok()).collect()).collect()
}

/// One image and one model are a pair whatever their names.
#[test]
fn report_28_one_model_is_that_of_the_one_image() {
    let Some(data) = reports("28") else { return };
    let image = data.join("29-mef-psf/mef.fits");
    let plain = data.join("00-base/plain.fits");
    let model = format!("psf={}", data.join("28-foreign-psf/win.psf").display());
    let run = detect(&plain, &["--read", &model]);
    assert_eq!(run.status(), "done", "{}", run.ended.stderr);
    let several = detect(&image, &["--read", &model]);
    let unit = several.unit();
    assert_eq!(unit["status"], "blocked");
    assert!(unit["reason"]["message"].as_str().is_some_and(|message| message.contains("a file is a unit")), "{unit}");
}

/// PSFEx writes one PSF_DATA for each extension; SExtractor takes the n-th for the n-th image: SPREAD_MODEL 5e-6.
#[test]
fn report_29_model_n_is_that_of_image_n() {
    let Some(data) = reports("29") else { return };
    let folder = data.join("29-mef-psf");
    let run = detect(&folder.join("mef.fits"), &["--read", &format!("psf={}", folder.join("mef.psf").display())]);
    for unit in ["mef_CCD1", "mef_CCD2"] {
        let table = run.catalogue(unit);
        let spread = median(column(&table, "SPREAD_MODEL"));
        assert!(spread.abs() < 0.002, "{unit}: the median SPREAD_MODEL is {spread}");
        let chi2 = median(column(&table, "CHI2_PSF"));
        assert!(chi2 < 4.0, "{unit}: the median chi-square is {chi2}");
    }
}

/// Files of the frames' names that hold the models of both: the n-th counts here too, not the first one (chi-square 762).
#[test]
fn report_29_of_a_file_with_several_models_the_frames_own_is_taken() {
    let Some(data) = reports("29 names") else { return };
    let folder = data.join("29-mef-psf");
    let models = TempDir::new().expect("a folder");
    for name in ["mef_CCD1.psf", "mef_CCD2.psf"] {
        std::fs::copy(folder.join(name), models.path().join(name)).expect("a model");
    }
    let run = detect(&folder.join("mef.fits"), &["--read", &format!("psf={}", models.path().display())]);
    for unit in ["mef_CCD1", "mef_CCD2"] {
        let chi2 = median(column(&run.catalogue(unit), "CHI2_PSF"));
        assert!(chi2 < 4.0, "{unit}: the median chi-square is {chi2}");
    }
}

/// catalog on a local table around the plain image.
fn local(data: &Path, folder: &Path, file: &str, more: &[&str]) -> Run {
    let frames = format!("frames={}", data.join("30-catalogue-missing-pm-ids/img.fits").display());
    let tables = format!("local={}", folder.display());
    let file = format!("local.file={file:?}");
    let mut all = words(&["--read", &frames, "--read", &tables, "--set", "catalog=\"gaia\"", "--set", &file]);
    all.extend(words(more));
    Run::step("catalog", &all)
}

/// Names of the columns of the small tables.
const COLUMNS: [&str; 8] = [
    "--set",
    "local.columns.id=[\"id\"]",
    "--set",
    "local.columns.ra=[\"ra\"]",
    "--set",
    "local.columns.dec=[\"dec\"]",
    "--set",
    "local.columns.mag=[\"mag\"]",
];

/// `--` is what astropy writes for a missing value; where `gaia.fits` and `gaia.ecsv` lie in one folder the named one is taken.
#[test]
fn report_30_missing_values_are_missing_and_the_named_table_is_taken() {
    let Some(data) = reports("30") else { return };
    let folder = data.join("30-catalogue-missing-pm-ids");
    let rows = |file: &str| {
        let run = local(&data, &folder, file, &[]);
        assert_eq!(run.status(), "done", "{file}: {}", run.ended.stderr);
        let table = table(&run.out.path().join("img.csv"));
        (table.n_rows(), table.numbers("pm_ra_mas_yr").expect("a column").iter().filter(|pm| pm.is_nan()).count())
    };
    let expected = rows("gaia_empty.csv");
    for file in ["gaia_dash.csv", "gaia.fits", "gaia.ecsv", "gaia_null.csv", "gaia_nan.csv"] {
        assert_eq!(rows(file), expected, "{file}");
    }
}

/// Five of eight rows have no valid position: counted, with the first row and its value.
#[test]
fn report_31_rows_without_position_are_counted() {
    let Some(data) = reports("31") else { return };
    let run = local(&data, &data.join("31-catalogue-text-ids-strings"), "nanpos.csv", &COLUMNS);
    let warning = run.warning("rows_without_position").expect("a warning");
    assert!(warning.contains("5 of 8 rows") && warning.contains("line 4") && warning.contains("missing"), "{warning}");
}

#[test]
fn report_31_a_cell_that_is_no_number_is_named_with_its_line() {
    let Some(data) = reports("31") else { return };
    for (file, cell) in [("sexagesimal.csv", "09:59:51.145"), ("sexagesimal_space.csv", "09 59 51.145")] {
        let run = local(&data, &data.join("31-catalogue-text-ids-strings"), file, &COLUMNS);
        let message = run.unit()["reason"]["message"].as_str().unwrap_or_default().to_owned();
        assert!([file, "line 2", cell, "ra"].iter().all(|part| message.contains(part)), "{message}");
    }
}

/// Text stays text, letter by letter.
#[test]
fn report_33_identifiers_pass_unchanged() {
    let Some(data) = reports("33") else { return };
    let folder = TempDir::new().expect("a folder");
    let ids = ["89113e6", "12.10", "+12", "nan", "null", "inf", "007", "1e400", "--", "12.10"];
    let rows: String = ids.iter().enumerate().map(|(k, id)| format!("{id},150.0{k},20.00{k},12.5\n")).collect();
    std::fs::write(folder.path().join("ids.csv"), format!("id,ra,dec,mag\n{rows}")).expect("a table");
    let run = local(&data, folder.path(), "ids.csv", &COLUMNS);
    let text = std::fs::read_to_string(run.out.path().join("img.csv")).expect("the table");
    let found: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default()).collect();
    assert_eq!(found, ids, "sorted by declination, as they were written");
    let warning = run.warning("same_id").expect("two rows have one identifier");
    assert!(warning.contains("12.10"), "{warning}");
}

/// SExtractor finds 12 of 12 in a Poisson image of mean 0.02.
#[test]
fn report_32_sources_of_few_counts_are_found() {
    let Some(data) = reports("32") else { return };
    let truth = truth_of(&data.join("32-low-counts/truth.csv"));
    assert_eq!(truth.len(), 12);
    for file in ["counts_f4", "counts_i2"] {
        let run = detect(&data.join(format!("32-low-counts/{file}.fits")), &[]);
        let table = run.catalogue(file);
        let (x, y) = (column(&table, "X_IMAGE"), column(&table, "Y_IMAGE"));
        let found = truth
            .iter()
            .filter(|star| x.iter().zip(&y).any(|(x, y)| (star[0] + 1.0 - x).hypot(star[1] + 1.0 - y) < 3.0))
            .count();
        assert_eq!((found, table.rows), (12, 12), "{file}: all stars and nothing else");
        assert!(run.warning("noise_floor").is_some(), "{file}: where the noise comes from is told");
    }
}

/// SExtractor and astropy read both files; the odd cards are left out of the copied header.
#[test]
fn report_b10_an_odd_card_does_not_break_the_output() {
    let Some(data) = reports("b10") else { return };
    for (file, card) in [("fitshdr", "BADREC ="), ("wcslint", "=")] {
        let run = detect(&data.join(format!("b10-odd-input-card-breaks-output/{file}.fits.gz")), &[]);
        assert_eq!(run.status(), "done", "{file}: {}", run.ended.stderr);
        let warning = run.warning("header_card").expect("a warning that names the card");
        assert!(warning.contains(card), "{file}: {warning}");
    }
}

/// `ulimit -f`: the write fails and names its file; the code is that of a full disk.
#[test]
fn report_b11_a_limit_on_file_sizes_is_a_disk_error() {
    let Some(data) = reports("b11") else { return };
    let out = TempDir::new().expect("a folder");
    let image = data.join("00-base/plain.fits");
    let program = integration_tests::skyledger();
    let line = format!(
        "ulimit -f 8; exec '{}' step detect run --read 'frames={}' --out '{}'",
        program.display(),
        image.display(),
        out.path().display()
    );
    let output = std::process::Command::new("sh").args(["-c", &line]).output().expect("sh starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{text}");
    assert!(text.contains("too large") || text.contains("File too large"), "{text}");
}

#[test]
fn report_b14_missing_values_of_other_programs_are_missing() {
    let Some(data) = reports("b14") else { return };
    let folder = TempDir::new().expect("a folder");
    for (name, missing) in [("dash", "--"), ("none", "None"), ("na", "N/A")] {
        let text = format!(
            "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag\n1,150.0,20.0,{missing},1.0,12\n2,150.01,20.0,3.0,1.0,12\n"
        );
        std::fs::write(folder.path().join(format!("{name}.csv")), text).expect("a table");
        let run = local(&data, folder.path(), &format!("{name}.csv"), &[]);
        let motions = table(&run.out.path().join("img.csv")).numbers("pm_ra_mas_yr").expect("a column");
        assert!(
            motions.len() == 2 && motions.iter().filter(|motion| motion.is_nan()).count() == 1,
            "{name}: {motions:?}"
        );
    }
    let text = "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag\n1,150.0,20.0,\"3,5\",1.0,12\n";
    std::fs::write(folder.path().join("comma.csv"), text).expect("a table");
    let message = local(&data, folder.path(), "comma.csv", &[]).unit()["reason"]["message"].clone();
    let message = message.as_str().unwrap_or_default();
    assert!(["comma.csv", "line 2", "pmra", "3,5"].iter().all(|part| message.contains(part)), "{message}");
}
