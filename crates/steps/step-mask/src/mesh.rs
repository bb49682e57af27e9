//! The background mesh as a FITS table: one row a cell.

use sky_background::Background;
use sky_fits::{BinColumn, Values, write_bintable};
use sky_image::{CardValue, Header};
use step_harness::UnitFiles;

use crate::MaskError;

/// Writes `<unit>.background.fits`: centre of each cell (1-based pixels), level and noise, rows of cells from the bottom.
pub(crate) fn write(background: &Background, mesh_px: u32, files: &mut UnitFiles) -> Result<(), MaskError> {
    let (levels, noises) = (background.level.values(), background.rms.values());
    let mut header = Header::new();
    header.push("MESH", CardValue::Integer(i64::from(mesh_px)), "side of a cell, pixels");
    header.push("MESHX", CardValue::Integer(levels.ncols() as i64), "cells along x");
    header.push("MESHY", CardValue::Integer(levels.nrows() as i64), "cells along y");
    let centre = |cell: usize| f64::from(mesh_px) * (cell as f64 + 0.5) + 0.5;
    let columns = [
        BinColumn::new("X_IMAGE", Values::F64(levels.indexed_iter().map(|((_, x), _)| centre(x)).collect()))
            .with_unit("pixel"),
        BinColumn::new("Y_IMAGE", Values::F64(levels.indexed_iter().map(|((y, _), _)| centre(y)).collect()))
            .with_unit("pixel"),
        BinColumn::new("BACKGROUND", Values::F32(levels.iter().copied().collect())).with_unit("adu"),
        BinColumn::new("BACKGROUND_RMS", Values::F32(noises.iter().copied().collect())).with_unit("adu"),
    ];
    let rows = Some(levels.len() as u64);
    files.write("background", ".background.fits", rows, |mut out| -> Result<(), MaskError> {
        Ok(write_bintable(&mut out, "BACKGROUND", &header, &columns)?)
    })
}
