//! Bias, dark, flat and bad pixels.

mod apply;
mod cosmetic;
mod dark_scale;
mod flat;

pub use apply::{Calibration, Clipped, MasterRows, RowsAt, calibrate_rows};
pub use cosmetic::{CosmeticParams, DefectMap, defects_of_dark, repair};
pub use dark_scale::{DarkScale, GlowTest, fit_dark_scale, glow_test};
pub use flat::{FlatLevel, flat_level};
