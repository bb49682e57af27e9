//! A digitized piece of the plate, as the archive would serve it, with its truth.

use sky_catalog::{Column, ColumnData, Table, TableError};
use sky_coords::SkyPos;
use sky_image::{Header, Image};

use crate::expose::{expose, lights};
use crate::geometry::{Window, scale_arcsec, scan_side_px};
use crate::header::{self, Request};
use crate::params::RenderParams;
use crate::placed::Placed;
use crate::scene::Scene;
use crate::truth;

/// Longest side of a cutout, pixels.
const LONGEST_SIDE_PX: usize = 16_384;
/// Objects this far outside the frame still shine into it, pixels.
const OUTSIDE_PX: f64 = 700.0;

/// A digitized piece of a simulated plate.
#[derive(Clone, Debug)]
pub struct Cutout {
    /// Counts, whole numbers that fit signed 16 bits. The image's mask is the truth of halos, spikes, saturation and defects.
    pub image: Image,
    /// The archive's cards, without those that describe the array (SIMPLE to NAXIS2, EXTEND).
    pub header: Header,
    /// The archive's second HDU, an ASCII table named `xe.mask`: XI, ETA, XI_CORR, ETA_CORR.
    pub distortion: Option<Table>,
    /// What was planted, one row each.
    pub truth: Table,
}

/// A cutout cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CutoutError {
    /// The plate does not reach there.
    #[error("RA {ra_deg:.5}, Dec {dec_deg:.5} is not on plate {region}; ask within 3 degrees of the simulated field")]
    NotOnPlate {
        /// Right ascension asked for, degrees.
        ra_deg: f64,
        /// Declination asked for, degrees.
        dec_deg: f64,
        /// The plate.
        region: String,
    },
    /// Nothing, or too much, was asked for.
    #[error("a cutout of {width_arcmin} x {height_arcmin} arcmin has no pixel or more than {LONGEST_SIDE_PX} a side")]
    Size {
        /// Width asked for, arc minutes.
        width_arcmin: f64,
        /// Height asked for, arc minutes.
        height_arcmin: f64,
    },
    /// A truth or distortion table with columns of different lengths.
    #[error("a table of the simulation: {0}")]
    Table(#[from] TableError),
}

impl Scene {
    /// The whole field, digitized.
    pub fn render(&self, render: &RenderParams) -> Result<Cutout, CutoutError> {
        self.cutout(self.centre(), self.params().size_arcmin, self.params().size_arcmin, render)
    }

    /// `width_arcmin` x `height_arcmin` of the plate around `centre`. Overlapping cutouts agree pixel by pixel.
    ///
    /// Fails where the plate does not reach, and where the image would exceed 16384 pixels a side.
    pub fn cutout(
        &self,
        centre: SkyPos,
        width_arcmin: f64,
        height_arcmin: f64,
        render: &RenderParams,
    ) -> Result<Cutout, CutoutError> {
        cutout(self, centre, width_arcmin, height_arcmin, render)
    }
}

