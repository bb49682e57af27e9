//! Reading Parquet, ours and other people's.

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use sky_catalog::{Column, ColumnData, Table};

use super::VOTABLE_CONTENT;
use crate::{ReadOptions, ReadTable, TableFileError, TableFormat, TableMeta, votable};

/// Records that are decoded at once.
const BATCH_RECORDS: usize = 65_536;

/// Reads the columns of one value a row; others are left out with a note.
pub(crate) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let owned = Bytes::copy_from_slice(bytes);
    // The decoder belongs to others: a panic of it is a file that does not decode.
    let decoded = std::panic::catch_unwind(|| decode(name, owned, options));
    decoded
        .unwrap_or_else(|_| Err(TableFileError::malformed(name, "Parquet", "pages that do not decode", "a sound file")))
}

fn decode(name: &str, bytes: Bytes, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let fail = |error: ParquetError| TableFileError::malformed(name, "Parquet", error.to_string(), "a sound file");
    let length = bytes.len() as u64;
    let reader = SerializedFileReader::new(bytes).map_err(|error| match error {
        ParquetError::EOF(what) => {
            TableFileError::Truncated { file: name.to_owned(), what: format!("an end too early ({what})") }
        }
        ParquetError::General(what) if what.contains("footer") => {
            TableFileError::Truncated { file: name.to_owned(), what: format!("no footer ({what})") }
        }
        other => fail(other),
    })?;
    let metadata = reader.metadata();
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(u64::MAX);
    let schema = metadata.file_metadata().schema_descr_ptr();
    check(name, "rows", rows, options.limits.max_rows)?;
    check(name, "columns", schema.num_columns() as u64, options.limits.max_columns as u64)?;
    let inflated = metadata.row_groups().iter().map(|group| u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX));
    let inflated = inflated.fold(length, u64::saturating_add);
    check(name, "bytes", inflated.max(rows.saturating_mul(8)), options.limits.max_bytes)?;
    let mut meta = TableMeta::new(TableFormat::Parquet);
    let declared = declared_fields(name, &reader);
    let mut table = Table::new();
    for (index, descriptor) in schema.columns().iter().enumerate() {
        let title = descriptor.path().string();
        if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
            meta.notes.push(format!("column {title} was left out: it holds lists or structures"));
            continue;
        }
        let mut data = None;
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(fail)?;
            let column = group.get_column_reader(index).map_err(fail)?;
            let records = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            append(column, descriptor, records, &mut data).map_err(fail)?;
        }
        let Some(data) = data.or_else(|| (rows == 0).then(|| ColumnData::Text(Vec::new()))) else {
            meta.notes
                .push(format!("column {title} was left out: its type {:?} is not read", descriptor.physical_type()));
            continue;
        };
        if data.len() as u64 != rows {
            let found = format!("{} values in column {title}", data.len());
            return Err(TableFileError::malformed(name, "Parquet", found, format!("{rows} rows")));
        }
        if let Some(LogicalType::Timestamp { .. } | LogicalType::Date | LogicalType::Time { .. }) =
            descriptor.logical_type_ref()
        {
            meta.notes.push(format!("column {title} holds dates or times as stored whole numbers"));
        }
        let known = declared.iter().find(|(name, ..)| *name == title).cloned();
        let (_, unit, ucd) = known.unwrap_or_default();
        let push = table.push(Column { name: title, unit, ucd, data });
        push.map_err(|error| TableFileError::malformed(name, "columns", error.to_string(), "equal lengths"))?;
    }
    Ok(ReadTable { table, meta })
}

fn declared_fields(name: &str, reader: &SerializedFileReader<Bytes>) -> Vec<(String, String, String)> {
    let entries = reader.metadata().file_metadata().key_value_metadata();
    let content = entries.and_then(|entries| entries.iter().find(|entry| entry.key == VOTABLE_CONTENT)?.value.clone());
    content.and_then(|content| votable::fields_of(name, &content).ok()).unwrap_or_default()
}

