//! How the field lies on a frame.

/// Turned about the middle of the frame, turned over (a meridian flip is a turn by 180 degrees; a mirror a turning over), and moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Move along x, pixels.
    pub shift_x_px: f64,
    /// Move along y, pixels.
    pub shift_y_px: f64,
    /// Turn from x towards y, degrees.
    pub rotation_deg: f64,
    /// Columns run the other way.
    pub is_mirrored: bool,
}

impl Pose {
    /// The field as it is.
    pub const STILL: Self = Self { shift_x_px: 0.0, shift_y_px: 0.0, rotation_deg: 0.0, is_mirrored: false };

    /// Where a place of the field lies on a frame of that size.
    pub fn on_frame(&self, x_px: f64, y_px: f64, width: usize, height: usize) -> (f64, f64) {
        let (cx, cy) = (0.5 * (width as f64 - 1.0), 0.5 * (height as f64 - 1.0));
        let dx = if self.is_mirrored { cx - x_px } else { x_px - cx };
        let dy = y_px - cy;
        let (sine, cosine) = libm::sincos(self.rotation_deg.to_radians());
        (cx + cosine * dx - sine * dy + self.shift_x_px, cy + sine * dx + cosine * dy + self.shift_y_px)
    }
}