fn cutout(
    scene: &Scene,
    centre: SkyPos,
    width_arcmin: f64,
    height_arcmin: f64,
    render: &RenderParams,
) -> Result<Cutout, CutoutError> {
    let params = scene.params();
    let not_on_plate = || CutoutError::NotOnPlate {
        ra_deg: centre.ra_deg,
        dec_deg: centre.dec_deg,
        region: params.plate.region.clone(),
    };
    let scale = scale_arcsec(render.pixel_size_um);
    let side = |arcmin: f64| {
        let pixels = libm::ceil(60.0 * arcmin / scale);
        (pixels >= 1.0 && pixels <= LONGEST_SIDE_PX as f64).then_some(pixels as usize)
    };
    let (Some(width), Some(height)) = (side(width_arcmin), side(height_arcmin)) else {
        return Err(CutoutError::Size { width_arcmin, height_arcmin });
    };
    let (x_mm, y_mm) = scene.geometry().plate_mm(centre).ok_or_else(not_on_plate)?;
    let scan = Window { pixel_size_um: render.pixel_size_um, corner: (0, 0), width, height };
    let (plate_x, plate_y) = scan.plate_pixel(x_mm, y_mm);
    let side_px = scan_side_px(render.pixel_size_um) as f64;
    if !(0.0..side_px).contains(&plate_x) || !(0.0..side_px).contains(&plate_y) {
        return Err(not_on_plate());
    }
    // Near the plate's edge the cutout is moved inwards, as far as it fits.
    let corner = |at: f64, size: usize| (at as i64 - (size / 2) as i64).clamp(0, (side_px as i64 - size as i64).max(0));
    let window = Window { corner: (corner(plate_x, width), corner(plate_y, height)), ..scan };

    let placed = place(scene, &window);
    let lights: Vec<_> = placed
        .iter()
        .flat_map(|placed| {
            let object = &scene.objects()[placed.object];
            let fwhm_px = scene.fwhm_arcsec(object.position) / scale;
            lights(object, (placed.pixel.x_px, placed.pixel.y_px), fwhm_px, scale, render.noise_adu)
        })
        .collect();
    let field_centre_mm = scene.geometry().plate_mm(scene.centre()).ok_or_else(not_on_plate)?;
    let field_half_mm = 0.5 * 60.0 * params.size_arcmin / scale * render.pixel_size_um / 1000.0;
    let (pixels, mask) = expose(&lights, scene.defects(), &window, field_centre_mm, field_half_mm, render, params.seed);
    let truth = truth::table(scene, &window, &placed, &mask, render)?;
    let request = Request { centre, plate_px: (plate_x, plate_y) };
    let header = header::cards(scene, &window, &request, &pixels);
    let distortion = render.with_distortion_table.then(distortion_table).transpose()?;
    Ok(Cutout { image: Image { pixels, mask: Some(mask) }, header, distortion, truth })
}

fn place(scene: &Scene, window: &Window) -> Vec<Placed> {
    let inside = |at: f64, size: usize| at > -OUTSIDE_PX && at < size as f64 + OUTSIDE_PX;
    scene
        .objects()
        .iter()
        .enumerate()
        .filter_map(|(object, sky)| {
            let (x_mm, y_mm) = scene.geometry().plate_mm(sky.position)?;
            let pixel = window.pixel(x_mm, y_mm);
            (inside(pixel.x_px, window.width) && inside(pixel.y_px, window.height)).then_some(Placed { object, pixel })
        })
        .collect()
}

/// The archive's table of residual distortions on a grid of 40 x 40 places of the plate: small smooth numbers.
fn distortion_table() -> Result<Table, TableError> {
    const SIDE: usize = 40;
    const STEP_DEG: f64 = 0.16;
    const LARGEST_ARCSEC: f64 = 0.6;
    let at = |index: usize| -3.12 + STEP_DEG * index as f64;
    let grid = |value: &dyn Fn(f64, f64) -> f64| {
        (0..SIDE * SIDE).map(|row| value(at(row % SIDE), at(row / SIDE))).collect::<Vec<f64>>()
    };
    let hundredths = |value: f64| libm::round(value * 100.0) / 100.0;
    let mut table = Table::new();
    let columns: [(&str, &str, Vec<f64>); 4] = [
        ("XI", "DEGREES", grid(&|xi, _| hundredths(xi))),
        ("ETA", "DEGREES", grid(&|_, eta| hundredths(eta))),
        ("XI_CORR", "ARCSEC", grid(&|xi, eta| hundredths(LARGEST_ARCSEC * libm::sin(1.3 * xi + 0.4 * eta)))),
        ("ETA_CORR", "ARCSEC", grid(&|xi, eta| hundredths(LARGEST_ARCSEC * libm::cos(0.7 * eta - 0.9 * xi)))),
    ];
    for (name, unit, values) in columns {
        table.push(Column {
            name: name.to_owned(),
            unit: unit.to_owned(),
            ucd: String::new(),
            data: ColumnData::F64(values),
        })?;
    }
    Ok(table)
}
