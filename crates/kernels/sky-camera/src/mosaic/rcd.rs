//! Ratio corrected demosaicing (Sanz Rodriguez 2017).
//!
//! Each missing colour is taken along the direction in which the mosaic changes least; the neighbour's value is corrected by
//! the ratio of the low-passed mosaic at both places, so that colour follows brightness.

use super::plane::{Mosaic, Planes};
use sky_image::Colour;

/// Added to gradients and denominators, in ADU of a mosaic scaled to 1: keeps flat areas from dividing by zero.
const EPSILON: f32 = 1.0e-5;

/// Three planes of the mosaic's size. NaN spreads to its neighbours.
///
/// The mosaic is scaled by its largest value inside, so that the small constants of the method hold for any range.
pub fn rcd(mosaic: &Mosaic<'_>) -> Planes {
    let largest = mosaic.pixels.iter().copied().filter(|value| value.is_finite()).fold(0.0_f32, |a, b| a.max(b.abs()));
    if largest == 0.0 {
        return super::bilinear(mosaic);
    }
    let scaled: Vec<f32> = mosaic.pixels.iter().map(|value| value / largest).collect();
    let scaled = Mosaic { pixels: &scaled, ..*mosaic };
    let work = Work::new(&scaled);
    let mut planes = Planes::new(mosaic.width, mosaic.height());
    work.green(&mut planes);
    work.red_and_blue_at_each_other(&mut planes);
    work.red_and_blue_at_green(&mut planes);
    for plane in [&mut planes.red, &mut planes.green, &mut planes.blue] {
        plane.iter_mut().for_each(|value| *value *= largest);
    }
    planes
}

struct Work<'a> {
    mosaic: &'a Mosaic<'a>,
    width: usize,
    height: usize,
    /// Share of the change along columns: 0 where the mosaic changes along rows only.
    vertical: Vec<f32>,
    /// Share of the change along the falling diagonal.
    falling: Vec<f32>,
    /// Low-passed mosaic.
    smooth: Vec<f32>,
}

impl<'a> Work<'a> {
    fn new(mosaic: &'a Mosaic<'a>) -> Self {
        let (width, height) = (mosaic.width, mosaic.height());
        let high_pass = |x: usize, y: usize, dx: isize, dy: isize| {
            let value = |k: isize| mosaic.mirrored(x as isize + k * dx, y as isize + k * dy);
            let passed = value(-3) - value(-1) - value(1) + value(3) - 3.0 * (value(-2) + value(2)) + 6.0 * value(0);
            passed * passed
        };
        let share = |(dx, dy): (isize, isize), (ex, ey): (isize, isize)| {
            let first = field(width, height, |x, y| high_pass(x, y, dx, dy));
            let second = field(width, height, |x, y| high_pass(x, y, ex, ey));
            field(width, height, |x, y| {
                let along = sum_of_three(&first, width, height, x, y, dx, dy);
                let across = sum_of_three(&second, width, height, x, y, ex, ey);
                (along + EPSILON * EPSILON) / (along + across + 2.0 * EPSILON * EPSILON)
            })
        };
        let smooth = field(width, height, |x, y| {
            let value = |dx: isize, dy: isize| mosaic.mirrored(x as isize + dx, y as isize + dy);
            value(0, 0)
                + 0.5 * (value(-1, 0) + value(1, 0) + value(0, -1) + value(0, 1))
                + 0.25 * (value(-1, -1) + value(1, -1) + value(-1, 1) + value(1, 1))
        });
        Self { mosaic, width, height, vertical: share((0, 1), (1, 0)), falling: share((1, 1), (-1, 1)), smooth }
    }

    /// The share of a direction at a pixel or, where it is more decided, around it.
    fn decided(&self, share: &[f32], x: usize, y: usize, offsets: [(isize, isize); 4]) -> f32 {
        let own = share[y * self.width + x];
        let around = offsets.iter().map(|&(dx, dy)| self.get(share, x, y, dx, dy)).sum::<f32>() * 0.25;
        if (0.5 - own).abs() < (0.5 - around).abs() { around } else { own }
    }

    fn get(&self, values: &[f32], x: usize, y: usize, dx: isize, dy: isize) -> f32 {
        Mosaic { pixels: values, width: self.width, phase: self.mosaic.phase }
            .mirrored(x as isize + dx, y as isize + dy)
    }

