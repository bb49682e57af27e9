//! The bits of a mask plane: one registry for writers, readers and documentation.

/// Inside the disc of a bright star (halo and saturated core).
pub const BRIGHT_STAR: u16 = 1;
/// Inside a diffraction spike of a bright star.
pub const SPIKE: u16 = 2;
/// Saturated: on the plateau of the emulsion or of the detector.
pub const SATURATED: u16 = 4;
/// Bad pixel or cosmetic defect (dead row, column, blank value).
pub const BAD: u16 = 8;
/// Outside the plate or without data.
pub const NO_DATA: u16 = 16;

/// Name and meaning of each bit, in order.
pub const REGISTRY: &[(u16, &str, &str)] = &[
    (BRIGHT_STAR, "bright_star", "inside the disc of a bright star (halo and saturated core)"),
    (SPIKE, "spike", "inside a diffraction spike of a bright star"),
    (SATURATED, "saturated", "on the plateau of the emulsion or of the detector"),
    (BAD, "bad", "bad pixel or cosmetic defect"),
    (NO_DATA, "no_data", "outside the plate or without data"),
];
