//! The detections of one tile.

use std::path::Path;

use sky_coords::SkyPos;
use sky_fits::BinTable;
use step_harness::UnitFiles;

use crate::{PositionColumns, XmatchError};

/// Numbers and positions of the detections, in the order of the catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Detections {
    /// NUMBER.
    pub(crate) numbers: Vec<i64>,
    /// Positions by the solution of the header.
    pub(crate) header_positions: Vec<SkyPos>,
    /// Positions that are matched: tied where the tie is ok, else those of the header.
    pub(crate) positions: Vec<SkyPos>,
}

impl Detections {
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(crate) fn invalid(&self) -> usize {
        self.positions.iter().filter(|place| !place.is_valid()).count()
    }
}

/// Reads a FITS_LDAC catalogue.
pub(crate) fn read(path: &Path, columns: PositionColumns, files: &mut UnitFiles) -> Result<Detections, XmatchError> {
    let (_, table) = sky_fits::ldac::read(path)?;
    let [ra, dec] = match columns {
        PositionColumns::Windowed => ["ALPHAWIN_J2000", "DELTAWIN_J2000"],
        PositionColumns::Isophotal => ["ALPHA_J2000", "DELTA_J2000"],
        PositionColumns::Psf => ["ALPHAPSF_J2000", "DELTAPSF_J2000"],
    };
    let has_both = table.column(ra).is_ok() && table.column(dec).is_ok();
    let [ra, dec] = if has_both { [ra, dec] } else { ["ALPHA_J2000", "DELTA_J2000"] };
    if !has_both && columns != PositionColumns::Isophotal {
        files.warn(
            "isophotal_positions",
            "the catalogue has no such positions: ALPHA_J2000 and DELTA_J2000 are matched",
        );
    }
    let numbers = table.integers("NUMBER").map_err(XmatchError::Column)?;
    let numbers = numbers.into_iter().enumerate().map(|(i, number)| number.unwrap_or(i as i64 + 1)).collect();
    let header_positions = positions(&table, ra, dec)?;
    Ok(Detections { numbers, positions: header_positions.clone(), header_positions })
}

fn positions(table: &BinTable, ra: &str, dec: &str) -> Result<Vec<SkyPos>, XmatchError> {
    let ra = table.numbers(ra).map_err(XmatchError::Column)?;
    let dec = table.numbers(dec).map_err(XmatchError::Column)?;
    Ok(ra.into_iter().zip(dec).map(|(ra_deg, dec_deg)| SkyPos { ra_deg, dec_deg }).collect())
}