    fn green(&self, planes: &mut Planes) {
        for y in 0..self.height {
            for x in 0..self.width {
                let at = y * self.width + x;
                planes.green[at] = match self.mosaic.phase.colour(x, y) {
                    Colour::Green => self.mosaic.pixels[at],
                    _ => self.green_at(x, y),
                };
            }
        }
    }

    fn green_at(&self, x: usize, y: usize) -> f32 {
        let towards = |dx: isize, dy: isize| {
            let value = |k: isize| self.get(self.mosaic.pixels, x, y, k * dx, k * dy);
            let gradient = EPSILON
                + (value(1) - value(-1)).abs()
                + (value(0) - value(2)).abs()
                + (value(1) - value(3)).abs()
                + (value(2) - value(4)).abs();
            let (here, there) = (self.smooth[y * self.width + x], self.get(&self.smooth, x, y, 2 * dx, 2 * dy));
            let estimate = value(1) * (1.0 + ratio(here - there, here + there));
            (gradient, estimate)
        };
        let vertical = between(towards(0, -1), towards(0, 1));
        let horizontal = between(towards(-1, 0), towards(1, 0));
        let share = self.decided(&self.vertical, x, y, [(-1, -1), (1, -1), (-1, 1), (1, 1)]);
        share * horizontal + (1.0 - share) * vertical
    }

    fn red_and_blue_at_each_other(&self, planes: &mut Planes) {
        for y in 0..self.height {
            for x in 0..self.width {
                let at = y * self.width + x;
                let own = self.mosaic.pixels[at];
                match self.mosaic.phase.colour(x, y) {
                    Colour::Red => {
                        planes.red[at] = own;
                        planes.blue[at] = self.diagonal_at(x, y, &planes.green);
                    }
                    Colour::Blue => {
                        planes.blue[at] = own;
                        planes.red[at] = self.diagonal_at(x, y, &planes.green);
                    }
                    Colour::Green => {}
                }
            }
        }
    }

    /// The colour of the diagonal neighbours, by its difference to green.
    fn diagonal_at(&self, x: usize, y: usize, green: &[f32]) -> f32 {
        let towards = |dx: isize, dy: isize| {
            let value = |k: isize| self.get(self.mosaic.pixels, x, y, k * dx, k * dy);
            let greens = |k: isize| self.get(green, x, y, k * dx, k * dy);
            let gradient =
                EPSILON + (value(1) - value(-1)).abs() + (value(1) - value(3)).abs() + (greens(0) - greens(2)).abs();
            (gradient, value(1) - greens(1))
        };
        let falling = between(towards(-1, -1), towards(1, 1));
        let rising = between(towards(1, -1), towards(-1, 1));
        let share = self.decided(&self.falling, x, y, [(-1, -1), (1, -1), (-1, 1), (1, 1)]);
        green[y * self.width + x] + share * rising + (1.0 - share) * falling
    }

    fn red_and_blue_at_green(&self, planes: &mut Planes) {
        for y in 0..self.height {
            for x in 0..self.width {
                if self.mosaic.phase.colour(x, y) == Colour::Green {
                    let at = y * self.width + x;
                    planes.red[at] = self.straight_at(x, y, &planes.green, &planes.red);
                    planes.blue[at] = self.straight_at(x, y, &planes.green, &planes.blue);
                }
            }
        }
    }

    /// A colour at a green pixel from its four neighbours, which have it by now, by its difference to green.
    fn straight_at(&self, x: usize, y: usize, green: &[f32], colour: &[f32]) -> f32 {
        let towards = |dx: isize, dy: isize| {
            let greens = |k: isize| self.get(green, x, y, k * dx, k * dy);
            let colours = |k: isize| self.get(colour, x, y, k * dx, k * dy);
            let gradient = EPSILON
                + (greens(0) - greens(2)).abs()
                + (colours(1) - colours(-1)).abs()
                + (colours(1) - colours(3)).abs();
            (gradient, colours(1) - greens(1))
        };
        let vertical = between(towards(0, -1), towards(0, 1));
        let horizontal = between(towards(-1, 0), towards(1, 0));
        let share = self.decided(&self.vertical, x, y, [(-1, -1), (1, -1), (-1, 1), (1, 1)]);
        green[y * self.width + x] + share * horizontal + (1.0 - share) * vertical
    }
}

fn field(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    (0..width * height).map(|at| value(at % width, at / width)).collect()
}

