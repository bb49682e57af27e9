//! SExtractor's table as a catalogue of ours: its values as they are, columns of the sky and ours from the sources.

use std::io::Write;

use products::source_catalog::columns::{ColumnContext, SKY_COLUMNS, SourceColumn};
use sky_catalog::{ColumnType, Source};
use sky_fits::{BinColumn, BinTable, FitsError, Values};
use sky_image::Header;

use crate::DetectConfig;
use crate::catalogue::{Contents, context_of, head, there};

/// Stands for "undefined" in a column of short integers that the program does not have.
const NULL: i16 = i16::MIN;

/// Writes the rows with those of the `columns` that there are values for.
pub(super) fn write(
    mut writer: &mut dyn Write,
    header: &Header,
    (sources, table): (&[Source], &BinTable),
    columns: &[&SourceColumn],
    contents: Contents,
    config: &DetectConfig,
) -> Result<(), FitsError> {
    let chosen = columns
        .iter()
        .map(|column| (*column, context_of(column, config)))
        .filter(|(column, context)| there(column, context, contents));
    let written: Vec<BinColumn> = chosen.map(|(column, context)| filled(column, sources, table, &context)).collect();
    sky_fits::ldac::write(&mut writer, header, &written)
}

fn filled(column: &SourceColumn, sources: &[Source], table: &BinTable, context: &ColumnContext) -> BinColumn {
    let name = column.spec.name;
    let mut written = head(column, context);
    let count = column.n_values(context);
    let theirs = Some(name)
        .filter(|name| !SKY_COLUMNS.contains(name))
        .and_then(|name| table.numbers(name).ok())
        .filter(|values| values.len() == count * sources.len());
    // It fits without flags: undefined, not "all is well".
    if theirs.is_none() && name == "FLAGS_PSF" {
        written.values = Values::I16(vec![NULL; sources.len()]);
        return written.with_null(Some(i64::from(NULL)));
    }
    let ours = || {
        let cells = sources.iter().flat_map(|source| (0..count).map(move |index| column.value(source, context, index)));
        cells.collect()
    };
    let all = theirs.unwrap_or_else(ours).into_iter();
    written.values = match column.spec.kind {
        ColumnType::F64 => Values::F64(all.collect()),
        ColumnType::F32 => Values::F32(all.map(|value| value as f32).collect()),
        ColumnType::I64 => Values::I64(all.map(|value| value as i64).collect()),
        ColumnType::I32 => Values::I32(all.map(|value| value as i32).collect()),
        ColumnType::I16 => Values::I16(all.map(|value| value as i16).collect()),
        ColumnType::Bool => Values::Logical(all.map(|value| Some(value != 0.0)).collect()),
        ColumnType::Text => Values::Text(all.map(|value| value.to_string()).collect()),
    };
    written
}
