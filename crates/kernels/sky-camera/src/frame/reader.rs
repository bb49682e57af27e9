//! The reader.

use std::ops::Range;

use sky_image::Rectangles;

use super::noise::pixel_noise_adu;
use super::parts::{Debayer, FrameError, FrameHow, FrameParts, Want};
use crate::correct::{Clipped, CosmeticParams, MasterRows, RowsAt, calibrate_rows, repair};
use crate::mosaic::{Mosaic, bilinear, rcd};

/// Gives any rectangle of a frame, calibrated. The same pixel has the same value whatever rectangle it is read with.
#[derive(Clone, Debug)]
pub struct FrameReader<S> {
    parts: FrameParts<S>,
    how: FrameHow,
    /// What counts as hot, and the noise that it is held against; `None`: hot pixels are not looked for.
    hot: Option<(CosmeticParams, f64)>,
}

/// A rectangle of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameRectangle {
    /// One plane, or red, green and blue; ADU, row by row, NaN where there is no datum.
    pub planes: Vec<Vec<f32>>,
    /// 1 where the stored pixel is saturated, row by row; empty where no level is known.
    pub saturated: Vec<u8>,
    /// Columns.
    pub width: usize,
    /// What happened to the pixels, those of the margin included.
    pub clipped: Clipped,
}

/// Rows that the noise of a frame is measured on.
const NOISE_ROWS: usize = 48;
/// Level that ratio corrected debayering takes for full: its two small constants are shares of it.
const FULL_ADU: f32 = 65_535.0;

impl<S: Rectangles> FrameReader<S> {
    /// A reader of a frame and its masters.
    ///
    /// # Errors
    /// Where a master has another size than the frame, or the rows that the noise is measured on cannot be read.
    pub fn new(parts: FrameParts<S>, how: FrameHow) -> Result<Self, FrameError<S::Error>> {
        let shape = parts.light.shape();
        for (role, master) in [("bias", &parts.bias), ("dark", &parts.dark), ("flat", &parts.flat)] {
            if let Some(other) = master.as_ref().map(|master| master.shape()).filter(|other| *other != shape) {
                return Err(FrameError::Size(role, other, shape));
            }
        }
        let mut reader = Self { parts, how, hot: None };
        if let Some(frame_sigma) = how.hot_sigma {
            let noise = reader.noise_adu()?.unwrap_or(0.0);
            reader.hot = (noise > 0.0).then_some((CosmeticParams { frame_sigma, ..CosmeticParams::default() }, noise));
        }
        Ok(reader)
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        self.parts.light.shape()
    }

    /// How many planes it gives.
    pub const fn planes(&self, want: Want) -> usize {
        match (want, self.how.pattern) {
            (Want::Planes(_), Some(_)) => 3,
            _ => 1,
        }
    }

    /// Noise of a pixel of the calibrated sensor, in ADU; `None` where no row has data.
    ///
    /// # Errors
    /// Where rows cannot be read.
    pub fn noise_adu(&self) -> Result<Option<f64>, FrameError<S::Error>> {
        let (height, width) = self.shape();
        let mut rows = Vec::new();
        for row in spread(height, NOISE_ROWS) {
            let (pixels, _, _) = self.calibrated(row..row + 1, 0..width)?;
            rows.extend(pixels);
        }
        Ok(pixel_noise_adu(&rows, width, self.step()))
    }

