//! Our sources against source-extractor's, column by column, on simulated and real images.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use crate::comparison::Comparison;
use sky_detect::DetectParams;
use sky_photometry::PhotometryParams;

/// Name, whether the ratio is compared (else the difference); of sources that are no part of a blend the largest median and
/// the largest difference of 90 % and of 98 % of the pairs; and why that much is allowed.
type Tolerance = (&'static str, bool, f64, f64, f64, &'static str);

const SINGLE: &str = "their files hold single precision, and sums are taken in another order";
const CLEANING: &str = "what cleaning adds to a source depends on the order in which it meets its neighbours";
const SHARED: &str = "a neighbour that is a blend shares its pixels by lot";
const TOLERANCES: &[Tolerance] = &[
    ("X_IMAGE", false, 1e-5, 1e-4, 2e-4, SINGLE),
    ("Y_IMAGE", false, 1e-5, 1e-4, 2e-4, SINGLE),
    ("A_IMAGE", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("B_IMAGE", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("X2_IMAGE", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("ERRX2_IMAGE", true, 2e-5, 1e-4, 0.02, CLEANING),
    ("ISOAREAF_IMAGE", true, 1e-9, 1e-9, 0.1, CLEANING),
    ("FLUX_ISO", true, 1e-5, 1e-4, 0.02, CLEANING),
    ("FLUXERR_ISO", true, 1e-5, 1e-4, 0.02, CLEANING),
    ("FLUX_MAX", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("FWHM_IMAGE", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("THRESHOLD", true, 1e-5, 1e-5, 1e-5, SINGLE),
    ("KRON_RADIUS", true, 1e-5, 1e-3, 0.03, SHARED),
    ("FLUX_AUTO", true, 1e-5, 1e-3, 0.03, SHARED),
    ("FLUXERR_AUTO", true, 1e-5, 1e-3, 0.03, SHARED),
    ("FLUX_APER", true, 2e-3, 0.01, 0.03, "our apertures are exact, theirs cut pixels into 5 x 5"),
    ("FLUX_RADIUS", true, 1e-5, 1e-3, 0.03, SHARED),
    ("XWIN_IMAGE", false, 1e-5, 1e-3, 0.03, SHARED),
    ("YWIN_IMAGE", false, 1e-5, 1e-3, 0.03, SHARED),
    ("X2WIN_IMAGE", true, 1e-4, 1e-3, 0.05, "a linear edge of the window where theirs has 11 x 11 parts; neighbours"),
    (
        "ERRX2WIN_IMAGE",
        true,
        1e-4,
        1e-3,
        0.05,
        "a linear edge of the window where theirs has 11 x 11 parts; neighbours",
    ),
    ("FLUX_WIN", true, 1e-5, 1e-3, 0.03, SHARED),
    ("SNR_WIN", true, 1e-5, 1e-3, 0.02, SHARED),
];

/// Columns of sources that are parts of blends, as ratios: their medians agree to this; single sources differ by what the lots
/// gave them.
const BLENDS: &[(&str, f64)] =
    &[("A_IMAGE", 0.01), ("FLUX_ISO", 0.01), ("FLUX_AUTO", 0.005), ("FWHM_IMAGE", 0.005), ("SNR_WIN", 0.005)];

/// The same for the plan's first pass, unfiltered and with a local background around each source: our frame for it differs from
/// theirs by parts of a pixel, that is by a thousandth of the noise.
const FIRST_PASS: &[Tolerance] = &[
    ("X_IMAGE", false, 1e-5, 1e-4, 2e-4, SINGLE),
    ("A_IMAGE", true, 1e-5, 1e-4, 1e-3, SINGLE),
    ("KRON_RADIUS", true, 1e-5, 1e-3, 0.03, SHARED),
    ("FLUX_ISO", true, 1e-4, 2e-3, 0.02, "the frame of the local background"),
    ("FLUX_AUTO", true, 1e-4, 5e-3, 0.03, "the frame of the local background"),
    ("FLUX_RADIUS", true, 1e-4, 5e-3, 0.03, "the frame of the local background, through FLUX_AUTO"),
    ("XWIN_IMAGE", false, 1e-4, 2e-3, 0.03, "the frame of the local background, through FLUX_RADIUS"),
    ("SNR_WIN", true, 1e-4, 1e-3, 0.02, "the frame of the local background, through FLUX_RADIUS"),
];

/// What is compared, with which settings of both.
struct Case {
    name: &'static str,
    file: &'static str,
    options: &'static [&'static str],
    detection: DetectParams,
    photometry: PhotometryParams,
    min_matched: usize,
    min_equal_flags: f64,
    tolerances: &'static [Tolerance],
}

impl Case {
    /// The plan's second pass with the Poisson noise of its first.
    fn of(name: &'static str, file: &'static str) -> Self {
        Self {
            name,
            file,
            options: &["-DETECT_THRESH", "5", "-ANALYSIS_THRESH", "5", "-DETECT_MINAREA", "5", "-GAIN", "1.0"],
            detection: DetectParams::default(),
            photometry: PhotometryParams { gain_e_per_adu: 1.0, ..PhotometryParams::default() },
            min_matched: 1000,
            min_equal_flags: 0.98,
            tolerances: TOLERANCES,
        }
    }

    fn compare(&self) {
        let Some(data) = test_sky::real_data(self.name) else { return };
        let Some(tool) = test_sky::tool("source-extractor") else { return };
        let mut columns: Vec<&str> = TOLERANCES.iter().map(|tolerance| tolerance.0).collect();
        columns.extend(["FLAGS"]);
        let found =
            Comparison::run(&data.join(self.file), &tool, &columns, self.options, &self.detection, &self.photometry);
        let label = format!("{} ({})", self.file, self.name);
        let matched = found.matched_share(&label);
        let flags = found.equal_flags_share(&label);
        assert!(
            found.pairs.len() >= self.min_matched,
            "{} pairs, at least {} expected",
            found.pairs.len(),
            self.min_matched
        );
        assert!(matched >= 0.99, "{:.2} % of their sources with SNR_WIN above 10 are matched", 100.0 * matched);
        assert!(flags >= self.min_equal_flags, "FLAGS are equal for {:.2} % of the pairs", 100.0 * flags);
        for (column, ratio, median, p90, p98, why) in self.tolerances {
            let difference = found.difference(column, *ratio, false);
            assert!(
                difference.median.abs() <= *median,
                "{column}: median {}, expected {median}: {why}",
                difference.median
            );
            assert!(difference.p90 <= *p90, "{column}: 90 % within {}, expected {p90}: {why}", difference.p90);
            assert!(difference.p98 <= *p98, "{column}: 98 % within {}, expected {p98}: {why}", difference.p98);
        }
        for (column, median) in BLENDS {
            let difference = found.difference(column, true, true);
            assert!(difference.median.abs() <= *median, "{column} in blends: median {}", difference.median);
        }
    }
}

#[test]
fn the_standard_tile_agrees_column_by_column() {
    let case = Case::of("the_standard_tile_agrees_column_by_column", "i_sim/std/tile.fits.gz");
    Case { min_matched: 4500, ..case }.compare();
}

#[test]
fn the_m67_plate_agrees_column_by_column() {
    let case = Case::of("the_m67_plate_agrees_column_by_column", "a_dss/dss1_red_M67_XE486.fits");
    Case { min_matched: 1300, ..case }.compare();
}

#[test]
fn the_plans_first_pass_agrees() {
    let case = Case::of("the_plans_first_pass_agrees", "i_sim/std/tile.fits.gz");
    let mut detection = case.detection.clone();
    detection.filter_kernel.clear();
    let photometry = PhotometryParams { local_background_px: 24, ..case.photometry.clone() };
    Case {
        options: &[
            "-DETECT_THRESH",
            "5",
            "-ANALYSIS_THRESH",
            "5",
            "-DETECT_MINAREA",
            "5",
            "-GAIN",
            "1.0",
            "-FILTER",
            "N",
            "-BACKPHOTO_TYPE",
            "LOCAL",
        ],
        detection,
        photometry,
        min_matched: 5000,
        tolerances: FIRST_PASS,
        ..case
    }
    .compare();
}

#[test]
fn seps_test_image_agrees_column_by_column() {
    let case = Case::of("seps_test_image_agrees_column_by_column", "h_reference/sep/image.fits");
    Case {
        options: &["-DETECT_THRESH", "1.5", "-ANALYSIS_THRESH", "1.5", "-DETECT_MINAREA", "5", "-GAIN", "1.0"],
        detection: DetectParams { threshold_sigma: 1.5, analysis_threshold_sigma: 1.5, ..DetectParams::default() },
        // 68 sources: two of them may differ.
        min_matched: 60,
        min_equal_flags: 0.97,
        ..case
    }
    .compare();
}

/// sep's published catalogue of its test image, made by SExtractor 2.8.6 with the `default.sex` beside it: deblending off,
/// MASK_TYPE NONE (neighbours stay in the apertures), Kron ellipses without a smallest radius.
#[test]
fn seps_published_catalogue_is_reproduced() {
    let Some(data) = test_sky::real_data("seps_published_catalogue_is_reproduced") else { return };
    let folder = data.join("h_reference/sep");
    let text = std::fs::read_to_string(folder.join("image.cat")).expect("the published catalogue");
    let theirs: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(|word| word.parse().expect("a number")).collect())
        .collect();
    let image = sky_fits::read_image(&folder.join("image.fits")).expect("the test image");
    let detection = DetectParams {
        threshold_sigma: 1.5,
        analysis_threshold_sigma: 1.5,
        deblend_contrast: 1.0,
        ..DetectParams::default()
    };
    let photometry =
        PhotometryParams { aperture_diameters_px: vec![10.0], kron_min_radius: 0.0, ..PhotometryParams::default() };
    let ours = sky_detect::detect(
        sky_image::Image::new(image.pixels),
        &detection,
        &sky_background::BackgroundParams::default(),
        &photometry,
    )
    .expect("an image with a sky")
    .sources;

    // Columns of the file: 1 X, 2 Y, 5 X2, 6 Y2, 8 ERRX2, 11 A, 12 FLUX_APER, 15 FLUX_AUTO, 20 FLAGS.
    let (mut matched, mut shapes, mut apertures, mut kron) = (0, 0, 0, 0);
    for row in &theirs {
        let near =
            |s: &&sky_catalog::Source| (s.x_px + 1.0 - row[1]).abs() < 1e-3 && (s.y_px + 1.0 - row[2]).abs() < 1e-3;
        let Some(source) = ours.iter().find(near) else { continue };
        let same = |value: f64, column: usize, tolerance: f64| (value / row[column] - 1.0).abs() < tolerance;
        matched += 1;
        let moments = source.isophotal.moments;
        shapes += usize::from(
            same(moments.xx_px2, 5, 1e-3)
                && same(moments.yy_px2, 6, 1e-3)
                && same(source.isophotal.position_variance.xx_px2, 8, 1e-3),
        );
        apertures += usize::from(same(source.apertures[0].adu, 12, 0.02));
        kron += usize::from(same(source.auto.adu, 15, 0.02));
    }
    eprintln!(
        "sep: {} rows of ours, {} of theirs, {matched} matched within 0.001 px and compared; shapes of {shapes} within 1e-3, apertures of {apertures} and Kron fluxes of {kron} within 2 %",
        ours.len(),
        theirs.len()
    );
    assert!(matched + 1 >= theirs.len(), "sep's own test asks for all positions within 0.001 px");
    assert!(shapes + 1 >= matched, "second moments and position errors");
    assert!(10 * apertures >= 8 * matched, "they leave neighbours in the aperture, we do not");
    assert!(10 * kron >= 7 * matched, "they leave neighbours in the ellipse, we do not");
}
