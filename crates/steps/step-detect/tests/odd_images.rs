//! Images that hold no sky, or nothing that a catalogue could be made of: each ends in a typed outcome, none in a panic, and
//! what it ends in is written down here.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use sky_coords::{PixelPos, SkyPos};
use sky_fits::PixelData;
use sky_image::Header;
use sky_wcs::Wcs;
use step_contract::Status;
use step_detect::Detect;
use step_harness::testing::InProcess;
use test_sky::{gaussian_star, white_noise};

/// Columns and rows of the images that have some.
const SIDE: usize = 96;

fn noise() -> Array2<f32> {
    white_noise(SIDE, SIDE, 5.0, 8).mapv(|value| value + 1000.0)
}

/// A name, the image, and how many sources pass 1 finds; `None`: there is no background to find any against.
fn images() -> Vec<(&'static str, Array2<f32>, Option<usize>)> {
    let bright = |value: f32| {
        let mut pixels = noise();
        pixels[[40, 50]] = value;
        pixels
    };
    let stars = |scale: f32| {
        let star = gaussian_star(SIDE, SIDE, PixelPos::new(40.0, 50.0), 3.0, 20_000.0);
        (noise() + star).mapv(|value| value * scale)
    };
    let mut half_missing = stars(1.0);
    half_missing.slice_mut(ndarray::s![.., ..SIDE / 3]).fill(f32::NAN);
    vec![
        ("blank", Array2::zeros((SIDE, SIDE)), Some(0)),
        ("constant", Array2::from_elem((SIDE, SIDE), 1234.5), Some(0)),
        ("nan", Array2::from_elem((SIDE, SIDE), f32::NAN), None),
        ("infinite", Array2::from_elem((SIDE, SIDE), f32::INFINITY), None),
        ("single", Array2::from_elem((1, 1), 7.0), Some(0)),
        ("row", white_noise(300, 1, 5.0, 4), Some(0)),
        ("column", white_noise(1, 300, 5.0, 4), Some(0)),
        ("saturated", Array2::from_elem((SIDE, SIDE), 65_535.0), Some(0)),
        // One pixel above the noise is nine above the threshold when it is filtered.
        ("pixel", bright(60_000.0), Some(1)),
        ("huge_pixel", bright(9.0e29), Some(1)),
        // SExtractor takes pixels of 1e30 (its BIG) and more as undefined.
        ("undefined_pixel", bright(1.0e30), Some(0)),
        ("huge", stars(1.0e24), Some(1)),
        ("tiny", stars(1.0e-30), Some(1)),
        ("half_missing", half_missing, Some(1)),
    ]
}

fn write(folder: &Path, name: &str, pixels: &Array2<f32>) -> PathBuf {
    let path = folder.join(format!("{name}.fits"));
    let mut header = Header::new();
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(0.5, 0.5), 1.7).expect("a WCS");
    assert!(wcs.write_to(&mut header), "a TAN solution can be written");
    let mut file = std::fs::File::create(&path).expect("a file in the temporary folder");
    sky_fits::write_image(&mut file, &header, PixelData::F32(pixels)).expect("an image can be written");
    path
}

#[test]
fn pass_1_psf_and_pass_2_end_each_odd_image_in_a_typed_outcome() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, pixels, expected) in images() {
        let image = write(folder.path(), name, &pixels);
        let place = |step: &str| folder.path().join(format!("{name}-{step}"));
        let pass_1 = InProcess::<Detect>::new(place("p1")).read("frames", &image).run();
        let unit = &pass_1.manifest.units[0];
        let found = unit.facts.as_ref().map(|facts| facts.objects_detected as usize);
        assert_eq!(found, expected, "{name}: {:?}", unit.reason);
        if expected.is_none() {
            let reason = unit.reason.as_ref().map(|reason| reason.kind.as_str());
            assert_eq!((unit.status, reason), (Status::Unprocessable, Some("no_background")), "{name}");
            continue;
        }
        // Too few stars for a model, whatever is on the image.
        let psf =
            InProcess::<step_psf::Psf>::new(place("psf")).read("frames", &image).read("catalog", place("p1")).run();
        let unit = &psf.manifest.units[0];
        assert_eq!(unit.status, Status::Unprocessable, "{name}: {:?}", unit.reason);
        let pass_2 = InProcess::<Detect>::new(place("p2")).read("frames", &image).read("psf", place("psf")).run();
        assert_eq!(pass_2.manifest.units[0].status, Status::Blocked, "{name}: no model");
    }
}

#[test]
fn pass_2_with_a_model_of_another_image_ends_each_odd_image_in_a_typed_outcome() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut pixels = white_noise(400, 400, 5.0, 2).mapv(|value| value + 1000.0);
    for star in 0..100_u32 {
        let jitter = (f64::from(star) * 0.618_034).fract();
        let place =
            PixelPos::new(20.0 + 40.0 * f64::from(star % 10) + jitter, 20.0 + 40.0 * f64::from(star / 10) - jitter);
        pixels += &gaussian_star(400, 400, place, 3.0, 8000.0 * (1.0 + 3.0 * jitter));
    }
    let good = write(folder.path(), "good", &pixels);
    let place = |name: &str| folder.path().join(name);
    InProcess::<Detect>::new(place("p1")).read("frames", &good).run();
    let psf = InProcess::<step_psf::Psf>::new(place("psf")).read("frames", &good).read("catalog", place("p1")).run();
    assert_eq!(psf.exit, 0, "{:?}", psf.manifest.units[0].reason);
    let model = place("psf").join("good.psf");
    for (name, pixels, expected) in images() {
        let image = write(folder.path(), name, &pixels);
        std::fs::copy(&model, place(&format!("{name}.psf"))).expect("a copy");
        let result = InProcess::<Detect>::new(place(&format!("{name}-p2")))
            .read("frames", &image)
            .read("psf", place(&format!("{name}.psf")))
            .run();
        let unit = &result.manifest.units[0];
        let found = unit.facts.as_ref().map(|facts| facts.objects_detected as usize);
        assert_eq!(found, expected, "{name}: {:?}", unit.reason);
    }
}
