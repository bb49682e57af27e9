//! `anomalies_minimal.csv`: the distinct candidates, one row each. Its columns never change their meaning; new ones come at the end.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{F64, Text};
use sky_table::{Cell, CsvWriter};

use crate::claims;
use crate::error::SummarizeError;
use crate::summary::RunSummary;

/// Version of the columns.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The columns.
pub const ANOMALY_COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::new("run_id", Text, "", "meta.id", "run"),
    // mark: anomalies-schema
    ColumnSpec::new("source_id", Text, "", "meta.id;meta.main", "tile and NUMBER of the detection: `<unit>:<NUMBER>`"),
    ColumnSpec::new("ra_deg", F64, "deg", "pos.eq.ra;meta.main", "right ascension, ICRS at the epoch of the plate")
        .with_decimals(7),
    ColumnSpec::new("dec_deg", F64, "deg", "pos.eq.dec;meta.main", "declination, ICRS at the epoch of the plate")
        .with_decimals(7),
    ColumnSpec::new(
        "astrometric_solution",
        Text,
        "",
        "meta.code",
        "solution that the position came from: plate or tan, `+tie` where tied",
    ),
    ColumnSpec::new("plate_id", Text, "", "meta.id;obs.image", "plate: XE486"),
    ColumnSpec::new("plate_x_mm", F64, "mm", "pos.cartesian.x", "column on the plate from its centre").with_decimals(4),
    ColumnSpec::new("plate_y_mm", F64, "mm", "pos.cartesian.y", "row on the plate from its centre").with_decimals(4),
    ColumnSpec::new("mjd_mid", F64, "d", "time.epoch", "modified Julian date of mid-exposure").with_decimals(5),
    ColumnSpec::new(
        "mag_auto_instrumental",
        F64,
        "mag",
        "phot.mag;instr",
        "MAG_AUTO, instrumental density magnitude, not calibrated",
    )
    .with_decimals(4),
    ColumnSpec::new("snr_win", F64, "", "stat.snr", "signal to noise in the Gaussian window").with_decimals(3),
    ColumnSpec::new("fwhm_image_px", F64, "pix", "phys.angSize", "FWHM_IMAGE").with_decimals(4),
    ColumnSpec::new("duplicates", Text, "", "meta.id.assoc", "the same detection in other tiles, joined by `|`"),
    ColumnSpec::new("repeats", Text, "", "meta.id.assoc", "detections at its place on other plates, joined by `|`"),
    ColumnSpec::new(
        "claim",
        Text,
        "",
        "meta.note",
        "what a row says, and no more: the catalogues that answered for its tile",
    ),
];

/// The table and its number of rows.
pub(crate) fn to_csv(run_id: &str, summary: &RunSummary) -> Result<(Vec<u8>, u64), SummarizeError> {
    let broken = |error: sky_table::TableFileError| SummarizeError::Page {
        what: "anomalies_minimal.csv",
        message: error.to_string(),
    };
    let (rows, overlap) = (&summary.verdicts.kept, &summary.overlap);
    let claims = claims::of_tiles(&summary.verdicts);
    let mut writer = CsvWriter::new(Vec::new(), ANOMALY_COLUMNS).map_err(broken)?;
    let mut count = 0;
    for (index, row) in rows.iter().enumerate().filter(|(index, row)| row.is_candidate && !overlap.is_duplicate(*index))
    {
        let names =
            |others: Vec<usize>| others.into_iter().map(|other| rows[other].source_id()).collect::<Vec<_>>().join("|");
        let duplicates =
            names((0..rows.len()).filter(|other| *other != index && overlap.representative[*other] == index).collect());
        let repeats = names(overlap.repeats[index].clone());
        let source_id = row.source_id();
        writer
            .write_row(&[
                Cell::Text(run_id),
                Cell::Text(&source_id),
                Cell::Float(row.position.ra_deg),
                Cell::Float(row.position.dec_deg),
                Cell::Text(&row.astrometric_solution),
                Cell::Text(&row.plate_id),
                Cell::Float(row.plate_mm.0),
                Cell::Float(row.plate_mm.1),
                Cell::Float(row.mjd_mid),
                Cell::Float(row.mag),
                Cell::Float(row.snr),
                Cell::Float(row.fwhm_px),
                Cell::Text(&duplicates),
                Cell::Text(&repeats),
                Cell::Text(claims.get(row.unit.as_str()).map_or("", String::as_str)),
            ])
            .map_err(broken)?;
        count += 1;
    }
    Ok((writer.finish().map_err(broken)?, count))
}