/// Appends the values of one row group; leaves `data` empty where the type has no place in a table.
fn append(
    column: ColumnReader,
    descriptor: &ColumnDescriptor,
    records: usize,
    data: &mut Option<ColumnData>,
) -> Result<(), ParquetError> {
    let is_decimal = descriptor.converted_type() == ConvertedType::DECIMAL;
    let is_unsigned = matches!(descriptor.converted_type(), ConvertedType::UINT_64 | ConvertedType::UINT_32);
    match column {
        ColumnReader::BoolColumnReader(reader) => {
            let values = values(reader, records)?;
            if let ColumnData::Bool(all) = data.get_or_insert(ColumnData::Bool(Vec::new())) {
                all.extend(values);
            }
        }
        ColumnReader::Int32ColumnReader(reader) if !is_decimal => {
            let values = values(reader, records)?;
            let widened = |value: i32| if is_unsigned { i64::from(value as u32) } else { i64::from(value) };
            if let ColumnData::I64(all) = data.get_or_insert(ColumnData::I64(Vec::new())) {
                all.extend(values.into_iter().map(|value| value.map(widened)));
            }
        }
        ColumnReader::Int64ColumnReader(reader) if !is_decimal => {
            let values = values(reader, records)?;
            if is_unsigned && values.iter().flatten().any(|value| *value < 0) {
                return Err(ParquetError::General("unsigned numbers beyond 2^63".to_owned()));
            }
            if let ColumnData::I64(all) = data.get_or_insert(ColumnData::I64(Vec::new())) {
                all.extend(values);
            }
        }
        ColumnReader::FloatColumnReader(reader) => {
            let values = values(reader, records)?;
            if let ColumnData::F64(all) = data.get_or_insert(ColumnData::F64(Vec::new())) {
                all.extend(values.into_iter().map(|value| value.map_or(f64::NAN, f64::from)));
            }
        }
        ColumnReader::DoubleColumnReader(reader) => {
            let values = values(reader, records)?;
            if let ColumnData::F64(all) = data.get_or_insert(ColumnData::F64(Vec::new())) {
                all.extend(values.into_iter().map(|value| value.unwrap_or(f64::NAN)));
            }
        }
        ColumnReader::ByteArrayColumnReader(reader) if !is_decimal => {
            let values = values(reader, records)?;
            let text = |value: parquet::data_type::ByteArray| String::from_utf8_lossy(value.data()).into_owned();
            if let ColumnData::Text(all) = data.get_or_insert(ColumnData::Text(Vec::new())) {
                all.extend(values.into_iter().map(|value| value.map(text).unwrap_or_default()));
            }
        }
        _ => {}
    }
    Ok(())
}

/// All values of a column in one row group, null as `None`; never more than the row group says.
fn values<T: DataType>(mut reader: ColumnReaderImpl<T>, records: usize) -> Result<Vec<Option<T::T>>, ParquetError> {
    let mut all: Vec<Option<T::T>> = Vec::new();
    let (mut levels, mut batch) = (Vec::new(), Vec::new());
    while all.len() < records {
        levels.clear();
        batch.clear();
        let wanted = BATCH_RECORDS.min(records - all.len());
        let (read, ..) = reader.read_records(wanted, Some(&mut levels), None, &mut batch)?;
        if read == 0 {
            break;
        }
        let mut batch = batch.drain(..);
        if levels.is_empty() {
            all.extend(batch.map(Some));
        } else {
            all.extend(levels.iter().map(|level| if *level > 0 { batch.next() } else { None }));
        }
    }
    Ok(all)
}

fn check(name: &str, what: &'static str, found: u64, limit: u64) -> Result<(), TableFileError> {
    if found > limit {
        return Err(TableFileError::TooLarge { file: name.to_owned(), what, found, limit });
    }
    Ok(())
}
