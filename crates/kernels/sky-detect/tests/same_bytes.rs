//! The same sources for any number of threads, and a typed end for images that hold nothing.

use ndarray::Array2;
use sky_background::BackgroundParams;
use sky_coords::PixelPos;
use sky_detect::{DetectError, DetectParams, Detection, ThresholdMap, detect};
use sky_image::{Image, mask_bits};
use sky_photometry::PhotometryParams;
use test_sky::{assert_close, gaussian_star, white_noise};

/// A field of 60 stars, some of them blended, some at the edge.
fn field() -> Array2<f32> {
    let mut scene = white_noise(300, 260, 5.0, 7);
    for star in 0..60_u32 {
        let (x, y) = (f64::from((star * 67) % 300), f64::from((star * 101) % 260));
        scene += &gaussian_star(300, 260, PixelPos::new(x + 0.3, y - 0.2), 3.0, 800.0 * f64::from(1 + star % 9));
        if star % 5 == 0 {
            scene += &gaussian_star(300, 260, PixelPos::new(x + 4.1, y + 2.2), 3.0, 1500.0);
        }
    }
    scene.mapv_inplace(|value| value + 1000.0);
    scene
}

fn found(pixels: Array2<f32>, threads: usize, params: &DetectParams) -> Detection {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| {
        detect(Image::new(pixels), params, &BackgroundParams::default(), &PhotometryParams::default())
            .expect("an image with a sky")
    })
}

#[test]
fn any_number_of_threads_gives_the_same_sources() {
    for map in [ThresholdMap::Global, ThresholdMap::Local] {
        let params = DetectParams { threshold_map: map, ..DetectParams::default() };
        let one = found(field(), 1, &params);
        assert!(one.sources.len() > 40, "{} sources", one.sources.len());
        for threads in [2, 8] {
            let several = found(field(), threads, &params);
            assert_eq!(one.sources, several.sources, "{threads} threads");
            assert_eq!(one.segmentation, several.segmentation, "{threads} threads");
        }
    }
}

#[test]
fn a_star_is_found_where_it_is_with_the_flux_that_it_has() {
    let mut scene = white_noise(128, 128, 2.0, 9);
    scene += &gaussian_star(128, 128, PixelPos::new(60.25, 70.75), 3.0, 20_000.0);
    let sources = found(scene, 1, &DetectParams::default()).sources;
    assert_eq!(sources.len(), 1, "one star");
    let star = &sources[0];
    assert_close!(star.windowed.x_px, 60.25, abs = 0.02, "SNR is some 500");
    assert_close!(star.windowed.y_px, 70.75, abs = 0.02, "SNR is some 500");
    assert_close!(star.auto.adu, 20_000.0, abs = 400.0, "a Kron ellipse holds 98 % and more");
    assert_close!(star.isophotal.fwhm_px, 3.0, abs = 0.1, "the star's FWHM");
    assert_close!(star.half_light_radius_px, 1.5, abs = 0.1, "half of the light of a Gaussian lies within FWHM / 2");
    assert_eq!(star.flags, 0, "alone and complete");
}

#[test]
fn shifting_the_scene_shifts_the_source() {
    let at = |x: f64, y: f64| {
        let scene = gaussian_star(64, 64, PixelPos::new(x, y), 3.0, 20_000.0) + white_noise(64, 64, 1.0, 3);
        let sources = found(scene, 1, &DetectParams::default()).sources;
        (sources[0].windowed.x_px, sources[0].windowed.y_px)
    };
    let (here, there) = (at(30.0, 30.0), at(33.4, 28.7));
    assert_close!(there.0 - here.0, 3.4, abs = 0.02, "along x");
    assert_close!(there.1 - here.1, -1.3, abs = 0.02, "along y");
}

#[test]
fn masked_pixels_mark_sources_and_missing_ones_are_not_part_of_them() {
    let mut pixels = white_noise(128, 128, 2.0, 5);
    pixels += &gaussian_star(128, 128, PixelPos::new(30.0, 30.0), 3.0, 20_000.0);
    pixels += &gaussian_star(128, 128, PixelPos::new(90.0, 90.0), 3.0, 20_000.0);
    let mut mask = sky_image::Mask::zeros((128, 128));
    mask[[30, 30]] = mask_bits::BRIGHT_STAR;
    for x in 60..128 {
        mask[[90, x]] = mask_bits::BAD;
    }
    let sources = detect(
        Image { pixels, mask: Some(mask) },
        &DetectParams::default(),
        &BackgroundParams::default(),
        &PhotometryParams::default(),
    )
    .expect("a sky")
    .sources;
    let first = sources.iter().find(|source| source.x_px < 60.0).expect("a masked source is found, not dropped");
    assert_eq!((first.image_flags, first.n_masked_px), (u32::from(mask_bits::BRIGHT_STAR), 1), "the bit of its centre");
    assert!(first.auto.adu > 19_000.0, "its light stays: {}", first.auto.adu);
    let crossed: Vec<_> = sources.iter().filter(|source| source.x_px > 60.0).collect();
    assert!(
        crossed.iter().all(|source| source.image_flags & u32::from(mask_bits::BAD) == 0),
        "no source owns a missing pixel"
    );
}

#[test]
fn images_that_hold_nothing_end_in_a_type() {
    let run = |pixels: Array2<f32>| {
        detect(Image::new(pixels), &DetectParams::default(), &BackgroundParams::default(), &PhotometryParams::default())
    };
    for (width, height) in [(1, 1), (1, 50), (50, 1), (64, 64)] {
        let constant = run(Array2::from_elem((height, width), 7.0)).expect("a constant image has a level");
        assert!(constant.sources.is_empty(), "{width} x {height}: nothing stands above nothing");
        let missing = run(Array2::from_elem((height, width), f32::NAN));
        assert!(matches!(missing, Err(DetectError::Background(_))), "{width} x {height} without data: {missing:?}");
    }
    assert!(matches!(run(Array2::zeros((0, 0))), Err(DetectError::Background(_))), "no pixel at all");
    let saturated = run(Array2::from_elem((64, 64), 65_535.0)).expect("a plateau has a level");
    assert!(saturated.sources.is_empty(), "everything on the plateau");
    let masked = |bit: u16| {
        let mask = Some(sky_image::Mask::from_elem((64, 64), bit));
        let image = Image { pixels: white_noise(64, 64, 3.0, 11), mask };
        detect(image, &DetectParams::default(), &BackgroundParams::default(), &PhotometryParams::default())
    };
    for bit in [mask_bits::BAD, mask_bits::NO_DATA, mask_bits::BRIGHT_STAR] {
        let found = masked(bit);
        assert!(matches!(found, Err(DetectError::Background(_))), "all pixels carry bit {bit}: {found:?}");
    }
    let blank = run(white_noise(256, 256, 3.0, 11)).expect("noise has a level");
    assert!(blank.sources.len() <= 1, "{} sources on white noise at 5 sigma", blank.sources.len());
}
