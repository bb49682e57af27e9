//! Scratches, hairs, dust, emulsion spots and trails: what is on the plate and not in the sky.

use sky_coords::SkyPos;

use crate::geometry::{Geometry, deproject};
use crate::params::SceneParams;
use crate::random::{Class, stream, uniform};

/// What a defect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefectKind {
    /// A straight scratch: emulsion gone (clear) or torn up (dense).
    Scratch,
    /// A hair or fibre.
    Hair,
    /// A speck of dust, sharp-edged.
    Dust,
    /// A round spot of the emulsion: sharper than a star, or just like one.
    EmulsionSpot,
    /// The trail of a meteor or an aircraft.
    Trail,
}

impl DefectKind {
    /// The kind's name in the truth table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::Hair => "hair",
            Self::Dust => "dust",
            Self::EmulsionSpot => "spot",
            Self::Trail => "trail",
        }
    }
}

/// One defect in plate coordinates: a curve with a width that pulls pixels towards a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defect {
    /// What it is.
    pub kind: DefectKind,
    /// Index within its kind.
    pub index: u32,
    /// Start, control point and end of a quadratic curve, mm from the plate's centre (east, north).
    pub curve_mm: [(f64, f64); 3],
    /// Full width (FWHM where the edge is soft), mm.
    pub width_mm: f64,
    /// Whether its profile is a Gaussian instead of an edge.
    pub soft: bool,
    /// Count of an opaque part, ADU.
    pub level_adu: f64,
    /// How far it pulls pixels towards that count, 0 to 1.
    pub opacity: f64,
}

impl Defect {
    /// The middle of its curve, mm.
    pub fn middle_mm(&self) -> (f64, f64) {
        let [(ax, ay), (bx, by), (cx, cy)] = self.curve_mm;
        (0.25 * ax + 0.5 * bx + 0.25 * cx, 0.25 * ay + 0.5 * by + 0.25 * cy)
    }
}

/// Micrometres of a 1.7 arcsec pixel, the natural unit of a defect's size, in mm.
const PIXEL_MM: f64 = 0.025_284_5;
/// Arc seconds in a mm of the plate.
const PLATE_SCALE_ARCSEC_MM: f64 = 67.2;
/// Count of clear glass, ADU.
const CLEAR_ADU: f64 = 1500.0;

/// All defects of the field.
pub(crate) fn draw_defects(params: &SceneParams, geometry: &Geometry) -> Vec<Defect> {
    let mut defects = Vec::new();
    let kinds = [
        (DefectKind::Scratch, Class::Scratch, params.n_scratches),
        (DefectKind::Hair, Class::Hair, params.n_hairs),
        (DefectKind::Dust, Class::Dust, params.n_dust),
        (DefectKind::EmulsionSpot, Class::EmulsionSpot, params.n_emulsion_spots),
        (DefectKind::Trail, Class::Trail, params.n_trails),
    ];
    for (kind, class, count) in kinds {
        defects.extend((0..count).filter_map(|index| draw(params, geometry, kind, class, index)));
    }
    defects
}

fn draw(params: &SceneParams, geometry: &Geometry, kind: DefectKind, class: Class, index: u32) -> Option<Defect> {
    let random = &mut stream(params.seed, class, u64::from(index));
    let half = 30.0 * params.size_arcmin;
    let (east, north) = (uniform(random, -half, half), uniform(random, -half, half));
    let place = deproject(SkyPos::new(params.centre_ra_deg, params.centre_dec_deg), east, north);
    let middle = geometry.plate_mm(place)?;
    let direction = libm::sincos(uniform(random, 0.0, std::f64::consts::PI));
    let field_mm = 60.0 * params.size_arcmin / PLATE_SCALE_ARCSEC_MM;
    // Length, bend and width, mm; level and opacity.
    let (length, bend, width, level_adu, opacity) = match kind {
        DefectKind::Scratch => (
            field_mm * uniform(random, 0.05, 0.3),
            0.0,
            PIXEL_MM * uniform(random, 0.6, 1.4),
            if index.is_multiple_of(2) { 14_000.0 } else { CLEAR_ADU },
            uniform(random, 0.4, 0.9),
        ),
        DefectKind::Hair => (
            PIXEL_MM * uniform(random, 40.0, 110.0),
            PIXEL_MM * uniform(random, 20.0, 60.0),
            PIXEL_MM * uniform(random, 1.2, 2.4),
            12_000.0,
            uniform(random, 0.5, 0.9),
        ),
        DefectKind::Dust => (
            PIXEL_MM * uniform(random, 0.0, 5.0),
            PIXEL_MM * uniform(random, 0.0, 4.0),
            PIXEL_MM * uniform(random, 1.5, 4.5),
            uniform(random, 9_000.0, 17_000.0),
            uniform(random, 0.4, 0.9),
        ),
        DefectKind::EmulsionSpot => {
            (0.0, 0.0, PIXEL_MM * uniform(random, 1.3, 3.0), 16_000.0, uniform(random, 0.08, 0.7))
        }
        DefectKind::Trail => (field_mm * 1.6, 0.0, PIXEL_MM * 3.0, 16_000.0, uniform(random, 0.06, 0.14)),
    };
    let along = (0.5 * length * direction.1, 0.5 * length * direction.0);
    let across = (-bend * direction.0, bend * direction.1);
    Some(Defect {
        kind,
        index,
        curve_mm: [
            (middle.0 - along.0, middle.1 - along.1),
            (middle.0 + across.0, middle.1 + across.1),
            (middle.0 + along.0, middle.1 + along.1),
        ],
        width_mm: width,
        soft: matches!(kind, DefectKind::EmulsionSpot | DefectKind::Trail),
        level_adu,
        opacity,
    })
}
