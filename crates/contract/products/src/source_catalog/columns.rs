//! The columns of a source catalogue, with SExtractor's names, types and units: one registry for the LDAC writer, the
//! reader, the documentation and the schema.

use sky_catalog::ColumnType::{self, F32, F64, I16, I32};
use sky_catalog::flags::CROWDED;
use sky_catalog::{ColumnSpec, Ellipse, Flux, Moments, PsfMeasurement, Source, corrected_isophotal_flux};
use sky_coords::SkyPos;

/// What SExtractor writes for the magnitude of a flux that is not positive, and for its error.
pub const NO_MAGNITUDE: f64 = 99.0;
/// What SExtractor writes in VIGNET where there is no pixel or a neighbour's.
pub const NO_PIXEL: f32 = -1.0e30;

/// What the values of a catalogue's columns depend on, beside the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnContext {
    /// Magnitude of one ADU.
    pub zero_point_mag: f64,
    /// Circular apertures of each source.
    pub n_apertures: usize,
    /// Parts of the light whose radii FLUX_RADIUS gives.
    pub n_light_fractions: usize,
    /// Width and height of VIGNET, pixels.
    pub vignet_px: [usize; 2],
}

/// How many values one row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One.
    Scalar,
    /// One for each circular aperture.
    Apertures,
    /// One for each part of the light (FLUX_RADIUS).
    LightFractions,
    /// The pixels of the vignet, x fastest.
    Vignet,
}

/// The value of a column: source, context, index within a vector.
type Getter = fn(&Source, &ColumnContext, usize) -> f64;

/// One column: what it is and where its values come from.
#[derive(Clone, Copy, Debug)]
pub struct SourceColumn {
    /// Name, type, unit, UCD, meaning.
    pub spec: ColumnSpec,
    /// Display format (TDISP).
    pub display: &'static str,
    /// Values of a row.
    pub shape: Shape,
    get: Value,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Scalar(fn(&Source, &ColumnContext) -> f64),
    Vector(Getter),
}

impl SourceColumn {
    /// How many values one row holds.
    pub const fn n_values(&self, context: &ColumnContext) -> usize {
        match self.shape {
            Shape::Scalar => 1,
            Shape::Apertures => context.n_apertures,
            Shape::LightFractions => context.n_light_fractions,
            Shape::Vignet => context.vignet_px[0] * context.vignet_px[1],
        }
    }

    /// The `index`-th value of a source's row; NaN where it is missing. Every type of the registry fits an f64.
    pub fn value(&self, source: &Source, context: &ColumnContext, index: usize) -> f64 {
        match self.get {
            Value::Scalar(get) => get(source, context),
            Value::Vector(get) => get(source, context, index),
        }
    }
}

impl SourceColumn {
    /// Appends the cell of a source as a FITS binary table holds it: big-endian, in the type of the registry. `vignet` hands
    /// over the pixels of VIGNET, which are not kept with the source, piece by piece. No column of sources holds text.
    pub fn append_cell(
        &self,
        source: &Source,
        context: &ColumnContext,
        vignet: impl FnOnce(&mut dyn FnMut(&[f32])),
        bytes: &mut Vec<u8>,
    ) {
        if self.shape == Shape::Vignet {
            vignet(&mut |pixels| {
                let first = bytes.len();
                bytes.resize(first + size_of_val(pixels), 0);
                for (cell, pixel) in bytes[first..].as_chunks_mut().0.iter_mut().zip(pixels) {
                    *cell = pixel.to_be_bytes();
                }
            });
            return;
        }
        for index in 0..self.n_values(context) {
            let value = self.value(source, context, index);
            match self.spec.kind {
                ColumnType::F64 => bytes.extend(value.to_be_bytes()),
                ColumnType::F32 => bytes.extend((value as f32).to_be_bytes()),
                ColumnType::I64 => bytes.extend((value as i64).to_be_bytes()),
                ColumnType::I32 => bytes.extend((value as i32).to_be_bytes()),
                ColumnType::I16 => bytes.extend((value as i16).to_be_bytes()),
                ColumnType::Bool => bytes.push(if value == 0.0 { b'F' } else { b'T' }),
                ColumnType::Text => {}
            }
        }
    }
}

/// The column of that name.
pub fn source_column(name: &str) -> Option<&'static SourceColumn> {
    SOURCE_COLUMNS.iter().find(|column| column.spec.name == name)
}

