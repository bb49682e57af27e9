//! The detections of one tile.

use std::path::Path;

use sky_coords::SkyPos;
use sky_fits::{PositionKind, SourceRows};
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
    let mut rows = SourceRows::read(path)?;
    let kind = match columns {
        PositionColumns::Windowed => PositionKind::Windowed,
        PositionColumns::Isophotal => PositionKind::Isophotal,
        PositionColumns::Psf => PositionKind::Psf,
    };
    let numbers = rows.ids().map_err(XmatchError::Column)?;
    let header_positions = rows.sky(kind).map_err(XmatchError::Column)?;
    if let Some(warning) = rows.warning() {
        files.warn(SourceRows::WARNING, warning);
    }
    Ok(Detections { numbers, positions: header_positions.clone(), header_positions })
}
