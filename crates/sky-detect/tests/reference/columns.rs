//! Our sources against source-extractor's, column by column, on simulated and real images.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use crate::comparison::Comparison;
use sky_catalog::Source;
use sky_catalog::flags::WINDOW_POSITION_LOST;
use sky_detect::DetectParams;
use sky_photometry::{Neighbours, PhotometryParams};

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

/// Sum and area of a circle as SExtractor 2.8 takes them: pixels at its rim cut into 5 x 5, and counted by their centres.
fn sampled_aperture(pixels: &ndarray::Array2<f32>, centre: (f64, f64), radius_px: f64) -> (f64, f64) {
    let (mut sum, mut area) = (0.0, 0.0);
    for ((y, x), value) in pixels.indexed_iter() {
        let (dx, dy) = (x as f64 - centre.0, y as f64 - centre.1);
        if dx.abs() > radius_px + 1.0 || dy.abs() > radius_px + 1.0 {
            continue;
        }
        let offset = |k: usize| (k as f64 + 0.5) / 5.0 - 0.5;
        let inside = (0..25).filter(|k| {
            let (sub_x, sub_y) = (dx + offset(k % 5), dy + offset(k / 5));
            sub_x * sub_x + sub_y * sub_y <= radius_px * radius_px
        });
        let share = inside.count() as f64 / 25.0;
        sum += share * f64::from(*value);
        area += share;
    }
    (sum, area)
}

/// sep's published catalogue of its test image, made by SExtractor 2.8.6 with the `default.sex` beside it: deblending off,
/// MASK_TYPE NONE (neighbours stay in the apertures), Kron ellipses without a smallest radius. Tolerances are those of sep's
/// own test.
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
    let photometry = PhotometryParams {
        aperture_diameters_px: vec![10.0],
        kron_min_radius: 0.0,
        neighbours: Neighbours::Kept,
        light_fractions: vec![0.1, 0.5, 0.6],
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
    assert_eq!(ours.len(), theirs.len(), "rows");

    // What sep compares: name, our value, the column of the file, tolerance, whether it is relative.
    let compared: [(&str, fn(&Source) -> f64, usize, f64, bool); 12] = [
        ("X_IMAGE", |s| s.x_px + 1.0, 1, 1e-3, false),
        ("Y_IMAGE", |s| s.y_px + 1.0, 2, 1e-3, false),
        ("XWIN_IMAGE", |s| s.windowed.x_px + 1.0, 3, 1.5e-3, false),
        ("YWIN_IMAGE", |s| s.windowed.y_px + 1.0, 4, 1.5e-3, false),
        ("ERRX2_IMAGE", |s| s.isophotal.position_variance.xx_px2, 8, 1e-3, true),
        ("ERRY2_IMAGE", |s| s.isophotal.position_variance.yy_px2, 9, 1e-3, true),
        ("KRON_RADIUS", |s| s.kron_radius, 14, 0.01, false),
        ("FLUX_AUTO", |s| s.auto.adu, 15, 0.005, true),
        ("FLUXERR_AUTO", |s| s.auto.err_adu, 16, 0.005, true),
        ("FLUX_RADIUS(1)", |s| s.light_radii_px[0], 17, 0.04, true),
        ("FLUX_RADIUS(2)", |s| s.light_radii_px[1], 18, 0.04, true),
        ("FLUX_RADIUS(3)", |s| s.light_radii_px[2], 19, 0.04, true),
    ];
    let near = |row: &[f64]| {
        let near = |s: &&Source| (s.x_px + 1.0 - row[1]).abs() < 1e-3 && (s.y_px + 1.0 - row[2]).abs() < 1e-3;
        ours.iter().find(near)
    };
    let pairs: Vec<(&Source, &Vec<f64>)> = theirs.iter().filter_map(|row| Some((near(row)?, row))).collect();
    assert_eq!(pairs.len(), theirs.len(), "sep's own test asks for all positions within 0.001 px");
    for (name, of, column, tolerance, relative) in compared {
        // Where the window runs away 2.8 wrote where it got to; since 2.25 SExtractor, as we do, goes back to the isophote and says
        // so in FLAGS_WIN (row 18, by a live run).
        let lost = |source: &Source| name.ends_with("WIN_IMAGE") && source.windowed.flags & WINDOW_POSITION_LOST != 0;
        let differs = |(source, row): &&(&Source, &Vec<f64>)| {
            if lost(source) {
                return of(source) != if name.starts_with('X') { source.x_px } else { source.y_px } + 1.0;
            }
            let (mine, other) = (of(source), row[column]);
            let scale = if relative { other.abs().max(f64::MIN_POSITIVE) } else { 1.0 };
            (mine - other).abs() > tolerance * scale
        };
        let wrong: Vec<String> = pairs
            .iter()
            .filter(differs)
            .map(|(source, row)| format!("row {}: {} instead of {}", row[0], of(source), row[column]))
            .collect();
        eprintln!("sep: {name}: {} of {} rows within {tolerance}", pairs.len() - wrong.len(), pairs.len());
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("; "));
    }

    // They cut pixels into 5 x 5 where we take the exact overlap. So: our pixels in their aperture, and our aperture against theirs.
    let level = &found.pixels;
    let mut largest = 0.0_f64;
    for (source, row) in &pairs {
        let (sum, area) = sampled_aperture(level, (source.x_px, source.y_px), 5.0);
        assert!((sum / row[12] - 1.0).abs() < 2e-4, "row {}: flux {sum} instead of {}", row[0], row[12]);
        let err_adu = found.background.rms_adu * area.sqrt();
        assert!((err_adu / row[13] - 1.0).abs() < 1e-5, "row {}: error {err_adu} instead of {}", row[0], row[13]);
        largest = largest.max((source.apertures[0].adu - row[12]).abs() / row[13]);
    }
    eprintln!(
        "sep: FLUX_APER, FLUXERR_APER: {} rows within 2e-4 and 1e-5 with 5 x 5 parts a pixel; exact overlap differs by {largest:.3} errors at most",
        pairs.len()
    );
    assert!(largest < 0.1, "a part of a bright pixel at the rim: {largest} errors");
}