/// All columns, in the order of a full catalogue.
#[rustfmt::skip]
pub const SOURCE_COLUMNS: &[SourceColumn] = &[
    scalar("NUMBER", I32, "", "meta.record", "running number", "I10", |s, _| f64::from(s.number)),
    scalar("ID_PARENT", I32, "", "meta.id.parent", "number of the blend that the source comes from", "I10", |s, _| f64::from(s.parent)),
    scalar("EXT_NUMBER", I16, "", "meta.id;meta.dataset", "FITS extension number of the image", "I3", |_, _| 1.0),
    scalar("X_IMAGE", F32, "pixel", "pos.cartesian.x;pos.barycenter;instr.det;meta.main", "isophotal barycentre along x (1-based)", "F11.4", |s, _| s.x_px + 1.0),
    scalar("Y_IMAGE", F32, "pixel", "pos.cartesian.y;pos.barycenter;instr.det;meta.main", "isophotal barycentre along y (1-based)", "F11.4", |s, _| s.y_px + 1.0),
    scalar("XMIN_IMAGE", I32, "pixel", "pos.cartesian.x;stat.min", "first column of the footprint (1-based)", "I10", |s, _| f64::from(s.isophotal.x_min_px) + 1.0),
    scalar("YMIN_IMAGE", I32, "pixel", "pos.cartesian.y;stat.min", "first row of the footprint (1-based)", "I10", |s, _| f64::from(s.isophotal.y_min_px) + 1.0),
    scalar("XMAX_IMAGE", I32, "pixel", "pos.cartesian.x;stat.max", "last column of the footprint (1-based)", "I10", |s, _| f64::from(s.isophotal.x_max_px) + 1.0),
    scalar("YMAX_IMAGE", I32, "pixel", "pos.cartesian.y;stat.max", "last row of the footprint (1-based)", "I10", |s, _| f64::from(s.isophotal.y_max_px) + 1.0),
    scalar("XPEAK_IMAGE", I32, "pixel", "pos.cartesian.x", "column of the brightest filtered pixel (1-based)", "I10", |s, _| f64::from(s.isophotal.x_peak_px) + 1.0),
    scalar("YPEAK_IMAGE", I32, "pixel", "pos.cartesian.y", "row of the brightest filtered pixel (1-based)", "I10", |s, _| f64::from(s.isophotal.y_peak_px) + 1.0),
    scalar("X2_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "variance of the profile along x", "E18.10", |s, _| s.isophotal.moments.xx_px2),
    scalar("Y2_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "variance of the profile along y", "E18.10", |s, _| s.isophotal.moments.yy_px2),
    scalar("XY_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "covariance of the profile", "E18.10", |s, _| s.isophotal.moments.xy_px2),
    scalar("CXX_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "ellipse coefficient of x squared", "E15.7", |s, _| s.isophotal.moments.coefficients().cxx),
    scalar("CYY_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "ellipse coefficient of y squared", "E15.7", |s, _| s.isophotal.moments.coefficients().cyy),
    scalar("CXY_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "ellipse coefficient of x y", "E15.7", |s, _| s.isophotal.moments.coefficients().cxy),
    scalar("A_IMAGE", F32, "pixel", "phys.size.smajAxis;instr.det;meta.main", "profile rms along the major axis", "F9.3", |s, _| s.isophotal.ellipse.major_px),
    scalar("B_IMAGE", F32, "pixel", "phys.size.sminAxis;instr.det;meta.main", "profile rms along the minor axis", "F9.3", |s, _| s.isophotal.ellipse.minor_px),
    scalar("THETA_IMAGE", F32, "deg", "pos.posAng;instr.det;meta.main", "angle of the major axis from x towards y", "F6.2", |s, _| s.isophotal.ellipse.angle_deg),
    scalar("ERRX2_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the position along x", "E18.10", |s, _| s.isophotal.position_variance.xx_px2),
    scalar("ERRY2_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the position along y", "E18.10", |s, _| s.isophotal.position_variance.yy_px2),
    scalar("ERRXY_IMAGE", F64, "pixel**2", "stat.covariance;pos.errorEllipse;instr.det", "covariance of the position", "E18.10", |s, _| s.isophotal.position_variance.xy_px2),
    scalar("ERRA_IMAGE", F32, "pixel", "stat.stdev;stat.max;pos.errorEllipse;instr.det;meta.main", "standard error of the position along the major axis of its error ellipse", "F9.5", |s, _| s.isophotal.position_variance.ellipse().major_px),
    scalar("ERRB_IMAGE", F32, "pixel", "stat.stdev;stat.min;pos.errorEllipse;instr.det;meta.main", "standard error of the position along the minor axis of its error ellipse", "F9.5", |s, _| s.isophotal.position_variance.ellipse().minor_px),
    scalar("ERRTHETA_IMAGE", F32, "deg", "pos.posAng;pos.errorEllipse;instr.det;meta.main", "angle of the error ellipse from x towards y", "F6.2", |s, _| s.isophotal.position_variance.ellipse().angle_deg),
    scalar("ELONGATION", F32, "", "src.ellipticity;arith.ratio;instr.det", "A_IMAGE / B_IMAGE", "F8.3", |s, _| s.isophotal.ellipse.elongation()),
    scalar("ELLIPTICITY", F32, "", "src.ellipticity;instr.det", "1 - B_IMAGE / A_IMAGE", "F8.3", |s, _| s.isophotal.ellipse.ellipticity()),
    scalar("ISOAREA_IMAGE", I32, "pixel**2", "phys.area", "pixels above the analysis threshold", "I9", |s, _| f64::from(s.isophotal.area_px2)),
    scalar("ISOAREAF_IMAGE", I32, "pixel**2", "phys.area", "filtered pixels above the detection threshold", "I9", |s, _| f64::from(s.isophotal.area_filtered_px2)),
    scalar("FWHM_IMAGE", F32, "pixel", "phys.size.diameter;instr.det.psf", "full width at half maximum of a Gaussian core", "F8.2", |s, _| s.isophotal.fwhm_px),
    scalar("FWHM_WORLD", F32, "deg", "phys.angSize;instr.det.psf", "full width at half maximum of a Gaussian core", "G12.7", |s, _| s.isophotal.fwhm_px * pixel_scale_deg(s)),
    scalar("FLUX_ISO", F32, "count", "phot.flux", "isophotal flux", "G12.7", |s, _| s.isophotal.flux.adu),
    scalar("FLUXERR_ISO", F32, "count", "stat.stdev;phot.flux", "standard error of FLUX_ISO", "G12.7", |s, _| s.isophotal.flux.err_adu),
    scalar("MAG_ISO", F32, "mag", "phot.mag", "isophotal magnitude (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(s.isophotal.flux, c)),
    scalar("MAGERR_ISO", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_ISO (99: no positive flux)", "F8.4", |s, _| magnitude_err(s.isophotal.flux)),
    scalar("FLUX_MAX", F32, "count", "phot.flux.sb;stat.max", "brightest pixel above the background", "G12.7", |s, _| s.isophotal.peak_adu),
    scalar("MU_MAX", F32, "mag * arcsec**(-2)", "phot.mag.sb;stat.max", "surface brightness of the brightest pixel (instrumental; 99: not positive)", "F8.4", peak_surface_brightness),
    scalar("THRESHOLD", F32, "count", "instr.sensitivity;phot.flux.sb", "detection threshold above the background", "G12.7", |s, _| s.threshold_adu),
    scalar("BACKGROUND", F32, "count", "instr.skyLevel", "background at the centre", "G12.7", |s, _| s.background_adu),
    scalar("FLAGS", I16, "", "meta.code.qual", "extraction flags", "I3", |s, _| f64::from(s.flags)),
    scalar("IMAFLAGS_ISO", I32, "", "meta.code.qual", "mask bits of the footprint's pixels, or-ed", "I9", |s, _| f64::from(s.image_flags)),
    scalar("NIMAFLAGS_ISO", I32, "", "meta.number", "pixels of the footprint that carry a mask bit", "I9", |s, _| f64::from(s.n_masked_px)),
    scalar("KRON_RADIUS", F32, "", "arith.factor;arith.ratio", "Kron aperture in units of A or B", "F5.2", |s, _| s.kron_radius),
    scalar("FLUX_AUTO", F32, "count", "phot.flux;meta.main", "flux in the Kron ellipse", "G12.7", |s, _| s.auto.adu),
    scalar("FLUXERR_AUTO", F32, "count", "stat.stdev;phot.flux;meta.main", "standard error of FLUX_AUTO", "G12.7", |s, _| s.auto.err_adu),
    // mark: column-mag-auto
    scalar("MAG_AUTO", F32, "mag", "phot.mag;meta.main", "Kron magnitude (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(s.auto, c)),
    scalar("MAGERR_AUTO", F32, "mag", "stat.stdev;phot.mag;meta.main", "standard error of MAG_AUTO (99: no positive flux)", "F8.4", |s, _| magnitude_err(s.auto)),
    vector("FLUX_RADIUS", F32, "pixel", "phys.size.radius;instr.det", "radii that hold the asked-for parts of FLUX_AUTO (half of it, if nothing else is asked)", "F10.3", Shape::LightFractions, light_radius),
    scalar("XWIN_IMAGE", F64, "pixel", "pos.cartesian.x;instr.det", "windowed position along x (1-based)", "F11.4", |s, _| s.windowed.x_px + 1.0),
    scalar("YWIN_IMAGE", F64, "pixel", "pos.cartesian.y;instr.det", "windowed position along y (1-based)", "F11.4", |s, _| s.windowed.y_px + 1.0),
    scalar("ERRX2WIN_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the windowed position along x", "E18.10", |s, _| s.windowed.position_variance.xx_px2),
    scalar("ERRY2WIN_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the windowed position along y", "E18.10", |s, _| s.windowed.position_variance.yy_px2),
    scalar("ERRXYWIN_IMAGE", F64, "pixel**2", "stat.covariance;pos.errorEllipse;instr.det", "covariance of the windowed position", "E18.10", |s, _| s.windowed.position_variance.xy_px2),
    scalar("ERRAWIN_IMAGE", F32, "pixel", "stat.stdev;stat.max;pos.errorEllipse;instr.det", "standard error of the windowed position along the major axis of its error ellipse", "F9.5", |s, _| s.windowed.position_variance.ellipse().major_px),
    scalar("ERRBWIN_IMAGE", F32, "pixel", "stat.stdev;stat.min;pos.errorEllipse;instr.det", "standard error of the windowed position along the minor axis of its error ellipse", "F9.5", |s, _| s.windowed.position_variance.ellipse().minor_px),
    scalar("ERRTHETAWIN_IMAGE", F32, "deg", "pos.posAng;pos.errorEllipse;instr.det", "angle of the windowed error ellipse from x towards y", "F6.2", |s, _| s.windowed.position_variance.ellipse().angle_deg),
    scalar("X2WIN_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "windowed variance along x", "E18.10", |s, _| s.windowed.moments.xx_px2),
    scalar("Y2WIN_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "windowed variance along y", "E18.10", |s, _| s.windowed.moments.yy_px2),
    scalar("XYWIN_IMAGE", F64, "pixel**2", "src.impactParam;instr.det", "windowed covariance", "E18.10", |s, _| s.windowed.moments.xy_px2),
    scalar("AWIN_IMAGE", F32, "pixel", "phys.size.smajAxis;instr.det", "windowed profile rms along the major axis", "F9.3", |s, _| s.windowed.ellipse.major_px),
    scalar("BWIN_IMAGE", F32, "pixel", "phys.size.sminAxis;instr.det", "windowed profile rms along the minor axis", "F9.3", |s, _| s.windowed.ellipse.minor_px),
    scalar("THETAWIN_IMAGE", F32, "deg", "pos.posAng;instr.det", "angle of the windowed major axis from x towards y", "F6.2", |s, _| s.windowed.ellipse.angle_deg),
    scalar("FLUX_WIN", F32, "count", "phot.flux", "flux weighted by the Gaussian window", "G12.7", |s, _| s.windowed.flux.adu),
    scalar("FLUXERR_WIN", F32, "count", "stat.stdev;phot.flux", "standard error of FLUX_WIN", "G12.7", |s, _| s.windowed.flux.err_adu),
    scalar("MAG_WIN", F32, "mag", "phot.mag", "windowed magnitude (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(s.windowed.flux, c)),
    scalar("MAGERR_WIN", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_WIN (99: no positive flux)", "F8.4", |s, _| magnitude_err(s.windowed.flux)),
    // mark: column-snr-win
    scalar("SNR_WIN", F32, "", "stat.snr", "signal to noise ratio in the Gaussian window", "G10.4", |s, _| s.snr_win()),
    scalar("FLAGS_WIN", I16, "", "meta.code.qual", "flags of the windowed measures", "I3", |s, _| f64::from(s.windowed.flags)),
    scalar("NITER_WIN", I16, "", "meta.number", "iterations of the windowed centring", "I3", |s, _| f64::from(s.windowed.iterations)),
    scalar("X_WORLD", F64, "deg", "pos.eq.ra", "right ascension of the isophotal barycentre", "E18.10", |s, _| sky(s, Place::Isophotal).ra_deg),
    scalar("Y_WORLD", F64, "deg", "pos.eq.dec", "declination of the isophotal barycentre", "E18.10", |s, _| sky(s, Place::Isophotal).dec_deg),
    scalar("ALPHA_J2000", F64, "deg", "pos.eq.ra;pos.barycenter;meta.main", "right ascension of the isophotal barycentre (J2000)", "F11.7", |s, _| sky(s, Place::Isophotal).ra_deg),
    scalar("DELTA_J2000", F64, "deg", "pos.eq.dec;pos.barycenter;meta.main", "declination of the isophotal barycentre (J2000)", "F11.7", |s, _| sky(s, Place::Isophotal).dec_deg),
    scalar("XWIN_WORLD", F64, "deg", "pos.eq.ra", "right ascension of the windowed position", "E18.10", |s, _| sky(s, Place::Windowed).ra_deg),
    scalar("YWIN_WORLD", F64, "deg", "pos.eq.dec", "declination of the windowed position", "E18.10", |s, _| sky(s, Place::Windowed).dec_deg),
    scalar("ALPHAWIN_J2000", F64, "deg", "pos.eq.ra", "right ascension of the windowed position (J2000)", "F11.7", |s, _| sky(s, Place::Windowed).ra_deg),
    scalar("DELTAWIN_J2000", F64, "deg", "pos.eq.dec", "declination of the windowed position (J2000)", "F11.7", |s, _| sky(s, Place::Windowed).dec_deg),
    scalar("THETA_J2000", F32, "deg", "pos.posAng;meta.main", "position angle of the major axis, from north to east (J2000)", "F6.2", |s, _| s.sky.map_or(f64::NAN, |sky| sky.theta_deg)),
    scalar("THETAWIN_J2000", F32, "deg", "pos.posAng", "position angle of the windowed major axis, from north to east (J2000)", "F6.2", |s, _| s.sky.map_or(f64::NAN, |sky| sky.theta_windowed_deg)),
    scalar("XPSF_IMAGE", F64, "pixel", "pos.cartesian.x;stat.fit.param;instr.det", "PSF-fit position along x (1-based)", "F11.4", |s, _| psf(s, |psf| psf.x_px + 1.0)),
    scalar("YPSF_IMAGE", F64, "pixel", "pos.cartesian.y;stat.fit.param;instr.det", "PSF-fit position along y (1-based)", "F11.4", |s, _| psf(s, |psf| psf.y_px + 1.0)),
    scalar("ERRX2PSF_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the PSF-fit position along x", "E18.10", |s, _| psf(s, |psf| psf.x_err_px * psf.x_err_px)),
    scalar("ERRY2PSF_IMAGE", F64, "pixel**2", "stat.variance;pos.errorEllipse;instr.det", "variance of the PSF-fit position along y", "E18.10", |s, _| psf(s, |psf| psf.y_err_px * psf.y_err_px)),
    scalar("FLUX_PSF", F32, "count", "phot.count;stat.fit.param", "flux of the PSF fit", "G12.7", |s, _| psf(s, |psf| psf.flux_adu)),
    scalar("FLUXERR_PSF", F32, "count", "stat.stdev;phot.count", "standard error of FLUX_PSF", "G12.7", |s, _| psf(s, |psf| psf.flux_err_adu)),
    scalar("MAG_PSF", F32, "mag", "phot.mag", "magnitude of the PSF fit (instrumental; 99: no positive flux)", "F8.4", |s, c| psf(s, |psf| magnitude(psf_flux(psf), c))),
    scalar("MAGERR_PSF", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_PSF (99: no positive flux)", "F8.4", |s, _| psf(s, |psf| magnitude_err(psf_flux(psf)))),
    scalar("CHI2_PSF", F32, "", "stat.fit.chi2", "reduced chi-square of the PSF fit", "G9.4", |s, _| psf(s, |psf| psf.reduced_chi2)),
    scalar("FLAGS_PSF", I16, "", "meta.code.qual", "flags of the PSF fit (-1: not fitted)", "I3", |s, _| s.psf.map_or(-1.0, |psf| f64::from(psf.flags))),
    scalar("SPREAD_MODEL", F32, "", "src.morph.param", "spread parameter: 0 for a point source, positive if extended, negative if sharper", "G11.5", |s, _| psf(s, |psf| psf.spread_model)),
    scalar("SPREADERR_MODEL", F32, "", "stat.error;src.morph.param", "standard error of SPREAD_MODEL", "G11.5", |s, _| psf(s, |psf| psf.spread_model_err)),
    scalar("ALPHAPSF_J2000", F64, "deg", "pos.eq.ra;stat.fit.param", "right ascension of the PSF-fit position (J2000)", "F11.7", |s, _| sky(s, Place::Psf).ra_deg),
    scalar("DELTAPSF_J2000", F64, "deg", "pos.eq.dec;stat.fit.param", "declination of the PSF-fit position (J2000)", "F11.7", |s, _| sky(s, Place::Psf).dec_deg),
    scalar("FWHMPSF_IMAGE", F32, "pixel", "phys.size.diameter;instr.det.psf", "full width at half maximum of the PSF model at the source", "F8.2", |s, _| s.psf_fwhm_px.unwrap_or(f64::NAN)),
    scalar("FWHMPSF_WORLD", F32, "deg", "phys.angSize;instr.det.psf", "full width at half maximum of the PSF model at the source", "G12.7", |s, _| s.psf_fwhm_px.unwrap_or(f64::NAN) * pixel_scale_deg(s)),
    scalar("FWHM_PSF_RATIO", F32, "", "phys.size.diameter;arith.ratio", "FWHM_IMAGE / FWHMPSF_IMAGE (ours): below 1 the source is sharper than a star; 0: no width", "F8.4", |s, _| s.isophotal.fwhm_px / s.psf_fwhm_px.unwrap_or(f64::NAN)),
    scalar("SPREAD_SCORE", F32, "", "src.morph.param;stat.value", "standard errors by which SPREAD_MODEL exceeds that of the image's point sources (ours)", "F9.3", |s, _| s.spread_score.unwrap_or(f64::NAN)),
    scalar("X_IMAGE_DBL", F64, "pixel", "pos.cartesian.x;pos.barycenter;instr.det", "isophotal barycentre along x (1-based) in double precision", "F11.4", |s, _| s.x_px + 1.0),
    scalar("Y_IMAGE_DBL", F64, "pixel", "pos.cartesian.y;pos.barycenter;instr.det", "isophotal barycentre along y (1-based) in double precision", "F11.4", |s, _| s.y_px + 1.0),
    scalar("ERRCXX_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "error ellipse coefficient of x squared", "E15.7", |s, _| s.isophotal.position_variance.coefficients().cxx),
    scalar("ERRCYY_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "error ellipse coefficient of y squared", "E15.7", |s, _| s.isophotal.position_variance.coefficients().cyy),
    scalar("ERRCXY_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "error ellipse coefficient of x y", "E15.7", |s, _| s.isophotal.position_variance.coefficients().cxy),
    scalar("X2_WORLD", F64, "deg**2", "src.impactParam", "variance towards east of the profile", "E18.10", |s, _| world(s, s.isophotal.moments).xx_px2),
    scalar("Y2_WORLD", F64, "deg**2", "src.impactParam", "variance towards north of the profile", "E18.10", |s, _| world(s, s.isophotal.moments).yy_px2),
    scalar("XY_WORLD", F64, "deg**2", "src.impactParam", "covariance of east and north of the profile", "E18.10", |s, _| world(s, s.isophotal.moments).xy_px2),
    scalar("CXX_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east squared of the profile", "E15.7", |s, _| world(s, s.isophotal.moments).coefficients().cxx),
    scalar("CYY_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of north squared of the profile", "E15.7", |s, _| world(s, s.isophotal.moments).coefficients().cyy),
    scalar("CXY_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east times north of the profile", "E15.7", |s, _| world(s, s.isophotal.moments).coefficients().cxy),
    scalar("A_WORLD", F32, "deg", "phys.angSize;src", "rms of the profile along the major axis on the sky", "G12.7", |s, _| world(s, s.isophotal.moments).ellipse().major_px),
    scalar("B_WORLD", F32, "deg", "phys.angSize;src", "rms of the profile along the minor axis on the sky", "G12.7", |s, _| world(s, s.isophotal.moments).ellipse().minor_px),
    scalar("THETA_WORLD", F32, "deg", "pos.posAng", "angle of the major axis of the profile from east towards north", "F6.2", |s, _| world(s, s.isophotal.moments).ellipse().angle_deg),
    scalar("ERRX2_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "variance towards east of the position", "E18.10", |s, _| world(s, s.isophotal.position_variance).xx_px2),
    scalar("ERRY2_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "variance towards north of the position", "E18.10", |s, _| world(s, s.isophotal.position_variance).yy_px2),
    scalar("ERRXY_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "covariance of east and north of the position", "E18.10", |s, _| world(s, s.isophotal.position_variance).xy_px2),
    scalar("ERRCXX_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east squared of the position", "E15.7", |s, _| world(s, s.isophotal.position_variance).coefficients().cxx),
    scalar("ERRCYY_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of north squared of the position", "E15.7", |s, _| world(s, s.isophotal.position_variance).coefficients().cyy),
    scalar("ERRCXY_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east times north of the position", "E15.7", |s, _| world(s, s.isophotal.position_variance).coefficients().cxy),
    scalar("ERRA_WORLD", F32, "deg", "stat.stdev;pos.errorEllipse;stat.max", "rms of the position along the major axis on the sky", "G12.7", |s, _| world(s, s.isophotal.position_variance).ellipse().major_px),
    scalar("ERRB_WORLD", F32, "deg", "stat.stdev;pos.errorEllipse;stat.min", "rms of the position along the minor axis on the sky", "G12.7", |s, _| world(s, s.isophotal.position_variance).ellipse().minor_px),
    scalar("ERRTHETA_WORLD", F32, "deg", "pos.posAng", "angle of the major axis of the position from east towards north", "F6.2", |s, _| world(s, s.isophotal.position_variance).ellipse().angle_deg),
    scalar("ERRTHETA_J2000", F32, "deg", "pos.posAng;pos.errorEllipse", "position angle of the error ellipse of the position, from north to east (J2000)", "F6.2", |s, _| position_angle_deg(s, s.isophotal.position_variance)),
    scalar("CXXWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "windowed ellipse coefficient of x squared", "E15.7", |s, _| s.windowed.moments.coefficients().cxx),
    scalar("ERRCXXWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "windowed error ellipse coefficient of x squared", "E15.7", |s, _| s.windowed.position_variance.coefficients().cxx),
    scalar("CYYWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "windowed ellipse coefficient of y squared", "E15.7", |s, _| s.windowed.moments.coefficients().cyy),
    scalar("ERRCYYWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "windowed error ellipse coefficient of y squared", "E15.7", |s, _| s.windowed.position_variance.coefficients().cyy),
    scalar("CXYWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;instr.det", "windowed ellipse coefficient of x y", "E15.7", |s, _| s.windowed.moments.coefficients().cxy),
    scalar("ERRCXYWIN_IMAGE", F32, "pixel**(-2)", "src.impactParam;pos.errorEllipse;instr.det", "windowed error ellipse coefficient of x y", "E15.7", |s, _| s.windowed.position_variance.coefficients().cxy),
    scalar("X2WIN_WORLD", F64, "deg**2", "src.impactParam", "variance towards east of the windowed profile", "E18.10", |s, _| world(s, s.windowed.moments).xx_px2),
    scalar("Y2WIN_WORLD", F64, "deg**2", "src.impactParam", "variance towards north of the windowed profile", "E18.10", |s, _| world(s, s.windowed.moments).yy_px2),
    scalar("XYWIN_WORLD", F64, "deg**2", "src.impactParam", "covariance of east and north of the windowed profile", "E18.10", |s, _| world(s, s.windowed.moments).xy_px2),
    scalar("CXXWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east squared of the windowed profile", "E15.7", |s, _| world(s, s.windowed.moments).coefficients().cxx),
    scalar("CYYWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of north squared of the windowed profile", "E15.7", |s, _| world(s, s.windowed.moments).coefficients().cyy),
    scalar("CXYWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east times north of the windowed profile", "E15.7", |s, _| world(s, s.windowed.moments).coefficients().cxy),
    scalar("AWIN_WORLD", F32, "deg", "phys.angSize;src", "rms of the windowed profile along the major axis on the sky", "G12.7", |s, _| world(s, s.windowed.moments).ellipse().major_px),
    scalar("BWIN_WORLD", F32, "deg", "phys.angSize;src", "rms of the windowed profile along the minor axis on the sky", "G12.7", |s, _| world(s, s.windowed.moments).ellipse().minor_px),
    scalar("THETAWIN_WORLD", F32, "deg", "pos.posAng", "angle of the major axis of the windowed profile from east towards north", "F6.2", |s, _| world(s, s.windowed.moments).ellipse().angle_deg),
    scalar("ERRX2WIN_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "variance towards east of the windowed position", "E18.10", |s, _| world(s, s.windowed.position_variance).xx_px2),
    scalar("ERRY2WIN_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "variance towards north of the windowed position", "E18.10", |s, _| world(s, s.windowed.position_variance).yy_px2),
    scalar("ERRXYWIN_WORLD", F64, "deg**2", "stat.variance;pos.errorEllipse", "covariance of east and north of the windowed position", "E18.10", |s, _| world(s, s.windowed.position_variance).xy_px2),
    scalar("ERRCXXWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east squared of the windowed position", "E15.7", |s, _| world(s, s.windowed.position_variance).coefficients().cxx),
    scalar("ERRCYYWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of north squared of the windowed position", "E15.7", |s, _| world(s, s.windowed.position_variance).coefficients().cyy),
    scalar("ERRCXYWIN_WORLD", F32, "deg**(-2)", "src.impactParam", "ellipse coefficient of east times north of the windowed position", "E15.7", |s, _| world(s, s.windowed.position_variance).coefficients().cxy),
    scalar("ERRAWIN_WORLD", F32, "deg", "stat.stdev;pos.errorEllipse;stat.max", "rms of the windowed position along the major axis on the sky", "G12.7", |s, _| world(s, s.windowed.position_variance).ellipse().major_px),
    scalar("ERRBWIN_WORLD", F32, "deg", "stat.stdev;pos.errorEllipse;stat.min", "rms of the windowed position along the minor axis on the sky", "G12.7", |s, _| world(s, s.windowed.position_variance).ellipse().minor_px),
    scalar("ERRTHETAWIN_WORLD", F32, "deg", "pos.posAng", "angle of the major axis of the windowed position from east towards north", "F6.2", |s, _| world(s, s.windowed.position_variance).ellipse().angle_deg),
    scalar("ERRTHETAWIN_J2000", F32, "deg", "pos.posAng;pos.errorEllipse", "position angle of the error ellipse of the windowed position, from north to east (J2000)", "F6.2", |s, _| position_angle_deg(s, s.windowed.position_variance)),
    scalar("POLAR_IMAGE", F32, "", "src.ellipticity;instr.det", "(A^2 - B^2) / (A^2 + B^2)", "F7.5", |s, _| polarisation(s.isophotal.ellipse)),
    scalar("POLARWIN_IMAGE", F32, "", "src.ellipticity;instr.det", "(AWIN^2 - BWIN^2) / (AWIN^2 + BWIN^2)", "F7.5", |s, _| polarisation(s.windowed.ellipse)),
    scalar("XPEAK_WORLD", F64, "deg", "pos.eq.ra", "right ascension of the brightest pixel", "E18.10", |s, _| sky(s, Place::Peak).ra_deg),
    scalar("YPEAK_WORLD", F64, "deg", "pos.eq.dec", "declination of the brightest pixel", "E18.10", |s, _| sky(s, Place::Peak).dec_deg),
    scalar("ALPHAPEAK_J2000", F64, "deg", "pos.eq.ra", "right ascension of the brightest pixel (J2000)", "F11.7", |s, _| sky(s, Place::Peak).ra_deg),
    scalar("DELTAPEAK_J2000", F64, "deg", "pos.eq.dec", "declination of the brightest pixel (J2000)", "F11.7", |s, _| sky(s, Place::Peak).dec_deg),
    scalar("XPSF_WORLD", F64, "deg", "pos.eq.ra;stat.fit.param", "right ascension of the PSF-fit position", "E18.10", |s, _| sky(s, Place::Psf).ra_deg),
    scalar("YPSF_WORLD", F64, "deg", "pos.eq.dec;stat.fit.param", "declination of the PSF-fit position", "E18.10", |s, _| sky(s, Place::Psf).dec_deg),
    scalar("ISO0", I32, "pixel**2", "phys.area", "pixels above level 0 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[0])),
    scalar("ISO1", I32, "pixel**2", "phys.area", "pixels above level 1 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[1])),
    scalar("ISO2", I32, "pixel**2", "phys.area", "pixels above level 2 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[2])),
    scalar("ISO3", I32, "pixel**2", "phys.area", "pixels above level 3 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[3])),
    scalar("ISO4", I32, "pixel**2", "phys.area", "pixels above level 4 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[4])),
    scalar("ISO5", I32, "pixel**2", "phys.area", "pixels above level 5 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[5])),
    scalar("ISO6", I32, "pixel**2", "phys.area", "pixels above level 6 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[6])),
    scalar("ISO7", I32, "pixel**2", "phys.area", "pixels above level 7 of 8 from the analysis threshold to the peak", "I8", |s, _| f64::from(s.isophotal.level_areas_px2[7])),
    scalar("ISOAREA_WORLD", F32, "deg**2", "phys.angArea", "area of ISOAREA_IMAGE on the sky", "G12.7", |s, _| f64::from(s.isophotal.area_px2) * pixel_area_deg2(s)),
    scalar("ISOAREAF_WORLD", F32, "deg**2", "phys.angArea", "area of ISOAREAF_IMAGE on the sky", "G12.7", |s, _| f64::from(s.isophotal.area_filtered_px2) * pixel_area_deg2(s)),
    scalar("MU_THRESHOLD", F32, "mag * arcsec**(-2)", "instr.sensitivity;phot.mag.sb", "surface brightness of the analysis threshold (instrumental; 99: not positive)", "F8.4", |s, c| surface_brightness(s, s.isophotal.analysis_threshold_adu, c)),
    scalar("FLUX_ISOCOR", F32, "count", "phot.flux", "isophotal flux corrected for the light below the threshold", "G12.7", |s, _| corrected(s).adu),
    scalar("FLUXERR_ISOCOR", F32, "count", "stat.stdev;phot.flux", "standard error of FLUX_ISOCOR", "G12.7", |s, _| corrected(s).err_adu),
    scalar("MAG_ISOCOR", F32, "mag", "phot.mag", "magnitude of FLUX_ISOCOR (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(corrected(s), c)),
    scalar("MAGERR_ISOCOR", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_ISOCOR (99: no positive flux)", "F8.4", |s, _| magnitude_err(corrected(s))),
    scalar("FLUX_PETRO", F32, "count", "phot.flux", "flux in the Petrosian ellipse", "G12.7", |s, _| petrosian_flux(s).adu),
    scalar("FLUXERR_PETRO", F32, "count", "stat.stdev;phot.flux", "standard error of FLUX_PETRO", "G12.7", |s, _| petrosian_flux(s).err_adu),
    scalar("MAG_PETRO", F32, "mag", "phot.mag", "magnitude of FLUX_PETRO (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(petrosian_flux(s), c)),
    scalar("MAGERR_PETRO", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_PETRO (99: no positive flux)", "F8.4", |s, _| magnitude_err(petrosian_flux(s))),
    scalar("FLUX_BEST", F32, "count", "phot.flux", "FLUX_AUTO, or FLUX_ISOCOR where neighbours bias it", "G12.7", |s, _| best(s).adu),
    scalar("FLUXERR_BEST", F32, "count", "stat.stdev;phot.flux", "standard error of FLUX_BEST", "G12.7", |s, _| best(s).err_adu),
    scalar("MAG_BEST", F32, "mag", "phot.mag", "magnitude of FLUX_BEST (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(best(s), c)),
    scalar("MAGERR_BEST", F32, "mag", "stat.stdev;phot.mag", "standard error of MAG_BEST (99: no positive flux)", "F8.4", |s, _| magnitude_err(best(s))),
    scalar("PETRO_RADIUS", F32, "", "arith.factor;arith.ratio", "Petrosian aperture in units of A or B (0: no positive flux)", "F5.2", |s, _| s.petrosian.map_or(f64::NAN, |petrosian| petrosian.radius)),
    scalar("CLASS_STAR", F32, "", "src.class.starGalaxy", "star and galaxy classifier: from 0 (extended) to 1 (point source); needs a .nnw file", "F6.3", |s, _| s.class_star.unwrap_or(f64::NAN)),
    vector("FLUX_APER", F32, "count", "phot.flux", "fluxes in the circular apertures", "G12.7", Shape::Apertures, |s, _, i| aperture(s, i, |flux| flux.adu)),
    vector("FLUXERR_APER", F32, "count", "stat.stdev;phot.flux", "standard errors of FLUX_APER", "G12.7", Shape::Apertures, |s, _, i| aperture(s, i, |flux| flux.err_adu)),
    vector("MAG_APER", F32, "mag", "phot.mag", "magnitudes in the circular apertures (instrumental; 99: no positive flux)", "F8.4", Shape::Apertures, |s, c, i| aperture(s, i, |flux| magnitude(flux, c))),
    vector("MAGERR_APER", F32, "mag", "stat.stdev;phot.mag", "standard errors of MAG_APER (99: no positive flux)", "F8.4", Shape::Apertures, |s, _, i| aperture(s, i, magnitude_err)),
    vector("VIGNET", F32, "count", "obs.image", "pixels around the source above the background; -1e30: no pixel, or a neighbour's", "G12.7", Shape::Vignet, |_, _, _| f64::from(NO_PIXEL)),
];

/// The columns that need a PSF fit.
pub const PSF_COLUMNS: &[&str] = &[
    "XPSF_IMAGE",
    "YPSF_IMAGE",
    "ERRX2PSF_IMAGE",
    "ERRY2PSF_IMAGE",
    "FLUX_PSF",
    "FLUXERR_PSF",
    "MAG_PSF",
    "MAGERR_PSF",
    "CHI2_PSF",
    "FLAGS_PSF",
    "SPREAD_MODEL",
    "SPREADERR_MODEL",
    "ALPHAPSF_J2000",
    "DELTAPSF_J2000",
    "XPSF_WORLD",
    "YPSF_WORLD",
    "FWHMPSF_IMAGE",
    "FWHMPSF_WORLD",
    "FWHM_PSF_RATIO",
    "SPREAD_SCORE",
];

/// The columns that need a celestial WCS.
pub const SKY_COLUMNS: &[&str] = &[
    "FWHM_WORLD",
    "MU_MAX",
    "X_WORLD",
    "Y_WORLD",
    "ALPHA_J2000",
    "DELTA_J2000",
    "XWIN_WORLD",
    "YWIN_WORLD",
    "ALPHAWIN_J2000",
    "DELTAWIN_J2000",
    "THETA_J2000",
    "THETAWIN_J2000",
    "ALPHAPSF_J2000",
    "DELTAPSF_J2000",
    "X2_WORLD",
    "Y2_WORLD",
    "XY_WORLD",
    "CXX_WORLD",
    "CYY_WORLD",
    "CXY_WORLD",
    "A_WORLD",
    "B_WORLD",
    "THETA_WORLD",
    "ERRX2_WORLD",
    "ERRY2_WORLD",
    "ERRXY_WORLD",
    "ERRCXX_WORLD",
    "ERRCYY_WORLD",
    "ERRCXY_WORLD",
    "ERRA_WORLD",
    "ERRB_WORLD",
    "ERRTHETA_WORLD",
    "ERRTHETA_J2000",
    "X2WIN_WORLD",
    "Y2WIN_WORLD",
    "XYWIN_WORLD",
    "CXXWIN_WORLD",
    "CYYWIN_WORLD",
    "CXYWIN_WORLD",
    "AWIN_WORLD",
    "BWIN_WORLD",
    "THETAWIN_WORLD",
    "ERRX2WIN_WORLD",
    "ERRY2WIN_WORLD",
    "ERRXYWIN_WORLD",
    "ERRCXXWIN_WORLD",
    "ERRCYYWIN_WORLD",
    "ERRCXYWIN_WORLD",
    "ERRAWIN_WORLD",
    "ERRBWIN_WORLD",
    "ERRTHETAWIN_WORLD",
    "ERRTHETAWIN_J2000",
    "XPEAK_WORLD",
    "YPEAK_WORLD",
    "ALPHAPEAK_J2000",
    "DELTAPEAK_J2000",
    "XPSF_WORLD",
    "YPSF_WORLD",
    "ISOAREA_WORLD",
    "ISOAREAF_WORLD",
    "MU_THRESHOLD",
    "FWHMPSF_WORLD",
];

/// The columns of the Petrosian aperture, which is measured only for them.
pub const PETROSIAN_COLUMNS: &[&str] = &["FLUX_PETRO", "FLUXERR_PETRO", "MAG_PETRO", "MAGERR_PETRO", "PETRO_RADIUS"];

/// The column that needs a classifier.
pub const CLASSIFIER_COLUMN: &str = "CLASS_STAR";

/// Whether a column is written only where it is asked for by name: [`COLUMNS_ON_DEMAND`] and those of the sky's ellipses.
pub fn is_on_demand(column: &SourceColumn) -> bool {
    let name = column.spec.name;
    COLUMNS_ON_DEMAND.contains(&name) || PETROSIAN_COLUMNS.contains(&name) || name.starts_with("ISO") && name.len() == 4
}

/// Columns that say in other words what the default ones do, or that few ask for.
pub const COLUMNS_ON_DEMAND: &[&str] = &[
    "X_IMAGE_DBL",
    "Y_IMAGE_DBL",
    "ERRCXX_IMAGE",
    "ERRCYY_IMAGE",
    "ERRCXY_IMAGE",
    "X2_WORLD",
    "Y2_WORLD",
    "XY_WORLD",
    "CXX_WORLD",
    "CYY_WORLD",
    "CXY_WORLD",
    "A_WORLD",
    "B_WORLD",
    "THETA_WORLD",
    "ERRX2_WORLD",
    "ERRY2_WORLD",
    "ERRXY_WORLD",
    "ERRCXX_WORLD",
    "ERRCYY_WORLD",
    "ERRCXY_WORLD",
    "ERRA_WORLD",
    "ERRB_WORLD",
    "ERRTHETA_WORLD",
    "ERRTHETA_J2000",
    "CXXWIN_IMAGE",
    "ERRCXXWIN_IMAGE",
    "CYYWIN_IMAGE",
    "ERRCYYWIN_IMAGE",
    "CXYWIN_IMAGE",
    "ERRCXYWIN_IMAGE",
    "X2WIN_WORLD",
    "Y2WIN_WORLD",
    "XYWIN_WORLD",
    "CXXWIN_WORLD",
    "CYYWIN_WORLD",
    "CXYWIN_WORLD",
    "AWIN_WORLD",
    "BWIN_WORLD",
    "THETAWIN_WORLD",
    "ERRX2WIN_WORLD",
    "ERRY2WIN_WORLD",
    "ERRXYWIN_WORLD",
    "ERRCXXWIN_WORLD",
    "ERRCYYWIN_WORLD",
    "ERRCXYWIN_WORLD",
    "ERRAWIN_WORLD",
    "ERRBWIN_WORLD",
    "ERRTHETAWIN_WORLD",
    "ERRTHETAWIN_J2000",
    "POLAR_IMAGE",
    "POLARWIN_IMAGE",
    "XPEAK_WORLD",
    "YPEAK_WORLD",
    "ALPHAPEAK_J2000",
    "DELTAPEAK_J2000",
    "XPSF_WORLD",
    "YPSF_WORLD",
    "ISOAREA_WORLD",
    "ISOAREAF_WORLD",
    "MU_THRESHOLD",
    "FLUX_ISOCOR",
    "FLUXERR_ISOCOR",
    "MAG_ISOCOR",
    "MAGERR_ISOCOR",
    "FLUX_BEST",
    "FLUXERR_BEST",
    "MAG_BEST",
    "MAGERR_BEST",
    "FWHMPSF_WORLD",
];

enum Place {
    Isophotal,
    Windowed,
    Peak,
    Psf,
}

const NOWHERE: SkyPos = SkyPos { ra_deg: f64::NAN, dec_deg: f64::NAN };

fn sky(source: &Source, place: Place) -> SkyPos {
    source.sky.map_or(NOWHERE, |sky| match place {
        Place::Isophotal => sky.isophotal,
        Place::Windowed => sky.windowed,
        Place::Peak => sky.peak,
        Place::Psf => sky.psf.unwrap_or(NOWHERE),
    })
}

fn psf(source: &Source, value: impl Fn(&PsfMeasurement) -> f64) -> f64 {
    source.psf.as_ref().map_or(f64::NAN, value)
}

fn psf_flux(psf: &PsfMeasurement) -> Flux {
    Flux { adu: psf.flux_adu, err_adu: psf.flux_err_adu }
}

/// The radius of that index; where no parts are asked for the first is that of half of the light.
fn light_radius(source: &Source, _: &ColumnContext, index: usize) -> f64 {
    let first = if index == 0 { source.half_light_radius_px } else { 0.0 };
    source.light_radii_px.get(index).copied().unwrap_or(first)
}

/// A value of the aperture of that index; 0 where the column is wider than there are apertures, as in SExtractor.
fn aperture(source: &Source, index: usize, value: impl Fn(Flux) -> f64) -> f64 {
    source.apertures.get(index).map_or(0.0, |flux| value(*flux))
}

fn magnitude(flux: Flux, context: &ColumnContext) -> f64 {
    flux.magnitude(context.zero_point_mag).unwrap_or(NO_MAGNITUDE)
}

fn magnitude_err(flux: Flux) -> f64 {
    flux.magnitude_err().unwrap_or(NO_MAGNITUDE)
}

fn pixel_scale_deg(source: &Source) -> f64 {
    source.sky.map_or(f64::NAN, |sky| sky.pixel_scale_arcsec / sky_coords::ARCSEC_PER_DEG)
}

fn peak_surface_brightness(source: &Source, context: &ColumnContext) -> f64 {
    surface_brightness(source, source.isophotal.peak_adu, context)
}

fn surface_brightness(source: &Source, adu: f64, context: &ColumnContext) -> f64 {
    let Some(sky) = source.sky else { return f64::NAN };
    let area_arcsec2 = sky.pixel_scale_arcsec * sky.pixel_scale_arcsec;
    magnitude(Flux { adu: adu / area_arcsec2, err_adu: 0.0 }, context)
}

/// Moments on the sky, in squared degrees.
fn world(source: &Source, moments: Moments) -> Moments {
    let nowhere = Moments { xx_px2: f64::NAN, yy_px2: f64::NAN, xy_px2: f64::NAN };
    source.sky.map_or(nowhere, |sky| sky.jacobian.moments(moments))
}

fn position_angle_deg(source: &Source, moments: Moments) -> f64 {
    source.sky.map_or(f64::NAN, |sky| sky.jacobian.position_angle_deg(moments.ellipse().angle_deg))
}

fn pixel_area_deg2(source: &Source) -> f64 {
    source.sky.map_or(f64::NAN, |sky| sky.jacobian.pixel_area_deg2())
}

fn polarisation(ellipse: Ellipse) -> f64 {
    let (major2, minor2) = (ellipse.major_px * ellipse.major_px, ellipse.minor_px * ellipse.minor_px);
    (major2 - minor2) / (major2 + minor2)
}

fn corrected(source: &Source) -> Flux {
    corrected_isophotal_flux(&source.isophotal, source.threshold_adu)
}

fn petrosian_flux(source: &Source) -> Flux {
    source.petrosian.map_or(Flux { adu: f64::NAN, err_adu: f64::NAN }, |petrosian| petrosian.flux)
}

fn best(source: &Source) -> Flux {
    if source.flags & CROWDED == 0 { source.auto } else { corrected(source) }
}

const fn scalar(
    name: &'static str,
    kind: ColumnType,
    unit: &'static str,
    ucd: &'static str,
    meaning: &'static str,
    display: &'static str,
    get: fn(&Source, &ColumnContext) -> f64,
) -> SourceColumn {
    let spec = ColumnSpec::new(name, kind, unit, ucd, meaning);
    SourceColumn { spec, display, shape: Shape::Scalar, get: Value::Scalar(get) }
}

#[allow(clippy::too_many_arguments, reason = "one line a column")]
const fn vector(
    name: &'static str,
    kind: ColumnType,
    unit: &'static str,
    ucd: &'static str,
    meaning: &'static str,
    display: &'static str,
    shape: Shape,
    get: Getter,
) -> SourceColumn {
    SourceColumn { spec: ColumnSpec::new(name, kind, unit, ucd, meaning), display, shape, get: Value::Vector(get) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_fits_a_fits_column() {
        for (index, column) in SOURCE_COLUMNS.iter().enumerate() {
            let name = column.spec.name;
            let same = SOURCE_COLUMNS.iter().position(|other| other.spec.name == name);
            assert_eq!(same, Some(index), "{name} stands twice");
            assert!(name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'), "{name}");
        }
        for name in PSF_COLUMNS.iter().chain(SKY_COLUMNS) {
            assert!(source_column(name).is_some(), "{name} is not in the registry");
        }
    }

    #[test]
    fn positions_are_written_one_based_and_missing_flux_as_99() {
        let source = Source { x_px: 0.0, ..Source::default() };
        let context = ColumnContext { zero_point_mag: 21.1, n_apertures: 0, n_light_fractions: 1, vignet_px: [0, 0] };
        let value = |name| source_column(name).expect("a column of the registry").value(&source, &context, 0);
        assert_eq!(value("X_IMAGE"), 1.0, "the centre of the first pixel is (1, 1) in FITS");
        assert_eq!(value("MAG_AUTO"), 99.0, "a source without positive flux");
        assert!(value("ALPHA_J2000").is_nan() && value("SPREAD_MODEL").is_nan(), "neither WCS nor PSF");
    }
}
