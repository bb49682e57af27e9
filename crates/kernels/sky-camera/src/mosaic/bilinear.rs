//! Debayering by the mean of the nearest pixels of each colour.

use super::plane::{Mosaic, Planes};
use sky_image::Colour;

/// Three planes of the mosaic's size; exact on a plane ramp. Edges are mirrored.
pub fn bilinear(mosaic: &Mosaic<'_>) -> Planes {
    let (width, height) = (mosaic.width, mosaic.height());
    let mut planes = Planes::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let (red, green, blue) = at(mosaic, x, y);
            let place = y * width + x;
            (planes.red[place], planes.green[place], planes.blue[place]) = (red, green, blue);
        }
    }
    planes
}

fn at(mosaic: &Mosaic<'_>, x: usize, y: usize) -> (f32, f32, f32) {
    let (px, py) = (x as isize, y as isize);
    let own = mosaic.pixels[y * mosaic.width + x];
    let beside = 0.5 * (mosaic.mirrored(px - 1, py) + mosaic.mirrored(px + 1, py));
    let above = 0.5 * (mosaic.mirrored(px, py - 1) + mosaic.mirrored(px, py + 1));
    let corners = || {
        0.25 * (mosaic.mirrored(px - 1, py - 1)
            + mosaic.mirrored(px + 1, py - 1)
            + mosaic.mirrored(px - 1, py + 1)
            + mosaic.mirrored(px + 1, py + 1))
    };
    match mosaic.phase.colour(x, y) {
        Colour::Red => (own, 0.5 * (beside + above), corners()),
        Colour::Blue => (corners(), 0.5 * (beside + above), own),
        Colour::Green if mosaic.phase.colour(x + 1, y) == Colour::Red => (beside, own, above),
        Colour::Green => (above, own, beside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_image::BayerPattern;

    #[test]
    fn a_ramp_is_exact_inside_for_every_pattern_and_parity() {
        for name in ["RGGB", "GRBG", "GBRG", "BGGR"] {
            for (width, height) in [(12, 10), (13, 10), (12, 11), (13, 11)] {
                let phase = BayerPattern::parse(name).expect("a pattern");
                let value = |x: usize, y: usize, colour: Colour| {
                    let scale = match colour {
                        Colour::Red => 1.0,
                        Colour::Green => 2.0,
                        Colour::Blue => 3.0,
                    };
                    scale * (100.0 + 3.0 * x as f32 + 5.0 * y as f32)
                };
                let pixels: Vec<f32> = (0..width * height)
                    .map(|i| value(i % width, i / width, phase.colour(i % width, i / width)))
                    .collect();
                let planes = bilinear(&Mosaic { pixels: &pixels, width, phase });
                for y in 1..height - 1 {
                    for x in 1..width - 1 {
                        let at = y * width + x;
                        for (found, colour) in [
                            (planes.red[at], Colour::Red),
                            (planes.green[at], Colour::Green),
                            (planes.blue[at], Colour::Blue),
                        ] {
                            let expected = value(x, y, colour);
                            assert!((found / expected - 1.0).abs() < 1e-6, "{name} ({x}, {y}) {colour:?}: {found}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_grey_flat_stays_grey_to_the_edge() {
        let phase = BayerPattern::parse("GRBG").expect("a pattern");
        let planes = bilinear(&Mosaic { pixels: &[500.0; 35], width: 7, phase });
        assert!(planes.red.iter().chain(&planes.green).chain(&planes.blue).all(|&value| value == 500.0));
    }
}
