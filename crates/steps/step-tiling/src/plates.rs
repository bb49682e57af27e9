//! Plates: images and headers in a folder.

use std::path::Path;

use products::RawFrameSet;
use sky_coords::SkyPos;
use sky_image::{CardValue, Header};
use sky_tiling::{Placement, PlateCentre, TileSize};
use sky_wcs::Wcs;
use step_contract::{Input, Unit};

/// Extensions of files that may be a plate.
const IMAGE_FORMATS: [&str; 4] = ["fits", "fit", "fts", "fz"];
/// Longest side of an image that can be one tile, arcmin; a Schmidt plate has 400.
const MAX_SIDE_ARCMIN: f64 = 480.0;
/// Extension of a plate header as JSON.
const HEADER_FORMAT: &str = "json";

/// Why a file gives no tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateRefused {
    /// Kind of the outcome.
    pub(crate) kind: &'static str,
    /// One sentence.
    pub(crate) message: String,
    /// The file is damaged (failed), not merely useless (unprocessable).
    pub(crate) damaged: bool,
}

impl PlateRefused {
    fn useless(kind: &'static str, message: String) -> Self {
        Self { kind, message, damaged: false }
    }

    fn damaged(kind: &'static str, message: String) -> Self {
        Self { kind, message, damaged: true }
    }
}

/// Units of the input that may be images, with their paths.
pub(crate) fn images(plates: &Input<RawFrameSet>) -> Vec<(&str, std::path::PathBuf)> {
    of_formats(plates, |format| IMAGE_FORMATS.contains(&format))
}

/// Units of the input that may be images or headers, with their paths.
pub(crate) fn images_and_headers(plates: &Input<RawFrameSet>) -> Vec<(&str, std::path::PathBuf)> {
    of_formats(plates, |format| IMAGE_FORMATS.contains(&format) || format == HEADER_FORMAT)
}

fn of_formats(plates: &Input<RawFrameSet>, wanted: impl Fn(&str) -> bool) -> Vec<(&str, std::path::PathBuf)> {
    let usable = |unit: &Unit<RawFrameSet>| {
        let format = &unit.facts.as_ref()?.format;
        let files = unit.files.as_ref()?;
        wanted(format).then(|| plates.path_of(&files.raw))
    };
    plates.units().filter_map(|unit| plates.unit(unit.id()).and_then(usable).map(|path| (unit.id(), path))).collect()
}

/// The tile that an image is: its middle and the lengths of its sides (columns as width, rows as height). A tile has north
/// up; plates are turned by less than a degree.
pub(crate) fn tile_of_image(unit: &str, path: &Path) -> Result<Placement, PlateRefused> {
    let (header, size) = header_of_image(path)?;
    let Some((width_px, height_px)) = size else {
        return Err(PlateRefused::useless("no_image", format!("{unit} holds no two-dimensional image")));
    };
    let wcs = Wcs::from_header(&header).map_err(|error| {
        PlateRefused::useless("no_wcs", format!("{unit} has no usable astrometric solution: {error}"))
    })?;
    let footprint = wcs.footprint(width_px, height_px);
    let [left_bottom, right_bottom, right_top, left_top] = footprint.corners;
    let arcmin = |a: SkyPos, b: SkyPos, c: SkyPos, d: SkyPos| {
        let mean_arcsec = (a.separation_arcsec(b) + c.separation_arcsec(d)) / 2.0;
        (mean_arcsec / 60.0 * 1e4).round() / 1e4
    };
    let size = TileSize {
        width_arcmin: arcmin(left_bottom, right_bottom, left_top, right_top),
        height_arcmin: arcmin(left_bottom, left_top, right_bottom, right_top),
    };
    let valid = footprint.centre.is_valid() && footprint.corners.iter().all(|corner| corner.is_valid());
    if !valid || size.width_arcmin.max(size.height_arcmin) > MAX_SIDE_ARCMIN {
        let message = format!("{unit} is {} arcmin on the sky: its astrometric solution is wrong", spelled(size));
        return Err(PlateRefused::useless("no_wcs", message));
    }
    Ok(Placement { centre: footprint.centre, size, target: None, plate: Some(unit.to_owned()) })
}

/// Plate id and centre from an image or a header: REGION (else the unit's id), PLATERA and PLATEDEC (else PLTRAH and so on).
pub(crate) fn plate_centre(unit: &str, path: &Path) -> Result<PlateCentre, PlateRefused> {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(HEADER_FORMAT));
    let header = if is_json { header_from_json(unit, path)? } else { header_of_image(path)?.0 };
    let stated = header.number("PLATERA").zip(header.number("PLATEDEC")).map(|(ra, dec)| SkyPos::new(ra, dec));
    let centre = match stated.filter(|centre| centre.is_valid()) {
        Some(centre) => centre,
        None => Wcs::plate_from_header(&header)
            .map_err(|error| {
                PlateRefused::useless("no_plate_centre", format!("{unit} states no plate centre: {error}"))
            })?
            .tangent_point(),
    };
    let plate = header.text("REGION").filter(|region| !region.is_empty()).unwrap_or(unit).to_owned();
    Ok(PlateCentre { plate, centre })
}

/// Header and size of the first two-dimensional image of a FITS file; the primary header where there is none.
fn header_of_image(path: &Path) -> Result<(Header, Option<(usize, usize)>), PlateRefused> {
    let mut hdus =
        sky_fits::read_header(path).map_err(|error| PlateRefused::damaged("not_fits", error.kind.to_string()))?;
    let found = hdus.iter().enumerate().find_map(|(index, hdu)| Some((index, hdu.kind.image_size()?)));
    match found {
        Some((index, (width, height))) => Ok((hdus.swap_remove(index).header, Some((width as usize, height as usize)))),
        None if hdus.is_empty() => Err(PlateRefused::damaged("not_fits", "the file has no header".to_owned())),
        None => Ok((hdus.swap_remove(0).header, None)),
    }
}

/// A header as an object of keywords, alone or as the member `header` (as the archive of plate headers keeps it).
fn header_from_json(unit: &str, path: &Path) -> Result<Header, PlateRefused> {
    let refused =
        |message: String| PlateRefused::damaged("not_a_header", format!("{unit} is no plate header: {message}"));
    let bytes = fs_err::read(path).map_err(|error| refused(error.kind().to_string()))?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?;
    let cards = json
        .get("header")
        .unwrap_or(&json)
        .as_object()
        .ok_or_else(|| refused("expected an object of keywords".to_owned()))?;
    let mut header = Header::new();
    for (keyword, value) in cards {
        let value = match value {
            serde_json::Value::Bool(value) => CardValue::Logical(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => CardValue::Integer(integer),
                (None, Some(real)) => CardValue::Real(real),
                (None, None) => CardValue::None,
            },
            serde_json::Value::String(text) => CardValue::Text(text.clone()),
            _ => CardValue::None,
        };
        header.push(keyword, value, "");
    }
    Ok(header)
}

/// Size of an image as the plan spells a tile's size.
pub(crate) fn spelled(size: TileSize) -> String {
    let short = |arcmin: f64| (arcmin * 100.0).round() / 100.0;
    format!("{}x{}", short(size.width_arcmin), short(size.height_arcmin))
}
