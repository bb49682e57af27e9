//! Calibration of rows of a light.

/// Rows of the masters that belong to the rows of a light. Each has as many pixels as the light, or is absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct MasterRows<'a> {
    /// Bias in ADU.
    pub bias: Option<&'a [f32]>,
    /// Dark in ADU.
    pub dark: Option<&'a [f32]>,
    /// Flat in ADU, its own bias or dark taken off.
    pub flat: Option<&'a [f32]>,
}

/// How the masters are applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Whether the dark still holds the bias. Then the bias is not taken off a second time.
    pub dark_holds_bias: bool,
    /// Factor of the dark current; other than 1 only where the dark holds no bias, or a bias is there to take it off.
    pub dark_scale: f64,
    /// Levels of the flat that count as 1, in ADU: of the pixels at even and odd columns of even rows, then of odd rows, as the
    /// frame counts them. A monochrome sensor has one level four times, a mosaic that of each pixel's colour.
    pub flat_levels_adu: [f64; 4],
    /// Pedestal in ADU that is added at the end, so that a writer of whole numbers clips nothing.
    pub pedestal_adu: f64,
}

/// What happened to the pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clipped {
    /// Pixels without a datum because the flat has none there (zero, negative or NaN).
    pub without_flat: u64,
    /// Pixels below zero after calibration, the pedestal included. They keep their value.
    pub below_zero: u64,
}

/// Which pixels of a frame the rows are: the place of the first one and how many columns there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsAt {
    /// Column of the first pixel.
    pub first_column: usize,
    /// Row of the first pixel.
    pub first_row: usize,
    /// Columns.
    pub width: usize,
}

/// Calibrates `pixels` in place: (light - dark or bias - scaled dark current) / (flat / level) + pedestal.
///
/// Values below zero stay: cutting them at 0 would lift the sky.
///
/// # Panics
/// If rows of a master have another length than `pixels`: a mistake of the caller.
pub fn calibrate_rows(pixels: &mut [f32], at: RowsAt, masters: &MasterRows<'_>, how: &Calibration) -> Clipped {
    for rows in [masters.bias, masters.dark, masters.flat].into_iter().flatten() {
        assert_eq!(rows.len(), pixels.len(), "rows of a master belong to the rows of the light");
    }
    subtract(pixels, masters, how);
    let mut clipped = Clipped::default();
    if let Some(flat) = masters.flat {
        let levels = how.flat_levels_adu.map(|level| level as f32);
        let width = at.width.max(1);
        for (row, (line, flat)) in pixels.chunks_mut(width).zip(flat.chunks(width)).enumerate() {
            let of_row = 2 * ((at.first_row + row) % 2);
            let pair = [levels[of_row + at.first_column % 2], levels[of_row + (at.first_column + 1) % 2]];
            for (x, (value, &flat)) in line.iter_mut().zip(flat).enumerate() {
                let usable = flat > 0.0;
                clipped.without_flat += u64::from(!usable);
                *value = if usable { *value * (pair[x % 2] / flat) } else { f32::NAN };
            }
        }
    }
    let pedestal = how.pedestal_adu as f32;
    for value in pixels.iter_mut() {
        *value += pedestal;
        clipped.below_zero += u64::from(*value < 0.0);
    }
    clipped
}

fn subtract(pixels: &mut [f32], masters: &MasterRows<'_>, how: &Calibration) {
    let scale = how.dark_scale as f32;
    match (masters.bias, masters.dark) {
        (None, None) => {}
        (Some(bias), None) => {
            for (value, bias) in pixels.iter_mut().zip(bias) {
                *value -= bias;
            }
        }
        (None, Some(dark)) => {
            for (value, dark) in pixels.iter_mut().zip(dark) {
                *value -= scale * dark;
            }
        }
        (Some(bias), Some(dark)) if how.dark_holds_bias => {
            // bias + scale (dark - bias)
            for ((value, bias), dark) in pixels.iter_mut().zip(bias).zip(dark) {
                *value -= bias + scale * (dark - bias);
            }
        }
        (Some(bias), Some(dark)) => {
            for ((value, bias), dark) in pixels.iter_mut().zip(bias).zip(dark) {
                *value -= bias + scale * dark;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Calibration =
        Calibration { dark_holds_bias: true, dark_scale: 1.0, flat_levels_adu: [1.0; 4], pedestal_adu: 0.0 };

    const ALL: RowsAt = RowsAt { first_column: 0, first_row: 0, width: 2 };

    #[test]
    fn each_colour_of_a_flat_has_its_own_level_wherever_the_rows_begin() {
        // A mosaic whose flat is 100, 200, 300, 400 over its four places: each becomes 1.
        let flat = |x: usize, y: usize| 100.0 * (1 + x % 2 + 2 * (y % 2)) as f32;
        let how = Calibration { flat_levels_adu: [100.0, 200.0, 300.0, 400.0], ..PLAIN };
        for (first_column, first_row) in [(0, 0), (1, 0), (0, 1), (7, 3)] {
            let flats: Vec<f32> = (0..12).map(|i| flat(first_column + i % 4, first_row + i / 4)).collect();
            let masters = MasterRows { bias: None, dark: None, flat: Some(&flats) };
            let mut light = [500.0; 12];
            calibrate_rows(&mut light, RowsAt { first_column, first_row, width: 4 }, &masters, &how);
            assert!(light.iter().all(|value| (value - 500.0).abs() < 1e-3), "{first_column}, {first_row}: {light:?}");
        }
    }

    #[test]
    fn a_light_made_of_its_parts_comes_back_to_the_sky() {
        // sky 400 e of vignetting 0.8, dark current 20, bias 500.
        let mut light = [500.0 + 20.0 + 0.8 * 400.0];
        let masters = MasterRows { bias: Some(&[500.0]), dark: Some(&[520.0]), flat: Some(&[16_000.0]) };
        let how = Calibration { flat_levels_adu: [20_000.0; 4], ..PLAIN };
        let clipped = calibrate_rows(&mut light, ALL, &masters, &how);
        assert!((light[0] - 400.0).abs() < 1e-3, "{light:?}");
        assert_eq!(clipped, Clipped::default());
    }

    #[test]
    fn a_dark_of_twice_the_time_is_scaled_without_its_bias() {
        let mut light = [500.0 + 20.0 + 100.0];
        let masters = MasterRows { bias: Some(&[500.0]), dark: Some(&[540.0]), flat: None };
        calibrate_rows(&mut light, ALL, &masters, &Calibration { dark_scale: 0.5, ..PLAIN });
        assert!((light[0] - 100.0).abs() < 1e-4, "{light:?}");
        let mut light = [500.0 + 20.0 + 100.0];
        let masters = MasterRows { bias: Some(&[500.0]), dark: Some(&[40.0]), flat: None };
        let how = Calibration { dark_scale: 0.5, dark_holds_bias: false, ..PLAIN };
        calibrate_rows(&mut light, ALL, &masters, &how);
        assert!((light[0] - 100.0).abs() < 1e-4, "a dark without bias: {light:?}");
    }

    #[test]
    fn values_below_zero_stay_and_are_counted_and_dead_flats_are_nan() {
        let mut light = [90.0, 100.0];
        let masters = MasterRows { bias: Some(&[100.0, 50.0]), dark: None, flat: Some(&[1.0, 0.0]) };
        let clipped = calibrate_rows(&mut light, ALL, &masters, &PLAIN);
        assert_eq!(light[0], -10.0);
        assert!(light[1].is_nan());
        assert_eq!(clipped, Clipped { without_flat: 1, below_zero: 1 });
    }
}
