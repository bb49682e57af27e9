//! Writing Parquet: the bytes are a function of rows and declarations.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, GzipLevel, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type};
use sky_catalog::{ColumnSpec, ColumnType, Table};

use super::{VOTABLE_CONTENT, VOTABLE_VERSION};
use crate::TableFileError;
use crate::write::{Cell, Rows, document_end, document_start};

/// Rows of a row group.
const GROUP_ROWS: usize = 131_072;
/// Level of gzip: 7 times smaller than uncompressed at twice the time, measured on a catalogue of 1e6 rows.
const GZIP_LEVEL: u32 = 4;
/// Writes nothing of the machine or the day.
const CREATED_BY: &str = "skyledger";

/// Writes the declared columns of a table, called `name`, as Parquet; missing values are null.
pub fn write_parquet(
    writer: &mut (impl Write + Send),
    name: &str,
    specs: &[ColumnSpec],
    table: &Table,
) -> Result<(), TableFileError> {
    let rows = Rows::new(specs, table)?;
    write(writer, name, &rows).map_err(|error| TableFileError::output(std::io::Error::other(error)))
}

fn write(writer: &mut (impl Write + Send), name: &str, rows: &Rows<'_>) -> Result<(), ParquetError> {
    let mut file = SerializedFileWriter::new(writer, Arc::new(schema(rows.specs)?), Arc::new(properties(name, rows)?))?;
    let mut start = 0;
    while start < rows.count {
        let end = (start + GROUP_ROWS).min(rows.count);
        let mut group = file.next_row_group()?;
        let mut column = 0;
        while let Some(mut writer) = group.next_column()? {
            write_column(&mut writer, rows, column, start..end)?;
            writer.close()?;
            column += 1;
        }
        group.close()?;
        start = end;
    }
    file.close()?;
    Ok(())
}

fn schema(specs: &[ColumnSpec]) -> Result<Type, ParquetError> {
    let fields = specs
        .iter()
        .map(|spec| {
            let (physical, logical) = match spec.kind {
                ColumnType::F64 => (Physical::DOUBLE, None),
                ColumnType::F32 => (Physical::FLOAT, None),
                ColumnType::I64 => (Physical::INT64, None),
                ColumnType::I32 | ColumnType::I16 => (Physical::INT32, None),
                ColumnType::Bool => (Physical::BOOLEAN, None),
                ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            };
            let column = Type::primitive_type_builder(spec.name, physical).with_repetition(Repetition::OPTIONAL);
            column.with_logical_type(logical).build().map(Arc::new)
        })
        .collect::<Result<_, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build()
}

fn properties(name: &str, rows: &Rows<'_>) -> Result<WriterProperties, ParquetError> {
    let votable = document_start(name, rows) + document_end();
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::GZIP(GzipLevel::try_new(GZIP_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_key_value_metadata(Some(vec![
            KeyValue::new(VOTABLE_VERSION.to_owned(), "1.0".to_owned()),
            KeyValue::new(VOTABLE_CONTENT.to_owned(), votable),
        ]));
    for spec in rows.specs.iter().filter(|spec| matches!(spec.kind, ColumnType::F64 | ColumnType::F32)) {
        properties = properties.set_column_encoding(ColumnPath::from(spec.name), Encoding::BYTE_STREAM_SPLIT);
    }
    Ok(properties.build())
}

fn write_column(
    writer: &mut SerializedColumnWriter<'_>,
    rows: &Rows<'_>,
    column: usize,
    range: std::ops::Range<usize>,
) -> Result<(), ParquetError> {
    let cells = range.map(|row| rows.cell(row, column));
    match rows.specs[column].kind {
        ColumnType::F64 => batch::<DoubleType>(writer, cells.map(float)),
        ColumnType::F32 => batch::<FloatType>(writer, cells.map(|cell| float(cell).map(|value| value as f32))),
        ColumnType::I64 => batch::<Int64Type>(writer, cells.map(whole)),
        ColumnType::I32 | ColumnType::I16 => {
            // Rows::new has checked the range.
            batch::<Int32Type>(writer, cells.map(|cell| whole(cell).map(|value| value as i32)))
        }
        ColumnType::Bool => batch::<BoolType>(
            writer,
            cells.map(|cell| match cell {
                Cell::Bool(value) => value,
                _ => None,
            }),
        ),
        ColumnType::Text => batch::<ByteArrayType>(
            writer,
            cells.map(|cell| match cell {
                Cell::Text(text) if !text.is_empty() => Some(ByteArray::from(text)),
                _ => None,
            }),
        ),
    }
}

fn float(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Float(value) if value.is_finite() => Some(value),
        _ => None,
    }
}

fn whole(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(value) => value,
        _ => None,
    }
}

fn batch<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let mut values = Vec::new();
    let levels: Vec<i16> = cells
        .map(|cell| {
            let level = i16::from(cell.is_some());
            values.extend(cell);
            level
        })
        .collect();
    writer.typed::<T>().write_batch(&values, Some(&levels), None).map(|_| ())
}
