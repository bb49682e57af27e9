//! One image's map between pixels and the sky.

use sky_coords::{ARCSEC_PER_DEG, CelestialFrame, PixelPos, SkyPos, ToIcrs};
use sky_image::Header;

use crate::distortion::Distortion;
use crate::error::WcsError;
use crate::frame_cards::{Named, celestial_frame};
use crate::pixel_plane::PixelPlane;
use crate::plate::{PlateGeometry, PlateMm, PlateSolution};
use crate::tan::TanSolution;

/// Points in a row and in a column of the grid on which two solutions are compared.
const COMPARISON_GRID: usize = 5;

/// Which astrometric solution a position came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solution {
    /// The plate polynomial (AMDX, AMDY).
    Plate,
    /// The explicit gnomonic solution (CTYPE, CRVAL, CD), with its distortion.
    Tan,
}

/// One image's map between pixels and the sky (ICRS).
#[derive(Clone, Debug, PartialEq)]
pub struct Wcs {
    chosen: Chosen,
    /// The polynomial that stands beside a chosen TAN solution.
    plate_beside: Option<PlateSolution>,
    geometry: Option<PlateGeometry>,
    frame: CelestialFrame,
    to_icrs: Option<ToIcrs>,
    warnings: Vec<String>,
}

/// The solution that positions come from.
#[derive(Clone, Debug, PartialEq)]
enum Chosen {
    Tan(Box<TanSolution>),
    Plate(Box<PlateSolution>),
}

impl Solution {
    /// The name in tables and manifests: `plate` or `tan`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plate => "plate",
            Self::Tan => "tan",
        }
    }
}

impl Wcs {
    /// The solution of a header: the explicit TAN where there is one, the plate polynomial otherwise.
    ///
    /// Fails where there is none, where the chosen one is not understood, or where a card is missing or senseless. The
    /// polynomial beside a good TAN is kept for comparison if it is sound.
    pub fn from_header(header: &Header) -> Result<Self, WcsError> {
        if TanSolution::is_present(header) {
            let mut wcs = Self::tan_from_header(header)?;
            wcs.plate_beside = PlateSolution::from_header(header).ok();
            Ok(wcs)
        } else if PlateSolution::is_present(header) {
            Self::plate_from_header(header)
        } else {
            Err(WcsError::NoSolution)
        }
    }

    /// The explicit TAN solution of a header (TAN, TAN-SIP, TPV, TAN with SCAMP's PV cards).
    pub fn tan_from_header(header: &Header) -> Result<Self, WcsError> {
        let tan = TanSolution::from_header(header)?;
        let geometry = PlateGeometry::from_header(header).ok().flatten();
        Ok(Self::new(Chosen::Tan(Box::new(tan)), geometry).in_frame(celestial_frame(header)?))
    }

    /// The plate polynomial of a header.
    pub fn plate_from_header(header: &Header) -> Result<Self, WcsError> {
        if !PlateSolution::is_present(header) {
            return Err(WcsError::NoSolution);
        }
        let plate = PlateSolution::from_header(header)?;
        let geometry = Some(plate.geometry);
        Ok(Self::new(Chosen::Plate(Box::new(plate)), geometry).in_frame(celestial_frame(header)?))
    }

    /// A TAN solution from its parts: tangent point, its pixel (0-based), and the matrix in degrees per pixel (first row
    /// to the east, second to the north).
    pub fn tan(crval: SkyPos, crpix: PixelPos, cd_deg_per_px: [[f64; 2]; 2]) -> Result<Self, WcsError> {
        let lonpole_deg = 180.0;
        let tan = TanSolution::new(crval, crpix, cd_deg_per_px, lonpole_deg, Distortion::None)?;
        Ok(Self::new(Chosen::Tan(Box::new(tan)), None))
    }

    /// A solution in ICRS.
    const fn new(chosen: Chosen, geometry: Option<PlateGeometry>) -> Self {
        Self { chosen, plate_beside: None, geometry, frame: CelestialFrame::Icrs, to_icrs: None, warnings: Vec::new() }
    }

    fn in_frame(self, named: Named) -> Self {
        Self { frame: named.frame, to_icrs: named.frame.to_icrs(), warnings: named.warnings, ..self }
    }

    /// The celestial frame that the header states; positions are carried from it to ICRS.
    pub const fn frame(&self) -> CelestialFrame {
        self.frame
    }

