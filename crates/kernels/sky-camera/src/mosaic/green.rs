//! The green pixels alone, for photometry.

use super::phase::Colour;
use super::plane::Mosaic;

/// The green pixels where they are, NaN elsewhere: no interpolation, no correlated noise.
pub fn green_plane(mosaic: &Mosaic<'_>) -> Vec<f32> {
    let green = |(index, &value): (usize, &f32)| {
        let is_green = mosaic.phase.colour(index % mosaic.width, index / mosaic.width) == Colour::Green;
        if is_green { value } else { f32::NAN }
    };
    mosaic.pixels.iter().enumerate().map(green).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mosaic::Phase;

    #[test]
    fn half_of_the_pixels_are_green_and_untouched() {
        let pixels: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let phase = Phase::parse("GRBG").expect("a pattern");
        let plane = green_plane(&Mosaic { pixels: &pixels, width: 4, phase });
        assert_eq!(plane.iter().filter(|value| value.is_finite()).count(), 8);
        assert_eq!((plane[0], plane[5]), (0.0, 5.0), "(0, 0) and (1, 1) are green");
        assert!(plane[1].is_nan() && plane[4].is_nan());
    }
}
