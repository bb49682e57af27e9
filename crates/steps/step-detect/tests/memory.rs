//! The memory that the step declares for a large frame against the peak that the system measures.
//!
//! Alone in its program, so that the peak is its own.
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

use step_detect::Detect;
use step_harness::testing::InProcess;

/// 16.8 megapixels. `MEMORY_TEST_SIDE_PX=7810` takes one of 61 megapixels.
const SIDE_PX: usize = 4096;

#[test]
fn the_peak_stays_below_what_is_declared_for_the_pixels_of_the_frame() {
    let side = std::env::var("MEMORY_TEST_SIDE_PX").ok().and_then(|side| side.parse().ok()).unwrap_or(SIDE_PX);
    let folder = tempfile::tempdir().expect("a folder");
    let frame = folder.path().join("large.fits");
    let stars = test_sky::write_large_frame(&frame, side).expect("written");
    let result = InProcess::<Detect>::new(folder.path().join("detect")).read("frames", &frame).run();
    let facts = result.manifest.units[0].facts.as_ref().expect("done");
    assert!(facts.objects_detected as usize >= stars.len() * 9 / 10, "{} of {}", facts.objects_detected, stars.len());
    let memory = result.manifest.execution.memory.expect("a unit was made");
    let peak = memory.peak_bytes.expect("Linux tells it");
    eprintln!("detect, {side} x {side}: declared {} MiB, peak {} MiB", memory.declared_bytes >> 20, peak >> 20);
    assert!(peak <= memory.declared_bytes, "peak {peak} bytes, declared {} bytes", memory.declared_bytes);
}
