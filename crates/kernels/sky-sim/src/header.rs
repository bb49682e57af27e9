//! The header of a cutout as the archive writes it: the plate, its polynomial, and an explicit solution.

use ndarray::Array2;
use sky_coords::{ARCSEC_PER_DEG, PixelPos, SkyPos};
use sky_image::{CardValue, Header};

use crate::date::date_obs;
use crate::geometry::{PLATE_HALF_UM, Window, project};
use crate::scene::Scene;

/// What was asked of the archive.
pub(crate) struct Request {
    pub(crate) centre: SkyPos,
    /// Where that is on the scan, pixels.
    pub(crate) plate_px: (f64, f64),
}

/// The cards, in the order of the STScI cutout service.
pub(crate) fn cards(scene: &Scene, window: &Window, request: &Request, pixels: &Array2<f32>) -> Header {
    let mut header = Header::new();
    plate(&mut header, scene);
    scan(&mut header, window);
    polynomial(&mut header, scene);
    explicit(&mut header, scene, window);
    answer(&mut header, request, pixels);
    header
}

fn text(header: &mut Header, keyword: &str, value: &str, comment: &str) {
    header.push(keyword, CardValue::Text(value.to_owned()), comment);
}

fn real(header: &mut Header, keyword: &str, value: f64, comment: &str) {
    header.push(keyword, CardValue::Real(value), comment);
}

fn integer(header: &mut Header, keyword: &str, value: i64, comment: &str) {
    header.push(keyword, CardValue::Integer(value), comment);
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = libm::pow(10.0, f64::from(decimals));
    libm::round(value * unit) / unit
}

fn plate(header: &mut Header, scene: &Scene) {
    let plate = &scene.params().plate;
    let centre = scene.geometry().plate_centre;
    text(header, "ORIGIN", "SIMULATION", "Skyledger simulated sky");
    text(header, "SURVEY", "POSSI-E", "GSSS: Sky Survey");
    text(header, "REGION", &plate.region, "GSSS: Region Name");
    text(header, "PLATEID", &plate.plate_id, "GSSS: Plate ID");
    text(header, "SCANNUM", "00", "GSSS: Scan Number");
    text(header, "DSCNDNUM", "00", "GSSS: Descendant Number");
    integer(header, "TELESCID", 1, "GSSS: Telescope ID");
    integer(header, "BANDPASS", 8, "GSSS: Bandpass Code");
    real(header, "SITELAT", 33.356, "Observatory: Latitude");
    real(header, "SITELONG", 116.863, "Observatory: Longitude");
    text(header, "TELESCOP", "Palomar Schmidt", "Observatory: Telescope");
    text(header, "INSTRUME", "Photographic Plate", "Detector: Photographic Plate");
    text(header, "EMULSION", "103aE", "Detector: Emulsion");
    text(header, "FILTER", "plexi", "Detector: Filter");
    real(header, "PLTSCALE", 67.2, "Detector: Plate Scale arcsec per mm");
    real(header, "PLTSIZEX", 355.0, "Detector: Plate X Dimension mm");
    real(header, "PLTSIZEY", 355.0, "Detector: Plate Y Dimension mm");
    real(header, "PLATERA", rounded(centre.ra_deg, 9), "Observation: Field centre RA degrees");
    real(header, "PLATEDEC", rounded(centre.dec_deg, 9), "Observation: Field centre Dec degrees");
    text(header, "PLTLABEL", "SIM", "Observation: Plate Label");
    text(header, "DATE-OBS", &date_obs(plate.exposure_start_mjd, plate.minute_overflow), "Observation: Date/Time");
    real(header, "EXPOSURE", plate.exposure_min, "Observation: Exposure Minutes");
    text(header, "PLTGRADE", "1", "Observation: Plate Grade");
}

fn scan(header: &mut Header, window: &Window) {
    integer(header, "CNPIX1", window.corner.0, "Scan: X Corner");
    integer(header, "CNPIX2", window.corner.1, "Scan: Y Corner");
    integer(header, "XPIXELS", window.scan_side_px(), "Scan: X Dimension");
    integer(header, "YPIXELS", window.scan_side_px(), "Scan: Y Dimension");
    real(header, "XPIXELSZ", window.pixel_size_um, "Scan: Pixel Size microns");
    real(header, "YPIXELSZ", window.pixel_size_um, "Scan: Pixel Size microns");
    for index in 1..=6 {
        let value = if index % 3 == 0 { PLATE_HALF_UM } else { 0.0 };
        real(header, &format!("PPO{index}"), value, "Scan: Orientation Coeff");
    }
}

