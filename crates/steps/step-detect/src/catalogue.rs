//! The catalogue as a FITS_LDAC file.

use std::io::Write;

use products::source_catalog::columns::{
    CLASSIFIER_COLUMN, ColumnContext, PETROSIAN_COLUMNS, PSF_COLUMNS, SKY_COLUMNS, SOURCE_COLUMNS, Shape, SourceColumn,
    is_on_demand, source_column,
};
use sky_catalog::ColumnType;
use sky_detect::Detection;
use sky_fits::{BinColumn, FitsError, Values};
use sky_image::{CardValue, Header};

use crate::{DetectConfig, DetectError};

/// What a catalogue can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contents {
    /// Whether sources were fitted with a PSF.
    pub(crate) psf: bool,
    /// Whether the image has a WCS.
    pub(crate) sky: bool,
}

/// The columns that the configuration asks for.
///
/// Fails on a name that is not in the registry.
pub(crate) fn chosen_columns(config: &DetectConfig) -> Result<Vec<&'static SourceColumn>, DetectError> {
    if config.columns.is_empty() {
        let classifier = !config.class_star.hidden.is_empty();
        let wanted = |column: &&SourceColumn| match column.spec.name {
            CLASSIFIER_COLUMN => classifier,
            name if PETROSIAN_COLUMNS.contains(&name) => config.photometry.petrosian,
            _ => !is_on_demand(column),
        };
        return Ok(SOURCE_COLUMNS.iter().filter(wanted).collect());
    }
    if config.columns.iter().any(|name| name == CLASSIFIER_COLUMN) && config.class_star.hidden.is_empty() {
        return Err(DetectError::NoClassifier);
    }
    let named =
        |name: &String| source_column(split_width(name).0).ok_or_else(|| DetectError::UnknownColumn(name.clone()));
    config.columns.iter().map(named).collect()
}

/// Name of a column and, of a vector with its size (`FLUX_APER(2)`), how many values a row is to hold.
pub(crate) fn split_width(name: &str) -> (&str, Option<usize>) {
    match name.split_once('(') {
        Some((name, size)) => {
            (name.trim_end(), size.trim_end().strip_suffix(')').and_then(|size| size.trim().parse().ok()))
        }
        None => (name, None),
    }
}

/// What there is to say of vectors that are asked for wider than there are apertures.
pub(crate) fn width_warnings(config: &DetectConfig) -> Vec<String> {
    let context = context(config);
    let wider = |name: &String| {
        let (column, width) = (source_column(split_width(name).0)?, split_width(name).1?);
        let there = column.n_values(&context);
        (column.shape != Shape::Vignet && width > there)
            .then(|| format!("{name} is wider than the {there} values that there are; the others are 0"))
    };
    config.columns.iter().filter_map(wider).collect()
}

/// The context of one column: that of all, with the width that the configuration gives it.
pub(crate) fn context_of(column: &SourceColumn, config: &DetectConfig) -> ColumnContext {
    let mut context = context(config);
    let asked = config.columns.iter().map(|name| split_width(name)).find(|(name, _)| *name == column.spec.name);
    if let Some((_, Some(width))) = asked {
        match column.shape {
            Shape::Apertures => context.n_apertures = width,
            Shape::LightFractions => context.n_light_fractions = width,
            Shape::Scalar | Shape::Vignet => {}
        }
    }
    context
}

/// Writes the sources with those of the `columns` that there are values for.
pub(crate) fn write(
    mut writer: &mut dyn Write,
    header: &Header,
    found: &Detection,
    columns: &[&SourceColumn],
    contents: Contents,
    config: &DetectConfig,
) -> Result<(), FitsError> {
    let vignet_px = context(config).vignet_px[0];
    let chosen: Vec<(&SourceColumn, ColumnContext)> = columns
        .iter()
        .map(|column| (*column, context_of(column, config)))
        .filter(|(column, context)| there(column, context, contents))
        .collect();
    let heads: Vec<BinColumn> = chosen.iter().map(|(column, context)| head(column, context)).collect();
    sky_fits::ldac::write_rows(&mut writer, header, &heads, found.sources.len(), &|row, bytes| {
        let source = &found.sources[row];
        let cut = |take: &mut dyn FnMut(&[f32])| {
            sky_detect::vignet_rows(&found.pixels, &found.segmentation, source, vignet_px, take)
        };
        chosen.iter().for_each(|(column, context)| column.append_cell(source, context, cut, bytes));
    })
}

/// What the values of columns depend on.
pub(crate) fn context(config: &DetectConfig) -> ColumnContext {
    let vignet_px = if config.detect.vignet { config.detect.vignet_px as usize } else { 0 };
    ColumnContext {
        zero_point_mag: config.photometry.zero_point_mag,
        n_apertures: config.photometry.aperture_diameters_px.len(),
        n_light_fractions: config.photometry.light_fractions.len(),
        vignet_px: [vignet_px; 2],
    }
}

/// Whether there are values for a column.
pub(crate) fn there(column: &SourceColumn, context: &ColumnContext, contents: Contents) -> bool {
    let name = column.spec.name;
    (contents.psf || !PSF_COLUMNS.contains(&name))
        && (contents.sky || !SKY_COLUMNS.contains(&name))
        && column.n_values(context) > 0
}

/// The header of the image with what PSFEx and others look for in LDAC_IMHEAD.
pub(crate) fn image_header(header: &Header, background_adu: f64, rms_adu: f64, config: &DetectConfig) -> Header {
    let mut header = header.clone();
    let mut set = |keyword, value, comment| header.set(keyword, CardValue::Real(value), comment);
    set("SEXBKGND", background_adu, "Median background level (ADU)");
    set("SEXBKDEV", rms_adu, "Median background RMS (ADU)");
    set("SEXGAIN", config.photometry.gain_e_per_adu, "Gain adopted (in e- per ADU)");
    set("SEXMGZPT", config.photometry.zero_point_mag, "Zero-point adopted (in mags)");
    set("SEXSATLV", config.photometry.saturation_adu, "Saturation level adopted (ADU)");
    header
}

/// A column without its values.
pub(crate) fn head(column: &SourceColumn, context: &ColumnContext) -> BinColumn {
    let values = match column.spec.kind {
        ColumnType::F64 => Values::F64(Vec::new()),
        ColumnType::F32 => Values::F32(Vec::new()),
        ColumnType::I64 => Values::I64(Vec::new()),
        ColumnType::I32 => Values::I32(Vec::new()),
        ColumnType::I16 => Values::I16(Vec::new()),
        ColumnType::Bool => Values::Logical(Vec::new()),
        ColumnType::Text => Values::Text(Vec::new()),
    };
    let written = BinColumn::new(column.spec.name, values)
        .with_unit(column.spec.unit)
        .with_comment(column.spec.meaning)
        .with_display(column.display);
    match (column.shape, column.n_values(context)) {
        (Shape::Vignet, _) => written.with_dims(&context.vignet_px),
        (_, 1) => written,
        (_, n) => written.with_dims(&[n]),
    }
}