    /// What the header says of its frame that does not fit together, and which of it counts.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A TAN solution with north up and east to the left.
    pub fn north_up(centre: SkyPos, crpix: PixelPos, pixel_scale_arcsec: f64) -> Result<Self, WcsError> {
        let scale_deg = pixel_scale_arcsec / ARCSEC_PER_DEG;
        Self::tan(centre, crpix, [[-scale_deg, 0.0], [0.0, scale_deg]])
    }

    /// Which solution this is.
    pub const fn solution(&self) -> Solution {
        match self.chosen {
            Chosen::Tan(_) => Solution::Tan,
            Chosen::Plate(_) => Solution::Plate,
        }
    }

    /// The sky position of a pixel.
    pub fn sky_from_pixel(&self, pixel: PixelPos) -> SkyPos {
        self.icrs(self.pixel_plane().sky_from_pixel(pixel))
    }

    fn icrs(&self, place: SkyPos) -> SkyPos {
        self.to_icrs.map_or(place, |to_icrs| to_icrs.apply(place))
    }

    /// The pixel of a sky position, by Newton's method from the linear answer: within 1e-6 px of the exact inverse.
    ///
    /// `None` for positions 90 degrees or more from the tangent point and where the search does not converge.
    pub fn pixel_from_sky(&self, sky: SkyPos) -> Option<PixelPos> {
        self.pixel_plane().pixel_from_sky(self.to_icrs.map_or(sky, |to_icrs| to_icrs.revert(sky)))
    }

    /// Side of a square with the area of one pixel, arcsec: at the reference pixel of a TAN solution, at the centre of
    /// the plate of a polynomial.
    pub fn pixel_scale_arcsec(&self) -> f64 {
        let centre = match &self.chosen {
            Chosen::Tan(tan) => tan.crpix,
            Chosen::Plate(plate) => plate.geometry.pixel_from_mm(PlateMm { x_mm: 0.0, y_mm: 0.0 }),
        };
        self.pixel_scale_arcsec_at(centre)
    }

    /// Side of a square with the area of the pixel at `pixel`, arcsec.
    pub fn pixel_scale_arcsec_at(&self, pixel: PixelPos) -> f64 {
        self.pixel_plane().pixel_scale_arcsec_at(pixel)
    }

    /// The point where the tangent plane touches the sky (CRVAL, or the centre of the plate), ICRS.
    pub fn tangent_point(&self) -> SkyPos {
        self.icrs(self.pixel_plane().plane().centre())
    }

    /// Millimetres on the plate, from its centre, of a pixel; `None` where the header does not come from a plate scan.
    pub fn plate_mm_from_pixel(&self, pixel: PixelPos) -> Option<PlateMm> {
        self.geometry.map(|geometry| geometry.mm_from_pixel(pixel))
    }

    /// How the scanning machine laid pixels on the plate; `None` where the header does not come from a plate scan.
    pub const fn plate_geometry(&self) -> Option<PlateGeometry> {
        self.geometry
    }

    /// Largest separation of the two solutions, arcsec, on a 5 x 5 grid that spans an image of `width` x `height` pixels
    /// from corner pixel to corner pixel; `None` where the header holds only one of them.
    pub fn tan_vs_plate_max_arcsec(&self, width: usize, height: usize) -> Option<f64> {
        let (chosen, plate) = (self.pixel_plane(), self.plate_beside.as_ref()?);
        let node = |index: usize, size: usize| index as f64 / (COMPARISON_GRID - 1) as f64 * (size.max(1) - 1) as f64;
        let mut largest = 0.0_f64;
        for row in 0..COMPARISON_GRID {
            for column in 0..COMPARISON_GRID {
                let pixel = PixelPos::new(node(column, width), node(row, height));
                // Both are in the header's frame.
                largest = largest.max(chosen.sky_from_pixel(pixel).separation_arcsec(plate.sky_from_pixel(pixel)));
            }
        }
        Some(largest)
    }

    /// Writes the TAN solution (with its distortion) into a header, replacing cards of the same names. Returns false and
    /// writes nothing for a plate polynomial, which TAN cards cannot express.
    pub fn write_to(&self, header: &mut Header) -> bool {
        match &self.chosen {
            Chosen::Tan(tan) => {
                tan.write_to(header);
                crate::frame_cards::write_to(self.frame, header);
                true
            }
            Chosen::Plate(_) => false,
        }
    }

    fn pixel_plane(&self) -> &dyn PixelPlane {
        match &self.chosen {
            Chosen::Tan(tan) => tan.as_ref(),
            Chosen::Plate(plate) => plate.as_ref(),
        }
    }
}
