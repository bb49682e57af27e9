//! Rows of SExtractor as sources: what columns of the sky, and columns that are ours, are made from.

use sky_catalog::{Ellipse, Flux, Isophotal, Moments, PsfMeasurement, Source, Windowed};
use sky_fits::{BinTable, FitsErrorKind};

/// Columns that a source is made from.
pub(super) const NEEDED: &[&str] = &[
    "NUMBER",
    "X_IMAGE_DBL",
    "Y_IMAGE_DBL",
    "XPEAK_IMAGE",
    "YPEAK_IMAGE",
    "X2_IMAGE",
    "Y2_IMAGE",
    "XY_IMAGE",
    "A_IMAGE",
    "B_IMAGE",
    "THETA_IMAGE",
    "ERRX2_IMAGE",
    "ERRY2_IMAGE",
    "ERRXY_IMAGE",
    "ISOAREA_IMAGE",
    "ISOAREAF_IMAGE",
    "FWHM_IMAGE",
    "FLUX_ISO",
    "FLUXERR_ISO",
    "FLUX_MAX",
    "THRESHOLD",
    "BACKGROUND",
    "FLAGS",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "X2WIN_IMAGE",
    "Y2WIN_IMAGE",
    "XYWIN_IMAGE",
    "AWIN_IMAGE",
    "BWIN_IMAGE",
    "THETAWIN_IMAGE",
    "ERRX2WIN_IMAGE",
    "ERRY2WIN_IMAGE",
    "ERRXYWIN_IMAGE",
    "FLUX_WIN",
    "FLUXERR_WIN",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
];

/// The same, of a fit with a PSF.
pub(super) const NEEDED_OF_PSF: &[&str] = &[
    "XPSF_IMAGE",
    "YPSF_IMAGE",
    "ERRX2PSF_IMAGE",
    "ERRY2PSF_IMAGE",
    "FLUX_PSF",
    "FLUXERR_PSF",
    "CHI2_PSF",
    "SPREAD_MODEL",
    "SPREADERR_MODEL",
];

/// The rows; mask bits where the table has them. Fails where a column is missing or holds no numbers.
pub(super) fn sources(table: &BinTable) -> Result<Vec<Source>, FitsErrorKind> {
    let rows = Rows::of(table)?;
    let has_psf = table.column("SPREAD_MODEL").is_ok();
    Ok((0..table.rows).map(|row| source(&rows, row, has_psf)).collect())
}

/// The columns by name.
struct Rows(Vec<(&'static str, Vec<f64>)>);

impl Rows {
    fn of(table: &BinTable) -> Result<Self, FitsErrorKind> {
        let mut columns = Vec::new();
        for name in NEEDED {
            columns.push((*name, table.numbers(name)?));
        }
        for name in NEEDED_OF_PSF.iter().chain(&["IMAFLAGS_ISO", "NIMAFLAGS_ISO"]) {
            if table.column(name).is_ok() {
                columns.push((*name, table.numbers(name)?));
            }
        }
        Ok(Self(columns))
    }

    /// NaN where there is no such column.
    fn at(&self, name: &str, row: usize) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, values)| values[row])
    }
}

fn source(rows: &Rows, row: usize, has_psf: bool) -> Source {
    let at = |name: &str| rows.at(name, row);
    let pixel = |name: &str| at(name) - 1.0;
    let flux = |flux: &str, err: &str| Flux { adu: at(flux), err_adu: at(err) };
    let moments = |xx: &str, yy: &str, xy: &str| Moments { xx_px2: at(xx), yy_px2: at(yy), xy_px2: at(xy) };
    let ellipse = |a: &str, b: &str, theta: &str| Ellipse { major_px: at(a), minor_px: at(b), angle_deg: at(theta) };
    Source {
        number: at("NUMBER") as u32,
        x_px: pixel("X_IMAGE_DBL"),
        y_px: pixel("Y_IMAGE_DBL"),
        isophotal: Isophotal {
            x_peak_px: pixel("XPEAK_IMAGE") as u32,
            y_peak_px: pixel("YPEAK_IMAGE") as u32,
            area_px2: at("ISOAREA_IMAGE") as u32,
            area_filtered_px2: at("ISOAREAF_IMAGE") as u32,
            moments: moments("X2_IMAGE", "Y2_IMAGE", "XY_IMAGE"),
            ellipse: ellipse("A_IMAGE", "B_IMAGE", "THETA_IMAGE"),
            position_variance: moments("ERRX2_IMAGE", "ERRY2_IMAGE", "ERRXY_IMAGE"),
            flux: flux("FLUX_ISO", "FLUXERR_ISO"),
            peak_adu: at("FLUX_MAX"),
            fwhm_px: at("FWHM_IMAGE"),
            ..Isophotal::default()
        },
        threshold_adu: at("THRESHOLD"),
        background_adu: at("BACKGROUND"),
        flags: at("FLAGS") as u16,
        image_flags: at("IMAFLAGS_ISO") as _,
        n_masked_px: at("NIMAFLAGS_ISO") as u32,
        auto: flux("FLUX_AUTO", "FLUXERR_AUTO"),
        windowed: Windowed {
            x_px: pixel("XWIN_IMAGE"),
            y_px: pixel("YWIN_IMAGE"),
            moments: moments("X2WIN_IMAGE", "Y2WIN_IMAGE", "XYWIN_IMAGE"),
            ellipse: ellipse("AWIN_IMAGE", "BWIN_IMAGE", "THETAWIN_IMAGE"),
            position_variance: moments("ERRX2WIN_IMAGE", "ERRY2WIN_IMAGE", "ERRXYWIN_IMAGE"),
            flux: flux("FLUX_WIN", "FLUXERR_WIN"),
            ..Windowed::default()
        },
        psf: has_psf.then(|| PsfMeasurement {
            x_px: pixel("XPSF_IMAGE"),
            y_px: pixel("YPSF_IMAGE"),
            x_err_px: at("ERRX2PSF_IMAGE").sqrt(),
            y_err_px: at("ERRY2PSF_IMAGE").sqrt(),
            flux_adu: at("FLUX_PSF"),
            flux_err_adu: at("FLUXERR_PSF"),
            reduced_chi2: at("CHI2_PSF"),
            spread_model: at("SPREAD_MODEL"),
            spread_model_err: at("SPREADERR_MODEL"),
            flags: 0,
        }),
        ..Source::default()
    }
}
