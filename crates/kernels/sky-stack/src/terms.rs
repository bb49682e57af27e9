//! What brings a frame to the level of the reference frame.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::level::Level;

/// How frames are brought to one level before they are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Pixels as they are (bias and dark).
    None,
    /// The level by an offset.
    Additive,
    /// Level and scatter: offset and factor (Siril's addscale).
    AdditiveScaling,
    /// The level by a factor (flats).
    Multiplicative,
    /// Level by a factor, scatter left (Siril's mulscale): factor of the levels, then of the scatters.
    MultiplicativeScaling,
}

/// `value x scale + offset_adu` is the value at the level of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Terms {
    /// Factor.
    pub scale: f64,
    /// Offset in ADU of the reference.
    pub offset_adu: f64,
}

impl Terms {
    /// Leaves a frame as it is.
    pub const IDENTITY: Self = Self { scale: 1.0, offset_adu: 0.0 };

    /// Applies the terms to a row of pixels.
    pub fn apply(&self, row: &mut [f32]) {
        if *self == Self::IDENTITY {
            return;
        }
        let (scale, offset) = (self.scale as f32, self.offset_adu as f32);
        for value in row {
            *value = *value * scale + offset;
        }
    }
}

/// Terms that bring a frame of `own` level to `reference`. A frame without scatter or level where one divides by it keeps
/// the factor 1.
pub fn terms_of(own: &Level, reference: &Level, normalisation: Normalisation) -> Terms {
    let ratio = |above: f64, below: f64| if above > 0.0 && below > 0.0 { above / below } else { 1.0 };
    match normalisation {
        Normalisation::None => Terms::IDENTITY,
        Normalisation::Additive => Terms { scale: 1.0, offset_adu: reference.location_adu - own.location_adu },
        Normalisation::AdditiveScaling => {
            let scale = ratio(reference.scale_adu, own.scale_adu);
            Terms { scale, offset_adu: reference.location_adu - scale * own.location_adu }
        }
        Normalisation::Multiplicative => {
            Terms { scale: ratio(reference.location_adu, own.location_adu), offset_adu: 0.0 }
        }
        Normalisation::MultiplicativeScaling => {
            let scale = ratio(reference.location_adu, own.location_adu) * ratio(reference.scale_adu, own.scale_adu);
            Terms { scale, offset_adu: 0.0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_with_the_scatter_of_half_the_gain_comes_to_the_reference() {
        let own = Level { location_adu: 300.0, scale_adu: 5.0, n_pixels: 9 };
        let reference = Level { location_adu: 800.0, scale_adu: 10.0, n_pixels: 9 };
        let mut row = [300.0, 305.0];
        terms_of(&own, &reference, Normalisation::AdditiveScaling).apply(&mut row);
        assert_eq!(row, [800.0, 810.0]);
        let mut row = [300.0, 600.0];
        terms_of(&own, &reference, Normalisation::Multiplicative).apply(&mut row);
        assert!((row[0] - 800.0).abs() < 1e-3 && (row[1] - 1600.0).abs() < 1e-3, "{row:?}");
        let mut row = [300.0];
        terms_of(&own, &reference, Normalisation::Additive).apply(&mut row);
        assert_eq!(row, [800.0]);
    }

    #[test]
    fn a_dead_frame_is_not_scaled_to_infinity() {
        let dead = Level { location_adu: 0.0, scale_adu: 0.0, n_pixels: 9 };
        let reference = Level { location_adu: 800.0, scale_adu: 10.0, n_pixels: 9 };
        assert_eq!(terms_of(&dead, &reference, Normalisation::AdditiveScaling).scale, 1.0);
        assert_eq!(terms_of(&dead, &reference, Normalisation::Multiplicative).scale, 1.0);
    }
}
