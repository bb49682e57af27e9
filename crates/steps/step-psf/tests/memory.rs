//! The memory that the step declares for a large frame against the peak that the system measures.
//!
//! Alone in its program, so that the peak is its own.
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

use sky_fits::{BinColumn, Values, ldac};
use sky_image::{CardValue, Header};
use step_harness::testing::InProcess;
use step_psf::Psf;
use test_sky::LargeFrameStar;

/// 16.8 megapixels. `MEMORY_TEST_SIDE_PX=7810` takes one of 61 megapixels.
const SIDE_PX: usize = 4096;

#[test]
fn the_peak_stays_below_what_is_declared_for_the_pixels_of_the_frame() {
    let side = std::env::var("MEMORY_TEST_SIDE_PX").ok().and_then(|side| side.parse().ok()).unwrap_or(SIDE_PX);
    let folder = tempfile::tempdir().expect("a folder");
    let (frame, catalog) = (folder.path().join("large.fits"), folder.path().join("large.cat"));
    let stars = test_sky::write_large_frame(&frame, side).expect("written");
    let column = |of: &dyn Fn(&LargeFrameStar) -> f64| Values::F64(stars.iter().map(of).collect());
    let columns = [
        ("XWIN_IMAGE", column(&|star| star.x_px + 1.0)),
        ("YWIN_IMAGE", column(&|star| star.y_px + 1.0)),
        ("FLUX_AUTO", column(&|star| star.flux_adu)),
        ("FLUX_RADIUS", column(&|_| 1.5)),
        ("SNR_WIN", column(&|star| star.flux_adu / 45.0)),
        ("ELONGATION", column(&|_| 1.02)),
        ("FLAGS", column(&|_| 0.0)),
        ("FLUX_MAX", column(&|star| 0.09 * star.flux_adu)),
        ("BACKGROUND", column(&|_| 1000.0)),
    ];
    let columns: Vec<BinColumn> = columns.into_iter().map(|(name, values)| BinColumn::new(name, values)).collect();
    let mut header = Header::new();
    header.push("SIMPLE", CardValue::Logical(true), "");
    header.push("BITPIX", CardValue::Integer(16), "");
    header.push("NAXIS", CardValue::Integer(2), "");
    header.push("NAXIS1", CardValue::Integer(side as i64), "");
    header.push("NAXIS2", CardValue::Integer(side as i64), "");
    let mut file = std::fs::File::create(&catalog).expect("a file");
    ldac::write(&mut file, &header, &columns).expect("written");
    drop(columns);
    let result =
        InProcess::<Psf>::new(folder.path().join("psf")).read("frames", &frame).read("catalog", &catalog).run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
    let memory = result.manifest.execution.memory.expect("a unit was made");
    let peak = memory.peak_bytes.expect("Linux tells it");
    eprintln!("psf, {side} x {side}: declared {} MiB, peak {} MiB", memory.declared_bytes >> 20, peak >> 20);
    assert!(peak <= memory.declared_bytes, "peak {peak} bytes, declared {} bytes", memory.declared_bytes);
}
