//! The point-source limit map as a FITS image.

use std::io::Write;

use ndarray::Array2;
use sky_fits::{FitsError, PixelData};
use sky_image::{CardValue, Header};

/// Header of a map of cells of `cell_px` pixels: where its pixels lie on the image (LTMi_i, LTVi), and on the sky where the
/// image has a linear solution.
pub(crate) fn header(image: &Header, cell_px: u32) -> Header {
    let cell = f64::from(cell_px);
    let mut header = Header::new();
    let mut real = |keyword: &str, value: f64, comment: &str| header.push(keyword, CardValue::Real(value), comment);
    // Centre of cell i (1-based) is pixel cell (i - 1/2) + 1/2 of the image.
    let shift = 0.5 - 0.5 / cell;
    for axis in [1, 2] {
        real(&format!("LTM{axis}_{axis}"), 1.0 / cell, "cells a pixel of the image");
        real(&format!("LTV{axis}"), shift, "cell = LTM pixel + LTV");
    }
    if is_linear(image) {
        for (axis, keyword) in [(1, "CRPIX1"), (2, "CRPIX2")] {
            if let Some(pixel) = image.number(keyword) {
                real(keyword, pixel / cell + shift, "reference point, cells");
            }
            for other in [1, 2] {
                let keyword = format!("CD{axis}_{other}");
                if let Some(scale) = image.number(&keyword) {
                    real(&keyword, scale * cell, "degrees a cell");
                }
            }
            if let Some(scale) = image.number(&format!("CDELT{axis}")) {
                real(&format!("CDELT{axis}"), scale * cell, "degrees a cell");
            }
        }
        for keyword in
            ["CTYPE1", "CTYPE2", "CRVAL1", "CRVAL2", "CROTA1", "CROTA2", "CUNIT1", "CUNIT2", "RADESYS", "EQUINOX"]
        {
            if let Some(value) = image.get(keyword) {
                header.push(keyword, value.clone(), "");
            }
        }
    }
    header.push("BUNIT", CardValue::Text("mag".to_owned()), "instrumental magnitude of a detected star");
    header
}

/// Whether the solution is a plain tangential projection: distortions in pixels do not carry over to cells.
fn is_linear(image: &Header) -> bool {
    let is = |keyword: &str, wanted: &str| image.text(keyword).is_some_and(|text| text == wanted);
    is("CTYPE1", "RA---TAN")
        && is("CTYPE2", "DEC--TAN")
        && image.get("PV1_1").is_none()
        && image.get("A_ORDER").is_none()
}

/// Writes the map.
pub(crate) fn write(mut writer: &mut dyn Write, header: &Header, map_mag: &Array2<f32>) -> Result<(), FitsError> {
    sky_fits::write_image(&mut writer, header, PixelData::F32(map_mag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_coords::{PixelPos, SkyPos};
    use sky_wcs::Wcs;

    #[test]
    fn a_cell_lies_on_the_sky_where_its_pixels_do() {
        let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(127.5, 95.5), 1.7).expect("a WCS");
        let mut image = Header::new();
        assert!(wcs.write_to(&mut image), "a TAN solution can be written");
        let map = Wcs::from_header(&header(&image, 64)).expect("a linear solution");
        // Cell (1, 0) (0-based) covers pixels 64 to 127 by 0 to 63: its centre is pixel (95.5, 31.5).
        let (cell, pixel) =
            (map.sky_from_pixel(PixelPos::new(1.0, 0.0)), wcs.sky_from_pixel(PixelPos::new(95.5, 31.5)));
        assert!((cell.ra_deg - pixel.ra_deg).abs() < 1e-9 && (cell.dec_deg - pixel.dec_deg).abs() < 1e-9);
    }
}
