//! A part of the sky that a query names.

use sky_coords::SkyPos;

/// Cone or box around a centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Region {
    Cone { centre: SkyPos, radius_deg: f64 },
    Box { centre: SkyPos, width_deg: f64, height_deg: f64 },
}

impl Region {
    /// Whether a position lies inside; the border belongs to it. The box is one on the tangent plane, as VizieR's.
    pub(crate) fn contains(self, position: SkyPos) -> bool {
        match self {
            Self::Cone { centre, radius_deg } => centre.separation_arcsec(position) <= radius_deg * 3600.0,
            Self::Box { centre, width_deg, height_deg } => standard_deg(centre, position)
                .is_some_and(|(xi, eta)| xi.abs() <= width_deg / 2.0 && eta.abs() <= height_deg / 2.0),
        }
    }
}

/// Standard coordinates (gnomonic projection) of a position about a centre, degrees; `None` on the far half of the sky.
pub(crate) fn standard_deg(centre: SkyPos, position: SkyPos) -> Option<(f64, f64)> {
    let (dec0, dec) = (centre.dec_deg.to_radians(), position.dec_deg.to_radians());
    let delta_ra = (position.ra_deg - centre.ra_deg).to_radians();
    let (sin0, cos0, sin, cos) = (libm::sin(dec0), libm::cos(dec0), libm::sin(dec), libm::cos(dec));
    let cosine = sin0 * sin + cos0 * cos * libm::cos(delta_ra);
    (cosine > 0.0).then(|| {
        let xi = cos * libm::sin(delta_ra) / cosine;
        let eta = (cos0 * sin - sin0 * cos * libm::cos(delta_ra)) / cosine;
        (xi.to_degrees(), eta.to_degrees())
    })
}
