//! Ratio corrected demosaicing (Sanz Rodriguez 2017).
//!
//! Each missing colour is taken along the direction in which the mosaic changes least; the neighbour's value is corrected by
//! the ratio of the low-passed mosaic at both places, so that colour follows brightness.

use sky_image::{BayerPattern, Colour};

use super::plane::{Mosaic, Planes};

/// Added to gradients and denominators, as a share of the full range: keeps flat areas from dividing by zero.
const EPSILON: f32 = 1.0e-5;

/// Pixels around a place that its colours depend on: colours at 3 pixels along an axis, greens at 2 pixels of each of those along
/// a diagonal, and 5 more of each green (4 of its gradients, or 3 + 1 + 1 of the shares of directions).
pub const RCD_MARGIN_PX: usize = 10;

/// Three planes of the mosaic's size. NaN spreads to its neighbours. Edges are mirrored.
///
/// `full_adu`: the range of the camera, by which the small constants of the method are scaled; one value for all pieces of a frame.
pub fn rcd(mosaic: &Mosaic<'_>, full_adu: f32) -> Planes {
    let (width, height) = (mosaic.width, mosaic.height());
    let work = Work::new(mosaic, full_adu);
    let green = work.green();
    let (mut red, mut blue) = work.red_and_blue_at_each_other(&green);
    work.red_and_blue_at_green(&green, &mut red, &mut blue);
    let mut planes = Planes::new(width, height);
    for (plane, wide) in [(&mut planes.red, &red), (&mut planes.green, &green), (&mut planes.blue, &blue)] {
        let lines = wide.chunks(work.width).skip(RCD_MARGIN_PX);
        for (line, wide) in plane.chunks_mut(width.max(1)).zip(lines) {
            for (value, wide) in line.iter_mut().zip(&wide[RCD_MARGIN_PX..]) {
                *value = wide * full_adu;
            }
        }
    }
    planes
}

/// The mosaic with a mirrored margin, so that every place inside has all of its neighbours, and what is made of it first.
struct Work {
    width: usize,
    height: usize,
    /// Pattern at the first pixel of the margin.
    phase: BayerPattern,
    /// Shares of the full range.
    pixels: Vec<f32>,
    /// Share of the change along columns: 0 where the mosaic changes along rows only.
    vertical: Vec<f32>,
    /// Share of the change along the falling diagonal.
    falling: Vec<f32>,
    /// Low-passed mosaic.
    smooth: Vec<f32>,
}

