//! Rows of a table of stars as steps use them.

use std::path::Path;

use sky_catalog::ColumnSpec;
use sky_coords::PixelPos;
use sky_table::{ReadOptions, TableFileError, check_columns, read_table_bytes};

use super::columns::STARS;

/// Columns that every use needs.
const NEEDED: [&str; 6] = ["x_image", "y_image", "flux_adu", "peak_adu", "fwhm_px", "eccentricity"];

/// One star of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredStar {
    /// Place on the frame.
    pub position: PixelPos,
    /// Light above the sky within the aperture.
    pub flux_adu: f64,
    /// Largest pixel above the sky.
    pub peak_adu: f64,
    /// FWHM.
    pub fwhm_px: f64,
    /// Eccentricity.
    pub eccentricity: f64,
    /// Whether a pixel reaches the saturation.
    pub saturated: bool,
}

/// Reads the stars of a frame in the order of the table: the brightest first.
///
/// Fails where the file is no table, or a needed column is missing or of another type or unit. Messages name the file without its folder.
pub fn read_stars(path: &Path) -> Result<Vec<MeasuredStar>, TableFileError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).map_err(|source| TableFileError::Io { file: name.clone(), source })?;
    let table = read_table_bytes(&name, &bytes, &ReadOptions::default())?.table;
    let needed: Vec<ColumnSpec> = STARS.iter().filter(|spec| NEEDED.contains(&spec.name)).copied().collect();
    check_columns(&table, &needed)?;
    let broken = |error: sky_catalog::TableError| TableFileError::Columns { problems: vec![error.to_string()] };
    let numbers = |column: &str| table.numbers(column).map_err(broken);
    let (x, y) = (numbers("x_image")?, numbers("y_image")?);
    let (flux, peak) = (numbers("flux_adu")?, numbers("peak_adu")?);
    let (fwhm, eccentricity) = (numbers("fwhm_px")?, numbers("eccentricity")?);
    let saturated = table.texts("saturated").map_err(broken)?;
    Ok((0..table.n_rows())
        .map(|i| MeasuredStar {
            position: PixelPos::from_fits(x[i], y[i]),
            flux_adu: flux[i],
            peak_adu: peak[i],
            fwhm_px: fwhm[i],
            eccentricity: eccentricity[i],
            saturated: saturated[i] == "true",
        })
        .collect())
}
