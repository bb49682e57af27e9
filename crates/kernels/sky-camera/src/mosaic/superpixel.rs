//! Debayering by 2 x 2 pixels: no interpolation, half the size.

use super::plane::{Mosaic, Planes};
use sky_image::Colour;

/// One pixel for each whole 2 x 2 cell: red, mean of the two greens, blue. A last odd row or column is left out. The centre
/// of the output pixel (x, y) lies at (2 x + 0.5, 2 y + 0.5) of the mosaic.
pub fn superpixel(mosaic: &Mosaic<'_>) -> Planes {
    let (width, height) = (mosaic.width / 2, mosaic.height() / 2);
    let mut planes = Planes::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let (mut red, mut green, mut blue) = (0.0, 0.0, 0.0);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let value = mosaic.pixels[(2 * y + dy) * mosaic.width + 2 * x + dx];
                match mosaic.phase.colour(dx, dy) {
                    Colour::Red => red = value,
                    Colour::Green => green += 0.5 * value,
                    Colour::Blue => blue = value,
                }
            }
            let at = y * width + x;
            (planes.red[at], planes.green[at], planes.blue[at]) = (red, green, blue);
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_image::BayerPattern;

    #[test]
    fn each_cell_gives_its_own_colours() {
        let pixels = [1.0, 10.0, 2.0, 20.0, 30.0, 100.0, 40.0, 200.0];
        let phase = BayerPattern::parse("RGGB").expect("a pattern");
        let planes = superpixel(&Mosaic { pixels: &pixels, width: 4, phase });
        assert_eq!((planes.red, planes.green, planes.blue), (vec![1.0, 2.0], vec![20.0, 30.0], vec![100.0, 200.0]));
        let phase = BayerPattern::parse("GBRG").expect("a pattern");
        let planes = superpixel(&Mosaic { pixels: &pixels, width: 4, phase });
        assert_eq!((planes.red, planes.blue), (vec![30.0, 40.0], vec![10.0, 20.0]));
    }
}
