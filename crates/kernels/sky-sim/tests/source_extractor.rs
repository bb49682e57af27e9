//! What source-extractor measures on a simulated plate is what the truth says was planted.
#![allow(clippy::print_stderr, reason = "a comparison says how many rows it compared")]

use std::process::Command;

use ndarray::Array2;
use sky_fits::{PixelData, write_image};
use sky_sim::{Cutout, RenderParams, Scene, SceneKind, SceneParams};
use test_sky::assert_close;

/// X_IMAGE, Y_IMAGE, SNR_WIN, FWHM_IMAGE of each detection.
fn detections(program: &std::path::Path, cutout: &Cutout) -> Vec<[f64; 4]> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let counts: Array2<i16> = cutout.image.pixels.mapv(|value| value as i16);
    let mut file = std::fs::File::create(path("plate.fits")).expect("a file");
    write_image(&mut file, &cutout.header, PixelData::I16(&counts)).expect("an image");
    std::fs::write(path("out.param"), "XWIN_IMAGE\nYWIN_IMAGE\nSNR_WIN\nFWHM_IMAGE\n").expect("a file");
    let status = Command::new(program)
        .current_dir(folder.path())
        .args(["plate.fits", "-c", "/dev/null", "-FILTER", "N", "-DETECT_THRESH", "3", "-ANALYSIS_THRESH", "3"])
        .args(["-DETECT_MINAREA", "5", "-PARAMETERS_NAME", "out.param", "-CATALOG_NAME", "out.cat", "-BACK_SIZE", "64"])
        .args(["-SATUR_LEVEL", "50000", "-GAIN", "0", "-VERBOSE_TYPE", "QUIET", "-CATALOG_TYPE", "ASCII"])
        .status()
        .expect("source-extractor starts");
    assert!(status.success());
    std::fs::read_to_string(path("out.cat"))
        .expect("a catalogue")
        .lines()
        .map(|line| {
            let values: Vec<f64> = line.split_whitespace().map(|v| v.parse().expect("a number")).collect();
            [values[0], values[1], values[2], values[3]]
        })
        .collect()
}

#[test]
fn positions_snr_and_widths_are_as_planted() {
    let Some(program) = test_sky::tool("source-extractor") else { return };
    // White noise: SNR_WIN takes the noise for white, and grain inflates the rms of nothing else.
    let render = RenderParams { grain_correlation_px: 0.0, ..RenderParams::default() };
    let params = SceneParams { n_vanished: 120, ..SceneKind::Standard.scene(11) };
    let cutout = Scene::generate(&params).render(&render).expect("the field is on its plate");
    let found = detections(&program, &cutout);
    let column = |name: &str| cutout.truth.numbers(name).expect("numbers");
    let (x, y, snr, fwhm, bits) =
        (column("X_IMAGE"), column("Y_IMAGE"), column("snr_win"), column("fwhm_px"), column("mask_bits"));
    let kinds = cutout.truth.texts("kind").expect("kinds");
    let blended = cutout.truth.texts("blended").expect("flags");
    let (mut offsets, mut ratios, mut widths, mut wanted) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for i in
        (0..x.len()).filter(|i| kinds[*i] == "vanished" && blended[*i] == "false" && bits[*i] == 0.0 && snr[*i] > 20.0)
    {
        wanted += 1;
        let near = found.iter().map(|d| ((d[0] - x[i]).hypot(d[1] - y[i]), d)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, detection)) = near.filter(|(distance, _)| *distance < 3.0) {
            offsets.push(distance);
            ratios.push(detection[2] / snr[i]);
            widths.push(detection[3] / fwhm[i]);
        }
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    eprintln!(
        "{} detections, {wanted} isolated planted stars of SNR above 20, {} matched and compared",
        found.len(),
        offsets.len()
    );
    assert!(offsets.len() >= 60 && offsets.len() + 3 >= wanted, "{} of {wanted} were found", offsets.len());
    assert!(middle(&mut offsets) < 0.1, "median distance {} px", middle(&mut offsets));
    eprintln!("SNR_WIN over expected {:.3}, FWHM over planted {:.3}", middle(&mut ratios), middle(&mut widths));
    assert_close!(middle(&mut ratios), 1.0, abs = 0.1, "expected SNR_WIN is within 10 % of source-extractor's");
    assert_close!(middle(&mut widths), 1.1, abs = 0.15, "FWHM_IMAGE of a Moffat is a tenth larger than its FWHM");
}