    /// These rows and columns.
    ///
    /// # Errors
    /// Where the rectangle lies outside the frame or pixels cannot be read.
    pub fn read(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        want: Want,
    ) -> Result<FrameRectangle, FrameError<S::Error>> {
        let (height, width) = self.shape();
        let margin = want.margin_px(self.how.pattern.is_some());
        let wide = |inner: &Range<usize>, length: usize| {
            inner.start.saturating_sub(margin).min(length)..(inner.end + margin).min(length).max(inner.end)
        };
        let (outer_rows, outer_columns) = (wide(&rows, height), wide(&columns, width));
        let (mut pixels, saturated, clipped) = self.calibrated(outer_rows.clone(), outer_columns.clone())?;
        self.replace_bad(&mut pixels, &outer_rows, &outer_columns);
        let outer = Outer { rows: outer_rows, columns: outer_columns };
        let planes = match (want, self.how.pattern) {
            (Want::Planes(how), Some(pattern)) => {
                let phase = pattern.shifted(outer.columns.start as i64, outer.rows.start as i64);
                let mosaic = Mosaic { pixels: &pixels, width: outer.columns.len(), phase };
                let planes = match how {
                    Debayer::Bilinear => bilinear(&mosaic),
                    Debayer::Rcd => rcd(&mosaic, FULL_ADU),
                };
                [planes.red, planes.green, planes.blue]
                    .iter()
                    .map(|plane| outer.inner(plane, &rows, &columns))
                    .collect()
            }
            _ => vec![outer.inner(&pixels, &rows, &columns)],
        };
        let saturated = if saturated.is_empty() { saturated } else { outer.inner(&saturated, &rows, &columns) };
        Ok(FrameRectangle { planes, saturated, width: columns.len(), clipped })
    }

    /// Distance of the nearest pixels of one colour.
    const fn step(&self) -> usize {
        if self.how.pattern.is_some() { 2 } else { 1 }
    }

