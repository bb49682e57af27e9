//! Where the mask of a star lies: inside the frame, outside it, across RA 0 and at the pole.

use sky_coords::{PixelPos, SkyPos};
use sky_image::{Mask, mask_bits};
use sky_mask::{BrightStar, StarCounts, StarLaw, mask_stars};
use sky_wcs::Wcs;

const SIDE_PX: usize = 300;
const SCALE_ARCSEC: f64 = 1.7;

fn frame(centre: SkyPos) -> Wcs {
    Wcs::north_up(centre, PixelPos::new(149.5, 149.5), SCALE_ARCSEC).expect("a sound solution")
}

fn masked(wcs: &Wcs, stars: &[BrightStar], law: &StarLaw) -> (Mask, StarCounts) {
    let mut mask = Mask::zeros((SIDE_PX, SIDE_PX));
    let counts = mask_stars(&mut mask, wcs, stars, law);
    (mask, counts)
}

/// Mean position and number of the pixels that carry `bit`.
fn centre_of(mask: &Mask, bit: u16) -> (f64, f64, usize) {
    let (x, y, n) = mask
        .indexed_iter()
        .filter(|(_, bits)| *bits & bit != 0)
        .fold((0.0, 0.0, 0_usize), |(x, y, n), ((row, column), _)| (x + column as f64, y + row as f64, n + 1));
    (x / n as f64, y / n as f64, n)
}

#[test]
fn a_star_inside_has_its_disc_at_its_place() {
    let law = StarLaw::default();
    for (ra, dec) in [(150.0, 20.0), (0.0, -5.0), (359.99, 60.0), (40.0, 89.99), (40.0, -89.99)] {
        let wcs = frame(SkyPos::new(ra, dec));
        for (x, y) in [(150.3, 149.8), (60.0, 220.0), (240.4, 70.1)] {
            let star = BrightStar { position: wcs.sky_from_pixel(PixelPos::new(x, y)), mag: 10.0 };
            let (mask, counts) = masked(&wcs, &[star], &law);
            let (cx, cy, n) = centre_of(&mask, mask_bits::BRIGHT_STAR);
            assert!((cx - x).hypot(cy - y) <= 1.5, "disc at {cx} {cy}, star at {x} {y}, field {ra} {dec}");
            let area = std::f64::consts::PI * (law.radius_arcsec(10.0) / SCALE_ARCSEC).powi(2);
            assert!((n as f64 / area - 1.0).abs() < 0.05, "{n} pixels in the disc, {area:.0} expected at {ra} {dec}");
            assert_eq!(counts, StarCounts { masking: 1, ..StarCounts::default() });
        }
    }
}

#[test]
fn a_star_outside_masks_what_it_reaches() {
    let law = StarLaw::default();
    let wcs = frame(SkyPos::new(0.0, 10.0));
    // Magnitude 8: 71 arcsec = 42 px.
    let at = |x: f64, y: f64| BrightStar { position: wcs.sky_from_pixel(PixelPos::new(x, y)), mag: 8.0 };
    let (mask, counts) = masked(&wcs, &[at(-20.0, 150.0)], &law);
    assert_ne!(mask[(150, 10)] & mask_bits::BRIGHT_STAR, 0, "30 px from the star");
    assert_eq!(mask[(150, 40)] & mask_bits::BRIGHT_STAR, 0, "60 px from the star");
    assert_eq!((counts.masking, counts.masking_from_outside), (1, 1));
    let (mask, counts) = masked(&wcs, &[at(-120.0, 420.0)], &law);
    assert!(mask.iter().all(|&bits| bits == 0), "100 px away on both axes reaches nothing");
    assert_eq!(counts, StarCounts { out_of_reach: 1, ..StarCounts::default() });
}

#[test]
fn spikes_lie_along_rows_and_columns() {
    let law = StarLaw::default();
    let wcs = frame(SkyPos::new(150.0, 20.0));
    let star = BrightStar { position: wcs.sky_from_pixel(PixelPos::new(150.0, 150.0)), mag: 9.9 };
    let (mask, _) = masked(&wcs, &[star], &law);
    // Solano's line: 60 arcsec = 35.3 px at magnitude 9.9.
    for (y, x) in [(150, 184), (150, 116), (184, 150), (116, 150)] {
        assert_ne!(mask[(y, x)] & mask_bits::SPIKE, 0, "34 px along an arm at row {y}, column {x}");
    }
    for (y, x) in [(150, 187), (187, 150), (175, 175)] {
        assert_eq!(mask[(y, x)] & mask_bits::SPIKE, 0, "beyond an arm or between two at row {y}, column {x}");
    }
}

#[test]
fn no_bright_star_is_an_empty_mask() {
    let wcs = frame(SkyPos::new(150.0, 20.0));
    let stars = [12.001, f64::NAN].map(|mag| BrightStar { position: SkyPos::new(150.0, 20.0), mag });
    let (mask, counts) = masked(&wcs, &stars, &StarLaw::default());
    assert!(mask.iter().all(|&bits| bits == 0), "nothing is flagged");
    assert_eq!(counts, StarCounts { too_faint: 2, ..StarCounts::default() });
    let (_, none) = masked(&wcs, &[], &StarLaw::default());
    assert_eq!(none, StarCounts::default());
}
