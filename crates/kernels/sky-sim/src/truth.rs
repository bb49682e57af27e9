//! The truth table of a cutout: every object and defect whose centre is on it.

use sky_catalog::{Column, ColumnData, Table, TableError};
use sky_coords::PixelPos;
use sky_image::Mask;

use crate::expose::expected_snr_win;
use crate::geometry::Window;
use crate::object::ObjectKind;
use crate::params::RenderParams;
use crate::placed::Placed;
use crate::scene::Scene;

/// An object is blended if another stands nearer than this, arc seconds ...
const BLEND_ARCSEC: f64 = 10.0;
/// ... and shines with at least this share of its light.
const BLEND_FLUX_SHARE: f64 = 0.02;
/// Mask bits are collected within this distance of the centre, pixels.
const MASK_REACH_PX: isize = 2;

/// One row of the table.
struct Row {
    kind: &'static str,
    index: u32,
    pixel: PixelPos,
    fwhm_px: f64,
    /// Sky place, magnitude, flux, expected SNR_WIN, proper motions; NaN for a defect.
    numbers: [f64; 7],
    blended: Option<bool>,
    mask_bits: i64,
}

/// Objects first, in the scene's order, then defects.
pub(crate) fn table(
    scene: &Scene,
    window: &Window,
    placed: &[Placed],
    mask: &Mask,
    render: &RenderParams,
) -> Result<Table, TableError> {
    let scale = window.scale_arcsec();
    let blended = blends(scene, placed, scale);
    let inside = |pixel: PixelPos| {
        let within = |at: f64, size: usize| at >= -0.5 && at < size as f64 - 0.5;
        within(pixel.x_px, window.width) && within(pixel.y_px, window.height)
    };
    let mut rows = Vec::new();
    for (placed, blended) in placed.iter().zip(blended).filter(|(placed, _)| inside(placed.pixel)) {
        let object = &scene.objects()[placed.object];
        let fwhm_px = scene.fwhm_arcsec(object.position) / scale;
        let flux_adu = object.flux_adu(scale);
        let snr = match object.kind {
            ObjectKind::Galaxy | ObjectKind::Asteroid => f64::NAN,
            _ => expected_snr_win(flux_adu, fwhm_px, render),
        };
        let (place, pm) = (object.position, (object.pm_ra_mas_yr, object.pm_dec_mas_yr));
        rows.push(Row {
            kind: object.kind.name(),
            index: object.index,
            pixel: placed.pixel,
            fwhm_px: libm::hypot(fwhm_px, object.extent_arcsec / scale),
            numbers: [place.ra_deg, place.dec_deg, object.mag, flux_adu, snr, pm.0, pm.1],
            blended: Some(blended),
            mask_bits: bits_near(mask, placed.pixel),
        });
    }
    for defect in scene.defects() {
        let (x_mm, y_mm) = defect.middle_mm();
        let pixel = window.pixel(x_mm, y_mm);
        if inside(pixel) {
            let place = scene.geometry().sky(x_mm, y_mm);
            let mut numbers = [f64::NAN; 7];
            numbers[..2].copy_from_slice(&[place.ra_deg, place.dec_deg]);
            rows.push(Row {
                kind: defect.kind.name(),
                index: defect.index,
                pixel,
                fwhm_px: 1000.0 * defect.width_mm / window.pixel_size_um,
                numbers,
                blended: None,
                mask_bits: bits_near(mask, pixel),
            });
        }
    }
    columns(&rows)
}

fn columns(rows: &[Row]) -> Result<Table, TableError> {
    let number = |value: &dyn Fn(&Row) -> f64| ColumnData::F64(rows.iter().map(value).collect());
    let columns: [(&str, &str, ColumnData); 14] = [
        ("kind", "", ColumnData::Text(rows.iter().map(|row| row.kind.to_owned()).collect())),
        ("index", "", ColumnData::I64(rows.iter().map(|row| Some(i64::from(row.index))).collect())),
        ("X_IMAGE", "pix", number(&|row| row.pixel.to_fits().0)),
        ("Y_IMAGE", "pix", number(&|row| row.pixel.to_fits().1)),
        ("ra_deg", "deg", number(&|row| row.numbers[0])),
        ("dec_deg", "deg", number(&|row| row.numbers[1])),
        ("mag", "mag", number(&|row| row.numbers[2])),
        ("flux_adu", "adu", number(&|row| row.numbers[3])),
        ("snr_win", "", number(&|row| row.numbers[4])),
        ("pm_ra_mas_yr", "mas/yr", number(&|row| row.numbers[5])),
        ("pm_dec_mas_yr", "mas/yr", number(&|row| row.numbers[6])),
        ("fwhm_px", "pix", number(&|row| row.fwhm_px)),
        ("blended", "", ColumnData::Bool(rows.iter().map(|row| row.blended).collect())),
        ("mask_bits", "", ColumnData::I64(rows.iter().map(|row| Some(row.mask_bits)).collect())),
    ];
    let mut table = Table::new();
    for (name, unit, data) in columns {
        table.push(Column { name: name.to_owned(), unit: unit.to_owned(), ucd: String::new(), data })?;
    }
    Ok(table)
}

/// Whether each object has a neighbour that disturbs it.
fn blends(scene: &Scene, placed: &[Placed], scale_arcsec: f64) -> Vec<bool> {
    let reach = BLEND_ARCSEC / scale_arcsec;
    let flux = |placed: &Placed| scene.objects()[placed.object].flux_adu(scale_arcsec);
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by(|a, b| placed[*a].pixel.x_px.total_cmp(&placed[*b].pixel.x_px).then(a.cmp(b)));
    let mut blended = vec![false; placed.len()];
    for (rank, &a) in order.iter().enumerate() {
        for &b in &order[rank + 1..] {
            let dx = placed[b].pixel.x_px - placed[a].pixel.x_px;
            if dx > reach {
                break;
            }
            let dy = placed[b].pixel.y_px - placed[a].pixel.y_px;
            if dx * dx + dy * dy <= reach * reach {
                let (flux_a, flux_b) = (flux(&placed[a]), flux(&placed[b]));
                blended[a] |= flux_b >= BLEND_FLUX_SHARE * flux_a;
                blended[b] |= flux_a >= BLEND_FLUX_SHARE * flux_b;
            }
        }
    }
    blended
}

/// The mask bits around a place.
fn bits_near(mask: &Mask, pixel: PixelPos) -> i64 {
    let (x, y) = (libm::round(pixel.x_px) as isize, libm::round(pixel.y_px) as isize);
    let mut bits = 0_u16;
    for dy in -MASK_REACH_PX..=MASK_REACH_PX {
        for dx in -MASK_REACH_PX..=MASK_REACH_PX {
            if let (Ok(y), Ok(x)) = (usize::try_from(y + dy), usize::try_from(x + dx)) {
                bits |= mask.get([y, x]).copied().unwrap_or(0);
            }
        }
    }
    i64::from(bits)
}
