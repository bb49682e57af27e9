//! Sources against what is known to be there: the truth of the simulated tile.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::Path;

use crate::comparison::{Comparison, column};
use sky_catalog::Source;
use sky_detect::DetectParams;
use sky_fits::{BinTable, Values};
use sky_photometry::PhotometryParams;

/// The survey plan's detection: 5 sigma, default.conv.
const OPTIONS: &[&str] = &["-DETECT_THRESH", "5", "-ANALYSIS_THRESH", "5", "-DETECT_MINAREA", "5", "-GAIN", "1.0"];
const COLUMNS: &[&str] = &["X_IMAGE", "Y_IMAGE", "XWIN_IMAGE", "YWIN_IMAGE", "SNR_WIN", "FLAGS"];

fn run(path: &Path, tool: &Path) -> Comparison {
    let photometry = PhotometryParams { gain_e_per_adu: 1.0, ..PhotometryParams::default() };
    Comparison::run(path, tool, COLUMNS, OPTIONS, &DetectParams::default(), &photometry)
}

/// A star of the truth: place (1-based pixels), magnitude, and whether nothing disturbs it.
struct Star {
    x: f64,
    y: f64,
    mag: f64,
    undisturbed: bool,
}

fn stars_of(truth: &BinTable) -> Vec<Star> {
    let values =
        |name: &str| &truth.columns.iter().find(|column| column.name == name).expect("a column of the truth").values;
    let (Values::Text(kind), Values::Logical(isolated), Values::U8(mask)) =
        (values("KIND"), values("ISOLATED"), values("MASK"))
    else {
        panic!("KIND, ISOLATED and MASK are text, logical and byte")
    };
    let (x, y, mag) = (column(truth, "X"), column(truth, "Y"), column(truth, "MAG"));
    (0..truth.rows)
        .filter(|row| kind[*row] == "star")
        .map(|row| Star {
            x: x[row],
            y: y[row],
            mag: mag[row],
            undisturbed: isolated[row] == Some(true) && mask[row] == 0,
        })
        .collect()
}

/// Offsets (dx, dy) of the nearest detection within `radius_px` of each star.
fn offsets(stars: &[&Star], places: &[(f64, f64)], radius_px: f64) -> Vec<Option<(f64, f64)>> {
    let mut sorted: Vec<(f64, f64)> = places.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    stars
        .iter()
        .map(|star| {
            let first = sorted.partition_point(|place| place.0 < star.x - radius_px);
            sorted[first..]
                .iter()
                .take_while(|place| place.0 <= star.x + radius_px)
                .map(|place| (place.0 - star.x, place.1 - star.y))
                .filter(|(dx, dy)| dx * dx + dy * dy <= radius_px * radius_px)
                .min_by(|a, b| (a.0 * a.0 + a.1 * a.1).total_cmp(&(b.0 * b.0 + b.1 * b.1)))
        })
        .collect()
}

/// Magnitude at which the share of stars with a detection within 2 px falls through 90 %, from bins of 0.25 mag.
fn magnitude_of_90_percent(stars: &[Star], places: &[(f64, f64)]) -> f64 {
    let share = |low: f64| {
        let bin: Vec<&Star> = stars.iter().filter(|star| star.mag >= low && star.mag < low + 0.25).collect();
        let found = offsets(&bin, places, 2.0).iter().flatten().count();
        (bin.len(), found as f64 / bin.len().max(1) as f64)
    };
    let mut before = (f64::NAN, 1.0);
    for step in 0..48 {
        let low = 13.0 + 0.25 * f64::from(step);
        let (n, here) = share(low);
        if n < 50 {
            continue;
        }
        let centre = low + 0.125;
        if here < 0.9 && before.1 >= 0.9 {
            return before.0 + (before.1 - 0.9) / (before.1 - here) * (centre - before.0);
        }
        before = (centre, here);
    }
    f64::NAN
}

fn windowed(source: &Source) -> (f64, f64) {
    (source.windowed.x_px + 1.0, source.windowed.y_px + 1.0)
}

#[test]
fn positions_and_completeness_on_the_standard_tile_meet_their_floors() {
    let Some(data) = test_sky::real_data("positions_and_completeness_on_the_standard_tile_meet_their_floors") else {
        return;
    };
    let Some(tool) = test_sky::tool("source-extractor") else { return };
    let found = run(&data.join("i_sim/std/tile.fits.gz"), &tool);
    let truth = sky_fits::read_bintable(&data.join("i_sim/std/truth.fits.gz"), None).expect("the truth");
    let stars = stars_of(&truth);
    let ours: Vec<(f64, f64)> = found.ours.sources.iter().map(windowed).collect();
    let theirs: Vec<(f64, f64)> =
        column(&found.theirs, "XWIN_IMAGE").into_iter().zip(column(&found.theirs, "YWIN_IMAGE")).collect();

    let bright: Vec<&Star> =
        stars.iter().filter(|star| star.undisturbed && star.mag >= 16.0 && star.mag < 17.0).collect();
    let rms = |places: &[(f64, f64)]| {
        let near: Vec<(f64, f64)> = offsets(&bright, places, 2.0).into_iter().flatten().collect();
        let square: f64 = near.iter().map(|(dx, dy)| 0.5 * (dx * dx + dy * dy)).sum();
        (near.len(), (square / near.len().max(1) as f64).sqrt())
    };
    let ((n_ours, rms_ours), (n_theirs, rms_theirs)) = (rms(&ours), rms(&theirs));
    let (deep_ours, deep_theirs) = (magnitude_of_90_percent(&stars, &ours), magnitude_of_90_percent(&stars, &theirs));
    eprintln!(
        "standard tile: {} rows of ours, {} of theirs, {} stars of the truth; of {} at 16 to 17 mag {n_ours} of ours and {n_theirs} of theirs compared: XWIN rms {rms_ours:.4} and {rms_theirs:.4} px; 90 % complete to {deep_ours:.3} and {deep_theirs:.3} mag",
        ours.len(),
        theirs.len(),
        stars.len(),
        bright.len()
    );
    assert!(n_ours >= 100, "{n_ours} stars compared");
    assert!(rms_ours <= 0.05, "XWIN rms {rms_ours} px at 16 to 17 mag");
    assert!(deep_ours >= deep_theirs - 0.1, "90 % completeness at {deep_ours}, source-extractor's at {deep_theirs}");
}
