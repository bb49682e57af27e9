//! Our sources against source-extractor's, column by column, on simulated and real images.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use crate::comparison::Comparison;
use sky_detect::DetectParams;
use sky_photometry::{NeighbourPixels, PhotometryParams};

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

/// The same for the survey plan's first pass, unfiltered and with a local background around each source: our frame for it differs from
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
    /// The survey plan's second pass with the Poisson noise of its first.
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

/// Light and area of a circle whose pixels at the rim are cut into 5 x 5, as SExtractor and sep sum it.
fn circle_of_parts(pixels: &ndarray::Array2<f32>, (x, y): (f64, f64), radius: f64) -> (f64, f64) {
    let part = |index: usize| (index as f64 + 0.5) / 5.0 - 0.5;
    pixels.indexed_iter().fold((0.0, 0.0), |(light, area), ((row, column), value)| {
        let (dx, dy) = (column as f64 - x, row as f64 - y);
        if dx.hypot(dy) > radius + 0.75 {
            return (light, area);
        }
        let inside = |index: &usize| (dx + part(index % 5)).hypot(dy + part(index / 5)) < radius;
        let share = (0..25).filter(inside).count() as f64 / 25.0;
        (light + share * f64::from(*value), area + share)
    })
}

/// sep's published catalogue of its test image, made by SExtractor 2.8.6 with the `default.sex` beside it: deblending off,
/// MASK_TYPE NONE (neighbours stay in the apertures), Kron ellipses without a smallest radius; to the tolerances of sep's own
/// test (`test_vs_sextractor` of its test.py). Two things differ, and are held as they are: FLUX_APER of both cuts pixels into
/// 5 x 5 where ours takes their exact area, so that the pixels are summed here their way as well; and one window leaves its
/// source, which SExtractor 2.8.6 let go and 2.25 puts back on its isophotal position with FLAGS_WIN 8, as ours.
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
    let image = sky_fits::ImageReader::open(&folder.join("image.fits"))
        .and_then(|reader| reader.read())
        .expect("the test image");
    let detection = DetectParams {
        threshold_sigma: 1.5,
        analysis_threshold_sigma: 1.5,
        deblend_contrast: 1.0,
        ..DetectParams::default()
    };
    let photometry = PhotometryParams {
        aperture_diameters_px: vec![10.0],
        kron_min_radius: 0.0,
        light_fractions: vec![0.1, 0.5, 0.6],
        neighbour_pixels: NeighbourPixels::Keep,
        ..PhotometryParams::default()
    };
    let found = sky_detect::detect(
        sky_image::Image::new(image.pixels),
        &detection,
        &sky_background::BackgroundParams::default(),
        &photometry,
    )
    .expect("an image with a sky");
    let ours = &found.sources;

    // A column of the file, its value of ours, and sep's relative and absolute tolerance.
    type Value = fn(&sky_catalog::Source) -> f64;
    let columns: [(&str, usize, Value, f64, f64); 18] = [
        ("X_IMAGE", 1, |s| s.x_px + 1.0, 0.0, 1e-3),
        ("Y_IMAGE", 2, |s| s.y_px + 1.0, 0.0, 1e-3),
        ("XWIN_IMAGE", 3, |s| s.windowed.x_px + 1.0, 0.0, 1.5e-3),
        ("YWIN_IMAGE", 4, |s| s.windowed.y_px + 1.0, 0.0, 1.5e-3),
        ("X2_IMAGE", 5, |s| s.isophotal.moments.xx_px2, 1e-7, 1e-4),
        ("Y2_IMAGE", 6, |s| s.isophotal.moments.yy_px2, 1e-7, 1e-4),
        ("XY_IMAGE", 7, |s| s.isophotal.moments.xy_px2, 1e-7, 1e-4),
        ("ERRX2_IMAGE", 8, |s| s.isophotal.position_variance.xx_px2, 1e-4, 0.0),
        ("ERRY2_IMAGE", 9, |s| s.isophotal.position_variance.yy_px2, 1e-4, 0.0),
        ("ERRXY_IMAGE", 10, |s| s.isophotal.position_variance.xy_px2, 1e-3, 0.0),
        ("KRON_RADIUS", 14, |s| s.kron_radius, 0.0, 0.01),
        ("FLUX_AUTO", 15, |s| s.auto.adu, 5e-4, 0.0),
        ("FLUXERR_AUTO", 16, |s| if s.kron_radius > 0.0 { s.auto.err_adu } else { 0.0 }, 5e-4, 0.0),
        ("FLUX_RADIUS(0.1)", 17, |s| s.light_radii_px[0], 0.04, 0.01),
        ("FLUX_RADIUS(0.5)", 18, |s| s.light_radii_px[1], 0.04, 0.01),
        ("FLUX_RADIUS(0.6)", 19, |s| s.light_radii_px[2], 0.04, 0.01),
        ("A_IMAGE", 11, |s| s.isophotal.ellipse.major_px, 0.0, 1e-3),
        ("FLAGS", 20, |s| f64::from(s.flags), 0.0, 0.0),
    ];
    assert_eq!(ours.len(), theirs.len(), "sources");
    let mut by_row: Vec<&sky_catalog::Source> = ours.iter().collect();
    by_row.sort_by(|a, b| a.y_px.total_cmp(&b.y_px));
    let mut rows: Vec<&Vec<f64>> = theirs.iter().collect();
    rows.sort_by(|a, b| a[2].total_cmp(&b[2]));
    let mut misses = Vec::new();
    for (name, column, value, relative, absolute) in columns {
        let within = |(source, row): &(&&sky_catalog::Source, &&Vec<f64>)| {
            (value(source) - row[column]).abs() <= absolute + relative * row[column].abs()
        };
        let pairs = || by_row.iter().zip(&rows);
        let good = pairs().filter(within).count();
        eprintln!("sep: {name}: {good} of {} within sep's tolerance", theirs.len());
        for (source, row) in pairs().filter(|pair| !within(pair)) {
            misses.push(format!("{name} of {:.1}, {:.1}: {} and {}", row[1], row[2], value(source), row[column]));
        }
    }
    let lost = misses.iter().filter(|miss| miss.contains("WIN_IMAGE of 77.3, 187.0")).count();
    assert_eq!((lost, misses.len()), (2, 2), "both coordinates of the window that leaves its source: {misses:?}");
    let mut exact = 0;
    for (source, row) in by_row.iter().zip(&rows) {
        let (light, area) = circle_of_parts(&found.pixels, (source.x_px, source.y_px), 5.0);
        let error = area.sqrt() * found.background.rms_adu;
        let within = |value: f64, column: usize, tolerance: f64| (value / row[column] - 1.0).abs() <= tolerance;
        assert!(within(light, 12, 2e-4), "FLUX_APER of {:.1}, {:.1}: {light} and {}", row[1], row[2], row[12]);
        assert!(within(error, 13, 1e-5), "FLUXERR_APER of {:.1}, {:.1}: {error} and {}", row[1], row[2], row[13]);
        exact += usize::from(within(source.apertures[0].adu, 12, 2e-3));
    }
    eprintln!("sep: FLUX_APER: all of {} in 5 x 5 parts, {exact} of exact areas within 0.2 %", theirs.len());
}
