//! The check images.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use ndarray::Array2;

use crate::both::Plan;

/// Name in a `.sex` file, ending of our file, largest difference of a pixel in units of the sky's noise, share of the pixels
/// that must agree to it.
const IMAGES: &[(&str, &str, f64, f64)] = &[
    ("BACKGROUND", "background", 1e-3, 0.999),
    ("BACKGROUND_RMS", "background_rms", 1e-3, 0.999),
    ("-BACKGROUND", "minus_background", 1e-3, 0.999),
    ("FILTERED", "filtered", 1e-3, 0.99),
    ("OBJECTS", "objects", 1e-3, 0.998),
    ("-OBJECTS", "minus_objects", 1e-3, 0.998),
    ("APERTURES", "apertures", 1e-3, 0.9),
    ("MINIBACKGROUND", "minibackground", 1e-3, 0.999),
    ("MINIBACK_RMS", "miniback_rms", 1e-3, 0.999),
];

#[test]
fn check_images_are_those_of_source_extractor() {
    let Some(plan) = Plan::new("check_images_are_those_of_source_extractor", "i_sim/std/tile.fits.gz") else { return };
    let types: Vec<&str> = IMAGES.iter().map(|image| image.0).chain(["SEGMENTATION"]).collect();
    let names: Vec<String> = (0..types.len()).map(|index| format!("check{index}.fits")).collect();
    let sex = format!("CHECKIMAGE_TYPE {}\nCHECKIMAGE_NAME {}\n", types.join(","), names.join(","));
    let both = plan.run(&sex, &["FLUX_AUTO"], "image.fits", &[("frames", "image.fits")]);
    let read = |name: &str| -> Array2<f32> {
        sky_fits::ImageReader::open(&plan.path(name)).and_then(|reader| reader.read()).expect("a check image").pixels
    };
    let noise = {
        let mut rms: Vec<f32> = read("out/image_miniback_rms.fits").iter().copied().collect();
        sky_stats::median_f32(&mut rms).expect("cells")
    };
    for (index, (name, ending, largest, wanted)) in IMAGES.iter().enumerate() {
        let (ours, theirs) = (read(&format!("out/image_{ending}.fits")), read(&names[index]));
        assert_eq!(ours.dim(), theirs.dim(), "{name}");
        let limit = *largest as f32 * noise;
        let equal = ours.iter().zip(&theirs).filter(|(a, b)| (**a - **b).abs() <= limit).count();
        let share = equal as f64 / ours.len() as f64;
        eprintln!("  {name}: {} pixels compared, {:.4} % within {largest} of the noise", ours.len(), 100.0 * share);
        assert!(share >= *wanted, "{name}: {share} of the pixels agree, expected {wanted}");
    }
    let (ours, theirs) = (read("out/image_segmentation.fits"), read(&names[IMAGES.len()]));
    let equal = ours.iter().zip(&theirs).filter(|(a, b)| (**a > 0.0) == (**b > 0.0)).count();
    let share = equal as f64 / ours.len() as f64;
    eprintln!(
        "  SEGMENTATION: {} pixels compared, {:.4} % in sources of both or of neither",
        ours.len(),
        100.0 * share
    );
    assert!(share >= 0.999 && f64::from(ours.fold(0.0, |most: f32, n| most.max(*n))) == both.ours.rows as f64);
}
