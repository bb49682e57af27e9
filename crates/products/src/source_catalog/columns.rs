//! The columns of a source catalogue, with SExtractor's names, types and units: one registry for the LDAC writer, the
//! reader, the documentation and the schema.

use sky_catalog::ColumnType::{self, F32, F64, I16, I32};
use sky_catalog::{ColumnSpec, Flux, PsfMeasurement, Source};
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
    scalar("MAG_AUTO", F32, "mag", "phot.mag;meta.main", "Kron magnitude (instrumental; 99: no positive flux)", "F8.4", |s, c| magnitude(s.auto, c)),
    scalar("MAGERR_AUTO", F32, "mag", "stat.stdev;phot.mag;meta.main", "standard error of MAG_AUTO (99: no positive flux)", "F8.4", |s, _| magnitude_err(s.auto)),
    scalar("FLUX_RADIUS", F32, "pixel", "phys.size.radius;instr.det", "radius that holds half of FLUX_AUTO", "F10.3", |s, _| s.half_light_radius_px),
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
    vector("FLUX_APER", F32, "count", "phot.flux", "fluxes in the circular apertures", "G12.7", Shape::Apertures, |s, _, i| s.apertures[i].adu),
    vector("FLUXERR_APER", F32, "count", "stat.stdev;phot.flux", "standard errors of FLUX_APER", "G12.7", Shape::Apertures, |s, _, i| s.apertures[i].err_adu),
    vector("MAG_APER", F32, "mag", "phot.mag", "magnitudes in the circular apertures (instrumental; 99: no positive flux)", "F8.4", Shape::Apertures, |s, c, i| magnitude(s.apertures[i], c)),
    vector("MAGERR_APER", F32, "mag", "stat.stdev;phot.mag", "standard errors of MAG_APER (99: no positive flux)", "F8.4", Shape::Apertures, |s, _, i| magnitude_err(s.apertures[i])),
    vector("VIGNET", F32, "count", "obs.image", "pixels around the source above the background; -1e30: no pixel, or a neighbour's", "G12.7", Shape::Vignet, |s, _, i| f64::from(s.vignet[i])),
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
];

enum Place {
    Isophotal,
    Windowed,
    Psf,
}

const NOWHERE: SkyPos = SkyPos { ra_deg: f64::NAN, dec_deg: f64::NAN };

fn sky(source: &Source, place: Place) -> SkyPos {
    source.sky.map_or(NOWHERE, |sky| match place {
        Place::Isophotal => sky.isophotal,
        Place::Windowed => sky.windowed,
        Place::Psf => sky.psf.unwrap_or(NOWHERE),
    })
}

fn psf(source: &Source, value: impl Fn(&PsfMeasurement) -> f64) -> f64 {
    source.psf.as_ref().map_or(f64::NAN, value)
}

fn psf_flux(psf: &PsfMeasurement) -> Flux {
    Flux { adu: psf.flux_adu, err_adu: psf.flux_err_adu }
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
    let Some(sky) = source.sky else { return f64::NAN };
    let area_arcsec2 = sky.pixel_scale_arcsec * sky.pixel_scale_arcsec;
    magnitude(Flux { adu: source.isophotal.peak_adu / area_arcsec2, err_adu: 0.0 }, context)
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
        let context = ColumnContext { zero_point_mag: 21.1, n_apertures: 0, vignet_px: [0, 0] };
        let value = |name| source_column(name).expect("a column of the registry").value(&source, &context, 0);
        assert_eq!(value("X_IMAGE"), 1.0, "the centre of the first pixel is (1, 1) in FITS");
        assert_eq!(value("MAG_AUTO"), 99.0, "a source without positive flux");
        assert!(value("ALPHA_J2000").is_nan() && value("SPREAD_MODEL").is_nan(), "neither WCS nor PSF");
    }
}
