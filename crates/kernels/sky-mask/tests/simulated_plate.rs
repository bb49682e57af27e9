//! On a simulated plate the mask holds what halos and spikes would be detected as, and spares clean stars.
#![allow(clippy::print_stderr, reason = "a gate prints what it measured")]

use ndarray::{Array2, s};
use sky_coords::PixelPos;
use sky_image::{Mask, mask_bits};
use sky_mask::{BrightStar, StarLaw, mask_stars};
use sky_sim::{Scene, SceneKind, SceneParams};
use sky_stats::{mad_sigma, median};
use sky_wcs::Wcs;

const GLOW: u16 = mask_bits::BRIGHT_STAR | mask_bits::SPIKE;
/// A peak of the smoothed plate counts as detected from here, sigma.
const THRESHOLD_SIGMA: f64 = 5.0;
/// Half the side of the box whose median is the local sky, pixels.
const SKY_HALF_PX: usize = 100;
/// A peak this near to a planted object is that object, pixels.
const OWN_LIGHT_PX: f64 = 5.0;

/// The plate as a detector sees it: means of 3 x 3 pixels.
fn smoothed(pixels: &Array2<f32>) -> Array2<f64> {
    let (height, width) = pixels.dim();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let around = s![y.saturating_sub(1)..(y + 2).min(height), x.saturating_sub(1)..(x + 2).min(width)];
        let values = pixels.slice(around);
        values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
    })
}

/// Local maxima of 7 x 7 pixels above the threshold over the local sky.
fn peaks(plate: &Array2<f64>) -> Vec<(usize, usize)> {
    let (height, width) = plate.dim();
    let mut sample: Vec<f64> = plate.iter().step_by(17).copied().collect();
    let sigma = mad_sigma(&mut sample).expect("a plate has pixels");
    let mut found = Vec::new();
    for y in 3..height - 3 {
        for x in 3..width - 3 {
            let value = plate[(y, x)];
            let highest = plate.slice(s![y - 3..y + 4, x - 3..x + 4]).iter().all(|&other| other <= value);
            if !highest {
                continue;
            }
            let (rows, columns) = (
                y.saturating_sub(SKY_HALF_PX)..(y + SKY_HALF_PX).min(height),
                x.saturating_sub(SKY_HALF_PX)..(x + SKY_HALF_PX).min(width),
            );
            let mut sky: Vec<f64> = plate.slice(s![rows, columns]).iter().step_by(97).copied().collect();
            if value > median(&mut sky).expect("a box has pixels") + THRESHOLD_SIGMA * sigma {
                found.push((y, x));
            }
        }
    }
    found
}

#[test]
fn halos_and_spikes_are_masked_and_clean_stars_are_not() {
    // Many bright stars, a flat luminosity function from magnitude 6, and no defects of the emulsion.
    let params = SceneParams {
        brightest_mag: 6.0,
        number_count_slope: 0.15,
        n_scratches: 0,
        n_hairs: 0,
        n_dust: 0,
        n_emulsion_spots: 0,
        n_trails: 0,
        ..SceneKind::Sparse.scene(11)
    };
    let scene = Scene::generate(&params);
    let cutout = scene.render(&SceneKind::Standard.render()).expect("the field is on the plate");
    let wcs = Wcs::from_header(&cutout.header).expect("the archive's header has a solution");
    let stars: Vec<BrightStar> =
        scene.objects().iter().map(|object| BrightStar { position: object.position, mag: object.mag }).collect();
    let mut mask = Mask::zeros(cutout.image.pixels.dim());
    let law = StarLaw::default();
    let counts = mask_stars(&mut mask, &wcs, &stars, &law);
    let fraction = mask.iter().filter(|&&bits| bits != 0).count() as f64 / mask.len() as f64;

    let truth = cutout.image.mask.as_ref().expect("a simulated plate knows its halos");
    let planted: Vec<(PixelPos, f64)> =
        scene.objects().iter().filter_map(|object| Some((wcs.pixel_from_sky(object.position)?, object.mag))).collect();
    // False detections in the glow of the stars that are to be masked: their reach is the truth, their own image is not.
    let near_bright = |y: usize, x: usize| {
        planted.iter().filter(|(_, mag)| *mag <= law.mask_threshold_mag).any(|(star, mag)| {
            let reach_px = law.spike_length_arcsec(*mag).max(2.0 * law.radius_arcsec(*mag)) / wcs.pixel_scale_arcsec();
            (star.x_px - x as f64).hypot(star.y_px - y as f64) < reach_px
        })
    };
    let own_light = |y: usize, x: usize| {
        planted.iter().any(|(star, _)| (star.x_px - x as f64).hypot(star.y_px - y as f64) < OWN_LIGHT_PX)
    };
    let false_detections: Vec<(usize, usize)> = peaks(&smoothed(&cutout.image.pixels))
        .into_iter()
        .filter(|&(y, x)| truth[(y, x)] & GLOW != 0 && !own_light(y, x) && near_bright(y, x))
        .collect();
    let inside = false_detections.iter().filter(|&&place| mask[place] != 0).count();

    let clean: Vec<&PixelPos> = planted
        .iter()
        .filter(|(star, mag)| {
            let (height, width) = mask.dim();
            let on = (0.0..width as f64 - 1.0).contains(&star.x_px) && (0.0..height as f64 - 1.0).contains(&star.y_px);
            on && *mag > law.mask_threshold_mag
                && truth[(star.y_px.round() as usize, star.x_px.round() as usize)] & GLOW == 0
        })
        .map(|(star, _)| star)
        .collect();
    let lost = clean.iter().filter(|star| mask[(star.y_px.round() as usize, star.x_px.round() as usize)] != 0).count();
    eprintln!(
        "{} stars mask {:.2} % of the plate; {inside} of {} halo and spike detections in the mask; {lost} of {} clean stars",
        counts.masking,
        100.0 * fraction,
        false_detections.len(),
        clean.len()
    );
    assert!(false_detections.len() >= 20, "only {} detections in halos and spikes to judge", false_detections.len());
    assert!(inside as f64 >= 0.95 * false_detections.len() as f64, "{inside} of {} are masked", false_detections.len());
    assert!(clean.len() >= 500, "only {} clean stars to judge", clean.len());
    assert!(lost as f64 <= 0.02 * clean.len() as f64, "{lost} of {} clean stars are masked", clean.len());
    assert!(fraction < 0.05, "{:.1} % of a high-latitude plate is masked", 100.0 * fraction);
}