    /// The calibrated sensor, and where it is saturated.
    #[allow(clippy::type_complexity, reason = "three values that belong to one call")]
    fn calibrated(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> Result<(Vec<f32>, Vec<u8>, Clipped), FrameError<S::Error>> {
        let read = |source: &S| -> Result<Vec<f32>, FrameError<S::Error>> {
            let array = source.rectangle(rows.clone(), columns.clone()).map_err(FrameError::Read)?;
            Ok(array.into_raw_vec_and_offset().0)
        };
        let mut pixels = read(self.parts.light.as_ref())?;
        if self.how.adu_per_unit != 1.0 {
            let factor = self.how.adu_per_unit as f32;
            pixels.iter_mut().for_each(|value| *value *= factor);
        }
        let saturated = match self.how.saturation_adu {
            Some(level) => pixels.iter().map(|value| u8::from(f64::from(*value) >= level)).collect(),
            None => Vec::new(),
        };
        if self.how.stored_pedestal_adu != 0.0 {
            let pedestal = self.how.stored_pedestal_adu as f32;
            pixels.iter_mut().for_each(|value| *value -= pedestal);
        }
        let of = |master: &Option<std::sync::Arc<S>>| master.as_deref().map(read).transpose();
        let (bias, dark, flat) = (of(&self.parts.bias)?, of(&self.parts.dark)?, of(&self.parts.flat)?);
        let masters = MasterRows { bias: bias.as_deref(), dark: dark.as_deref(), flat: flat.as_deref() };
        let at = RowsAt { first_column: columns.start, first_row: rows.start, width: columns.len() };
        let clipped = calibrate_rows(&mut pixels, at, &masters, &self.how.calibration);
        Ok((pixels, saturated, clipped))
    }

    /// Replaces the defects of the rectangle and its hot pixels.
    fn replace_bad(&self, pixels: &mut [f32], rows: &Range<usize>, columns: &Range<usize>) {
        let (_, frame_width) = self.shape();
        let width = columns.len();
        let mut places = Vec::new();
        for row in rows.clone() {
            let line = (row * frame_width + columns.start) as u32..(row * frame_width + columns.end) as u32;
            let begin = self.parts.defects.partition_point(|place| *place < line.start);
            let of_row = self.parts.defects[begin..].iter().take_while(|place| **place < line.end);
            places.extend(of_row.map(|place| place - line.start + ((row - rows.start) * width) as u32));
        }
        repair(pixels, width, self.step(), &places);
        if let Some((params, noise_adu)) = &self.hot {
            let hot = params.hot_pixels(pixels, width, self.step(), *noise_adu);
            repair(pixels, width, self.step(), &hot);
        }
    }
}

/// A rectangle with its margin.
struct Outer {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Outer {
    /// The values of the rectangle inside.
    fn inner<T: Copy>(&self, values: &[T], rows: &Range<usize>, columns: &Range<usize>) -> Vec<T> {
        let first = columns.start - self.columns.start;
        let lines = values.chunks(self.columns.len().max(1)).skip(rows.start - self.rows.start).take(rows.len());
        lines.flat_map(|line| &line[first..first + columns.len()]).copied().collect()
    }
}

/// Indices spread evenly over `length`, at most `count` of them.
fn spread(length: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(length);
    (0..count).map(move |index| (2 * index + 1) * length / (2 * count))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;
    use sky_image::BayerPattern;

    use super::*;
    use crate::correct::Calibration;

    const WIDTH: usize = 90;
    const HEIGHT: usize = 70;

    /// A light of a mosaic with everything in it: 400 ADU of sky behind a flat, a dark with bias, two defects, a hot pixel.
    fn frame(pattern: Option<BayerPattern>) -> FrameReader<Array2<f32>> {
        let size = (HEIGHT, WIDTH);
        let dark = Array2::from_shape_fn(size, |(y, x)| 500.0 + ((x * 7 + y * 3) % 11) as f32);
        let flat =
            Array2::from_shape_fn(size, |(y, x)| 20_000.0 - (x as f32 - 45.0).powi(2) - (y as f32 - 35.0).powi(2));
        let noise = test_sky::white_noise(WIDTH, HEIGHT, 3.0, 8);
        let mut light = Array2::from_shape_fn(size, |at| dark[at] + 400.0 * flat[at] / 20_000.0 + noise[at]);
        light[(20, 30)] = 65_535.0;
        light[(21, 30)] = 65_535.0;
        light[(40, 50)] += 5_000.0;
        let parts = FrameParts {
            light: Arc::new(light),
            bias: None,
            dark: Some(Arc::new(dark)),
            flat: Some(Arc::new(flat)),
            defects: Arc::from([(20 * WIDTH + 30) as u32, (21 * WIDTH + 30) as u32]),
        };
        let how = FrameHow {
            calibration: Calibration { flat_levels_adu: [20_000.0; 4], ..FrameHow::PLAIN.calibration },
            pattern,
            saturation_adu: Some(60_000.0),
            hot_sigma: Some(8.0),
            ..FrameHow::PLAIN
        };
        FrameReader::new(parts, how).expect("masters of one size")
    }

    #[test]
    fn the_sky_comes_back_and_bad_pixels_are_replaced() {
        let whole = frame(None).read(0..HEIGHT, 0..WIDTH, Want::Sensor).expect("an array");
        let worst = whole.planes[0].iter().map(|value| (value - 400.0).abs()).fold(0.0, f32::max);
        assert!(worst < 20.0, "noise of 3 ADU is left, the worst pixel is {worst} ADU off");
        assert_eq!(whole.saturated.iter().map(|bit| usize::from(*bit)).sum::<usize>(), 2, "the stored values tell it");
    }

    #[test]
    fn every_rectangle_has_the_pixels_of_the_whole() {
        for pattern in [None, Some(BayerPattern::Grbg), Some(BayerPattern::Bggr)] {
            let reader = frame(pattern);
            for want in [Want::Sensor, Want::Planes(Debayer::Bilinear), Want::Planes(Debayer::Rcd)] {
                let whole = reader.read(0..HEIGHT, 0..WIDTH, want).expect("an array");
                for (rows, columns) in [(19..23, 29..33), (0..9, 0..9), (33..70, 41..90), (40..41, 50..51)] {
                    let part = reader.read(rows.clone(), columns.clone(), want).expect("an array");
                    for (plane, (all, some)) in whole.planes.iter().zip(&part.planes).enumerate() {
                        for (index, value) in some.iter().enumerate() {
                            let (y, x) = (rows.start + index / columns.len(), columns.start + index % columns.len());
                            let expected = all[y * WIDTH + x];
                            assert_eq!(
                                value.to_bits(),
                                expected.to_bits(),
                                "{want:?} {pattern:?} plane {plane} ({x}, {y})"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_master_of_another_size_is_refused_by_name() {
        let small = Arc::new(Array2::zeros((3, 4)));
        let parts = FrameParts { flat: Some(small), ..FrameParts::of(Array2::zeros((8, 9))) };
        let error = FrameReader::new(parts, FrameHow::PLAIN).expect_err("two sizes").to_string();
        assert!(error.contains("the flat has 4 x 3 pixels, the frame 9 x 8"), "{error}");
    }
}