fn polynomial(header: &mut Header, scene: &Scene) {
    let centre = scene.geometry().plate_centre;
    // The centre was rounded to whole units of these.
    let hundredths_of_second = libm::round(centre.ra_deg * 24_000.0) as i64;
    integer(header, "PLTRAH", hundredths_of_second / 360_000, "Astrometry: Plate Centre H");
    integer(header, "PLTRAM", hundredths_of_second / 6_000 % 60, "Astrometry: Plate Centre M");
    real(header, "PLTRAS", (hundredths_of_second % 6_000) as f64 / 100.0, "Astrometry: Plate Centre S");
    let tenths_of_arcsec = libm::round(centre.dec_deg.abs() * 36_000.0) as i64;
    text(header, "PLTDECSN", if centre.dec_deg < 0.0 { "-" } else { "+" }, "Astrometry: Plate Centre +/-");
    integer(header, "PLTDECD", tenths_of_arcsec / 36_000, "Astrometry: Plate Centre D");
    integer(header, "PLTDECM", tenths_of_arcsec / 600 % 60, "Astrometry: Plate Centre M");
    real(header, "PLTDECS", (tenths_of_arcsec % 600) as f64 / 10.0, "Astrometry: Plate Centre S");
    real(header, "EQUINOX", 2000.0, "Astrometry: Equinox");
    let (amdx, amdy) = scene.geometry().header_coefficients();
    for (name, coefficients) in [("AMDX", amdx), ("AMDY", amdy)] {
        for index in 0..20 {
            let value = coefficients.get(index).copied().unwrap_or(0.0);
            real(header, &format!("{name}{}", index + 1), value, "Astrometry: GSC1 Coeff");
        }
    }
    text(header, "ASTRMASK", "xe.mask", "Astrometry: GSC2 Mask");
}

/// A gnomonic solution fitted to the plate's at the middle of the cutout.
fn explicit(header: &mut Header, scene: &Scene, window: &Window) {
    let (centre_x, centre_y) = (0.5 * (window.width as f64 - 1.0), 0.5 * (window.height as f64 - 1.0));
    let sky = |x: f64, y: f64| {
        let (x_mm, y_mm) = window.plate_mm(PixelPos::new(x, y));
        scene.geometry().sky(x_mm, y_mm)
    };
    let middle = sky(centre_x, centre_y);
    let middle = SkyPos::new(rounded(middle.ra_deg, 6), rounded(middle.dec_deg, 6));
    // Mean slope over half of the frame.
    let slope = |dx: f64, dy: f64| {
        let (after, before) = (sky(centre_x + dx, centre_y + dy), sky(centre_x - dx, centre_y - dy));
        let steps = 2.0 * (dx + dy) * ARCSEC_PER_DEG;
        match (project(middle, after), project(middle, before)) {
            (Some(after), Some(before)) => ((after.0 - before.0) / steps, (after.1 - before.1) / steps),
            _ => (f64::NAN, f64::NAN),
        }
    };
    let (cd1_1, cd2_1) = slope(0.25 * window.width as f64, 0.0);
    let (cd1_2, cd2_2) = slope(0.0, 0.25 * window.height as f64);
    integer(header, "WCSAXES", 2, "GetImage: Number WCS axes");
    text(header, "WCSNAME", "DSS", "GetImage: Local WCS approximation from full plat");
    text(header, "RADESYS", "ICRS", "GetImage: GSC-II calibration using ICRS system");
    text(header, "CTYPE1", "RA---TAN", "GetImage: RA-Gnomic projection");
    real(header, "CRPIX1", centre_x + 1.0, "GetImage: X reference pixel");
    real(header, "CRVAL1", middle.ra_deg, "GetImage: RA of reference pixel");
    text(header, "CUNIT1", "deg", "GetImage: degrees");
    text(header, "CTYPE2", "DEC--TAN", "GetImage: Dec-Gnomic projection");
    real(header, "CRPIX2", centre_y + 1.0, "GetImage: Y reference pixel");
    real(header, "CRVAL2", middle.dec_deg, "GetImage: Dec of reference pixel");
    text(header, "CUNIT2", "deg", "Getimage: degrees");
    for (keyword, value) in [("CD1_1", cd1_1), ("CD1_2", cd1_2), ("CD2_1", cd2_1), ("CD2_2", cd2_2)] {
        real(header, keyword, rounded(value, 10), "GetImage: rotation matrix coefficient");
    }
}

fn answer(header: &mut Header, request: &Request, pixels: &Array2<f32>) {
    let (low, high) = pixels.iter().fold((f32::INFINITY, 0.0_f32), |(low, high), v| (low.min(*v), high.max(*v)));
    text(header, "OBJECT", "data", "GetImage: Requested Object Name");
    integer(header, "DATAMIN", low as i64, "GetImage: Minimum returned pixel value");
    integer(header, "DATAMAX", high as i64, "GetImage: Maximum returned pixel value");
    let SkyPos { ra_deg, dec_deg } = request.centre;
    let ra = libm::round(ra_deg / 15.0 * 3_600_000.0) as i64 % 86_400_000;
    let dec = libm::round(dec_deg.abs() * 360_000.0) as i64;
    let sexagesimal = |value: i64, unit: i64| (value / (3600 * unit), value / (60 * unit) % 60, value % (60 * unit));
    let (hours, minutes, milliseconds) = sexagesimal(ra, 1000);
    let ra_text = format!("{hours:02} {minutes:02} {:02}.{:03}", milliseconds / 1000, milliseconds % 1000);
    let (degrees, minutes, hundredths) = sexagesimal(dec, 100);
    let sign = if dec_deg < 0.0 { '-' } else { '+' };
    let dec_text = format!("{sign}{degrees:02} {minutes:02} {:02}.{:02}", hundredths / 100, hundredths % 100);
    text(header, "OBJCTRA", &ra_text, "GetImage: Requested Right Ascension (J2000)");
    text(header, "OBJCTDEC", &dec_text, "GetImage: Requested Declination (J2000)");
    real(header, "OBJCTX", rounded(request.plate_px.0, 2), "GetImage: Requested X on plate (pixels)");
    real(header, "OBJCTY", rounded(request.plate_px.1, 2), "GetImage: Requested Y on plate (pixels)");
}
