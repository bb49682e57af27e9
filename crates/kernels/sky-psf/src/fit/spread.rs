//! SPREAD_MODEL.

/// Sums over the pixels of one source, with uniform weights.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpreadSums {
    extended_data: f64,
    point_data: f64,
    extended_point: f64,
    point_point: f64,
    extended_variance: f64,
    point_variance: f64,
    cross_variance: f64,
}

impl SpreadSums {
    /// Adds a pixel: its value without neighbours, the local PSF and the extended model there, and its variance.
    pub(crate) fn add(&mut self, data: f64, point: f64, extended: f64, variance: f64) {
        self.extended_data += extended * data;
        self.point_data += point * data;
        self.extended_point += extended * point;
        self.point_point += point * point;
        self.extended_variance += variance * extended * extended;
        self.point_variance += variance * point * point;
        self.cross_variance += variance * extended * point;
    }

    /// SPREAD_MODEL and its error. Desai et al. 2012, ApJ 757, 83, equation 1:
    /// `G W p / (phi W p) - G W phi / (phi W phi)`, and equation 3 for its variance, with p the pixels, phi the local PSF and G
    /// the extended model.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let (a, b) = (self.extended_data, self.point_data);
        let spread = a / b - self.extended_point / self.point_point;
        let variance = b * b * self.extended_variance + a * a * self.point_variance - 2.0 * a * b * self.cross_variance;
        (spread, variance.max(0.0).sqrt() / (b * b))
    }
}