impl Work {
    fn new(mosaic: &Mosaic<'_>, full_adu: f32) -> Self {
        const MARGIN: isize = RCD_MARGIN_PX as isize;
        let (width, height) = (mosaic.width + 2 * RCD_MARGIN_PX, mosaic.height() + 2 * RCD_MARGIN_PX);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let row = y as isize - MARGIN;
            let wide = (0..width).map(|x| mosaic.mirrored(x as isize - MARGIN, row) / full_adu);
            pixels.extend(wide);
        }
        let phase = mosaic.phase.shifted(-(MARGIN as i64), -(MARGIN as i64));
        let mut work =
            Self { width, height, phase, pixels, vertical: Vec::new(), falling: Vec::new(), smooth: Vec::new() };
        let line = width as isize;
        work.vertical = work.share(line, 1);
        work.falling = work.share(line + 1, line - 1);
        work.smooth = work.field(1, |at| {
            let value = |step: isize| work.pixels[moved(at, step)];
            value(0)
                + 0.5 * (value(-1) + value(1) + value(-line) + value(line))
                + 0.25 * (value(-line - 1) + value(-line + 1) + value(line - 1) + value(line + 1))
        });
        work
    }

    /// Values of the places that are `margin` pixels from the edge, 0 elsewhere.
    fn field(&self, margin: usize, value: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut values = vec![0.0; self.width * self.height];
        for y in margin..self.height.saturating_sub(margin) {
            let line = y * self.width;
            let inside = line + margin..(line + self.width - margin).max(line + margin);
            for (at, place) in inside.clone().zip(&mut values[inside]) {
                *place = value(at);
            }
        }
        values
    }

    /// Share of the first direction in the change along both.
    fn share(&self, first: isize, second: isize) -> Vec<f32> {
        let high_pass = |step: isize| {
            self.field(3, |at| {
                let value = |k: isize| self.pixels[moved(at, k * step)];
                let passed =
                    value(-3) - value(-1) - value(1) + value(3) - 3.0 * (value(-2) + value(2)) + 6.0 * value(0);
                passed * passed
            })
        };
        let (along, across) = (high_pass(first), high_pass(second));
        self.field(4, |at| {
            let sum = |values: &[f32], step: isize| values[moved(at, -step)] + values[at] + values[moved(at, step)];
            let (along, across) = (sum(&along, first), sum(&across, second));
            (along + EPSILON * EPSILON) / (along + across + 2.0 * EPSILON * EPSILON)
        })
    }

    /// The share of a direction at a pixel or, where it is more decided, at its diagonal neighbours.
    fn decided(&self, share: &[f32], at: usize) -> f32 {
        let line = self.width as isize;
        let own = share[at];
        let around = 0.25
            * (share[moved(at, -line - 1)]
                + share[moved(at, -line + 1)]
                + share[moved(at, line - 1)]
                + share[moved(at, line + 1)]);
        if (0.5 - own).abs() < (0.5 - around).abs() { around } else { own }
    }

    fn colour(&self, at: usize) -> Colour {
        self.phase.colour(at % self.width, at / self.width)
    }

    fn green(&self) -> Vec<f32> {
        self.field(5, |at| match self.colour(at) {
            Colour::Green => self.pixels[at],
            Colour::Red | Colour::Blue => self.green_at(at),
        })
    }

    fn green_at(&self, at: usize) -> f32 {
        let towards = |step: isize| {
            let value = |k: isize| self.pixels[moved(at, k * step)];
            let gradient = EPSILON
                + (value(1) - value(-1)).abs()
                + (value(0) - value(2)).abs()
                + (value(1) - value(3)).abs()
                + (value(2) - value(4)).abs();
            let (here, there) = (self.smooth[at], self.smooth[moved(at, 2 * step)]);
            (gradient, value(1) * (1.0 + ratio(here - there, here + there)))
        };
        let line = self.width as isize;
        let vertical = between(towards(-line), towards(line));
        let horizontal = between(towards(-1), towards(1));
        let share = self.decided(&self.vertical, at);
        share * horizontal + (1.0 - share) * vertical
    }

    fn red_and_blue_at_each_other(&self, green: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let of = |wanted: Colour| {
            self.field(7, |at| match self.colour(at) {
                Colour::Green => 0.0,
                own if own == wanted => self.pixels[at],
                _ => self.diagonal_at(at, green),
            })
        };
        (of(Colour::Red), of(Colour::Blue))
    }

    /// The colour of the diagonal neighbours, by its difference to green.
    fn diagonal_at(&self, at: usize, green: &[f32]) -> f32 {
        let towards = |step: isize| {
            let value = |k: isize| self.pixels[moved(at, k * step)];
            let greens = |k: isize| green[moved(at, k * step)];
            let gradient =
                EPSILON + (value(1) - value(-1)).abs() + (value(1) - value(3)).abs() + (greens(0) - greens(2)).abs();
            (gradient, value(1) - greens(1))
        };
        let line = self.width as isize;
        let falling = between(towards(-line - 1), towards(line + 1));
        let rising = between(towards(-line + 1), towards(line - 1));
        let share = self.decided(&self.falling, at);
        green[at] + share * rising + (1.0 - share) * falling
    }

    fn red_and_blue_at_green(&self, green: &[f32], red: &mut [f32], blue: &mut [f32]) {
        for y in RCD_MARGIN_PX..self.height - RCD_MARGIN_PX {
            for x in RCD_MARGIN_PX..self.width - RCD_MARGIN_PX {
                let at = y * self.width + x;
                if self.phase.colour(x, y) == Colour::Green {
                    red[at] = self.straight_at(at, green, red);
                    blue[at] = self.straight_at(at, green, blue);
                }
            }
        }
    }

    /// A colour at a green pixel from its four neighbours, which have it by now, by its difference to green.
    fn straight_at(&self, at: usize, green: &[f32], colour: &[f32]) -> f32 {
        let towards = |step: isize| {
            let greens = |k: isize| green[moved(at, k * step)];
            let colours = |k: isize| colour[moved(at, k * step)];
            let gradient = EPSILON
                + (greens(0) - greens(2)).abs()
                + (colours(1) - colours(-1)).abs()
                + (colours(1) - colours(3)).abs();
            (gradient, colours(1) - greens(1))
        };
        let line = self.width as isize;
        let vertical = between(towards(-line), towards(line));
        let horizontal = between(towards(-1), towards(1));
        let share = self.decided(&self.vertical, at);
        green[at] + share * horizontal + (1.0 - share) * vertical
    }
}

/// A place some steps away; the margins of the fields keep it inside.
#[inline(always)]
const fn moved(at: usize, steps: isize) -> usize {
    at.wrapping_add_signed(steps)
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
            let planes = rcd(&Mosaic { pixels: &pixels, width: SIDE, phase }, 65_535.0);
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
            let planes = rcd(&Mosaic { pixels: &pixels, width: SIDE, phase }, 65_535.0);
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
        let (own, simple) = (error(&rcd(&mosaic, 65_535.0)), error(&crate::mosaic::bilinear(&mosaic)));
        assert!(own < 0.25 * simple, "{own} against {simple}");
    }
}