fn sum_of_three(values: &[f32], width: usize, height: usize, x: usize, y: usize, dx: isize, dy: isize) -> f32 {
    let inside = |k: isize| {
        let (column, row) = (x as isize + k * dx, y as isize + k * dy);
        let there = column >= 0 && row >= 0 && column < width as isize && row < height as isize;
        if there { values[row as usize * width + column as usize] } else { values[y * width + x] }
    };
    inside(-1) + inside(0) + inside(1)
}

/// The mean of two estimates, each weighted by the other's gradient.
fn between((first_gradient, first): (f32, f32), (second_gradient, second): (f32, f32)) -> f32 {
    (second_gradient * first + first_gradient * second) / (first_gradient + second_gradient)
}

/// `above / below`, within a half: noise around zero must not turn into a factor.
fn ratio(above: f32, below: f32) -> f32 {
    /// Largest correction; between two pixels of a resolved star the low-passed mosaic changes less.
    const LARGEST: f32 = 0.5;
    (above / (below.abs() + EPSILON)).clamp(-LARGEST, LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_image::BayerPattern;

    const SIDE: usize = 40;

    fn mosaic_of(phase: BayerPattern, light: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        (0..SIDE * SIDE)
            .map(|i| light(i % SIDE, i / SIDE))
            .collect::<Vec<f32>>()
            .into_iter()
            .enumerate()
            .map(|(i, v)| {
                let gain = match phase.colour(i % SIDE, i / SIDE) {
                    Colour::Red => 0.7,
                    Colour::Green => 1.0,
                    Colour::Blue => 0.5,
                };
                gain * v
            })
            .collect()
    }

    #[test]
    fn a_flat_of_one_colour_keeps_its_colour() {
        for name in ["RGGB", "GRBG", "GBRG", "BGGR"] {
            let phase = BayerPattern::parse(name).expect("a pattern");
            let pixels = mosaic_of(phase, |_, _| 1000.0);
            let planes = rcd(&Mosaic { pixels: &pixels, width: SIDE, phase });
            for (plane, expected) in [(&planes.red, 700.0), (&planes.green, 1000.0), (&planes.blue, 500.0)] {
                let worst = plane.iter().map(|value| (value / expected - 1.0).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-4, "{name}: {worst}");
            }
        }
    }

    #[test]
    fn a_star_keeps_its_flux_and_place_in_green() {
        let phase = BayerPattern::parse("GRBG").expect("a pattern");
        for (x0, y0) in [(19.0, 20.0), (19.5, 20.25), (20.3, 19.8)] {
            let light = |x: usize, y: usize| {
                let square = (x as f64 - x0).powi(2) + (y as f64 - y0).powi(2);
                (200.0 + 5000.0 * libm::exp(-0.5 * square / (1.5 * 1.5))) as f32
            };
            let pixels = mosaic_of(phase, light);
            let planes = rcd(&Mosaic { pixels: &pixels, width: SIDE, phase });
            let (mut flux, mut truth, mut cx, mut cy) = (0.0_f64, 0.0_f64, 0.0, 0.0);
            for (i, &value) in planes.green.iter().enumerate() {
                let (x, y) = (i % SIDE, i / SIDE);
                let own = f64::from(value) - 200.0;
                flux += own;
                cx += own * x as f64;
                cy += own * y as f64;
                truth += f64::from(light(x, y)) - 200.0;
            }
            assert!((flux / truth - 1.0).abs() < 0.01, "flux {flux} of {truth}");
            let shift = (cx / flux - x0).hypot(cy / flux - y0);
            assert!(shift < 0.05, "centroid {shift} px off");
        }
    }

    #[test]
    fn a_vertical_edge_has_less_colour_error_than_bilinear() {
        let phase = BayerPattern::parse("RGGB").expect("a pattern");
        let light = |x: usize, _: usize| if x < SIDE / 2 { 200.0 } else { 2000.0 };
        let pixels = mosaic_of(phase, light);
        let mosaic = Mosaic { pixels: &pixels, width: SIDE, phase };
        let error = |planes: &Planes| {
            (0..SIDE * SIDE).map(|i| (planes.green[i] - light(i % SIDE, i / SIDE)).abs()).sum::<f32>()
        };
        let (own, simple) = (error(&rcd(&mosaic)), error(&crate::mosaic::bilinear(&mosaic)));
        assert!(own < 0.25 * simple, "{own} against {simple}");
    }
}
