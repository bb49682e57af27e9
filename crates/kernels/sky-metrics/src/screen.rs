//! Frames without a picture of the sky: black, constant, without data, half written.

/// Why a frame holds no picture of the sky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// Next to no pixel is a number.
    NoData,
    /// Next to every pixel is zero or below: the shutter or the download failed.
    Black,
    /// Next to every pixel has one value.
    Constant,
    /// A band of rows at the beginning or the end has one value, all of them: the file was not written to its end.
    HalfWritten,
}

impl Emptiness {
    /// The name of the rule in reasons.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Black => "black",
            Self::Constant => "constant",
            Self::HalfWritten => "half_written",
        }
    }
}

/// Share of pixels that makes a frame what nearly all of it is.
const NEARLY_ALL: f64 = 0.999;
/// Share of pixels that must be numbers.
const LEAST_FINITE: f64 = 0.5;
/// Share of the rows that a band of one value must have; sensors have up to a few dozen rows of overscan, which are noisy.
const LEAST_BAND: f64 = 0.01;
/// Rows that such a band has at the least.
const LEAST_ROWS: usize = 8;

/// Looks whether a frame holds a picture at all. `None`: it may.
pub fn screen(pixels: &[f32], width: usize) -> Option<Emptiness> {
    let (total, height) = (pixels.len(), pixels.len().checked_div(width).unwrap_or(0));
    let share = |count: usize| count as f64 / total.max(1) as f64;
    let finite = pixels.iter().filter(|value| value.is_finite()).count();
    if share(finite) < LEAST_FINITE {
        return Some(Emptiness::NoData);
    }
    if share(pixels.iter().filter(|value| **value <= 0.0).count()) > NEARLY_ALL {
        return Some(Emptiness::Black);
    }
    let middle =
        sky_stats::median_f32(&mut pixels.iter().copied().filter(|value| value.is_finite()).collect::<Vec<_>>())?;
    if share(pixels.iter().filter(|value| **value == middle).count()) > NEARLY_ALL {
        return Some(Emptiness::Constant);
    }
    let least = ((LEAST_BAND * height as f64) as usize).max(LEAST_ROWS);
    let band = |rows: &mut dyn Iterator<Item = &[f32]>| {
        let Some(first) = rows.next() else { return 0 };
        let value = first[0];
        let same = |row: &[f32]| row.iter().all(|other| *other == value || (other.is_nan() && value.is_nan()));
        if same(first) { 1 + rows.take_while(|row| same(row)).count() } else { 0 }
    };
    let longest = band(&mut pixels.chunks_exact(width)).max(band(&mut pixels.chunks_exact(width).rev()));
    (longest >= least).then_some(Emptiness::HalfWritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        (0..100 * 80).map(|i| value(i % 100, i / 100)).collect()
    }

    #[test]
    fn empty_frames_are_told_apart() {
        let noise = |x: usize, y: usize| 500.0 + ((x * 7919 + y * 104_729) % 31) as f32;
        assert_eq!(screen(&frame(noise), 100), None);
        assert_eq!(screen(&frame(|_, _| 0.0), 100), Some(Emptiness::Black));
        assert_eq!(screen(&frame(|_, _| 812.0), 100), Some(Emptiness::Constant));
        assert_eq!(screen(&frame(|_, _| f32::NAN), 100), Some(Emptiness::NoData));
        let cut = |x: usize, y: usize| if y < 50 { noise(x, y) } else { 0.0 };
        assert_eq!(screen(&frame(cut), 100), Some(Emptiness::HalfWritten), "zeros from row 50 on");
        let top = |x: usize, y: usize| if y < 10 { 32_768.0 } else { noise(x, y) };
        assert_eq!(screen(&frame(top), 100), Some(Emptiness::HalfWritten), "one value up to row 10");
        let hot = |x: usize, y: usize| if (x, y) == (3, 3) { 60_000.0 } else { 0.0 };
        assert_eq!(screen(&frame(hot), 100), Some(Emptiness::Black), "one hot pixel is no picture");
    }
}
