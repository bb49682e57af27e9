//! `tiles.csv`.

use std::io::Write;

use products::{TILES, TileFacts, TilePlan};
use step_contract::Unit;

use crate::error::TilingStepError;

/// Id and facts of the tiles that are done.
pub(crate) fn rows(units: &[Unit<TilePlan>]) -> Vec<(&str, &TileFacts)> {
    units.iter().filter_map(|unit| Some((unit.unit.as_str(), unit.facts.as_ref()?))).collect()
}

/// Writes the table: the columns of [`TILES`], numbers with their declared decimals or the shortest that read back the same.
pub(crate) fn write(rows: &[(&str, &TileFacts)], file: &mut dyn Write) -> Result<(), TilingStepError> {
    let mut writer = csv::Writer::from_writer(file);
    let broken = |error: csv::Error| TilingStepError::Table(std::io::Error::other(error));
    writer.write_record(TILES.iter().map(|column| column.name)).map_err(broken)?;
    for (id, facts) in rows {
        let cells = TILES.iter().map(|column| match cell(column.name, id, facts) {
            Cell::Text(text) => text.to_owned(),
            Cell::Number(number) => match column.decimals {
                Some(decimals) => format!("{number:.0$}", usize::from(decimals)),
                None => number.to_string(),
            },
        });
        writer.write_record(cells).map_err(broken)?;
    }
    writer.flush().map_err(TilingStepError::Table)
}

enum Cell<'a> {
    Text(&'a str),
    Number(f64),
}

fn cell<'a>(column: &str, id: &'a str, facts: &'a TileFacts) -> Cell<'a> {
    let number = match column {
        "tile_id" => return Cell::Text(id),
        "target" => return Cell::Text(facts.target.as_deref().unwrap_or_default()),
        "plate" => return Cell::Text(facts.plate.as_deref().unwrap_or_default()),
        "ra_deg" => facts.ra_deg,
        "dec_deg" => facts.dec_deg,
        "ra_min_deg" => facts.ra_min_deg,
        "ra_max_deg" => facts.ra_max_deg,
        "dec_min_deg" => facts.dec_min_deg,
        "dec_max_deg" => facts.dec_max_deg,
        "width_arcmin" => facts.width_arcmin,
        "height_arcmin" => facts.height_arcmin,
        "area_deg2_in_square" => facts.area_deg2_in_square,
        "area_deg2_in_circle" => facts.area_deg2_in_circle,
        "area_deg2_covered" => facts.area_deg2_covered,
        other => unreachable!("column {other} of TILES has no value here"),
    };
    Cell::Number(number)
}
