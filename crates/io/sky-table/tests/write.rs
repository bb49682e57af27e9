//! Writers: read back by ourselves and by the tools of the field.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use std::process::Command;

use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table};
use sky_table::{
    Cell, CsvWriter, ReadOptions, TableFileError, TableFormat, check_columns, read_table_bytes, write_csv, write_ecsv,
    write_parquet, write_votable,
};

const SPECS: &[ColumnSpec] = &[
    ColumnSpec::new("source_id", ColumnType::I64, "", "meta.id;meta.main", "Gaia identifier"),
    ColumnSpec::new("ra_deg", ColumnType::F64, "deg", "pos.eq.ra", "Right ascension <ICRS> & more").with_decimals(8),
    ColumnSpec::new("flux_adu", ColumnType::F64, "adu", "phot.flux", "Flux"),
    ColumnSpec::new("mag", ColumnType::F32, "mag", "phot.mag", "Magnitude"),
    ColumnSpec::new("flags", ColumnType::I16, "", "meta.code", "Flags"),
    ColumnSpec::new("is_good", ColumnType::Bool, "", "meta.code", "Whether it's good"),
    ColumnSpec::new("name", ColumnType::Text, "", "meta.id", "Name"),
];

fn table() -> Table {
    let mut table = Table::new();
    let columns = [
        ("source_id", ColumnData::I64(vec![Some(i64::MAX), None, Some(604_917_728_138_508_160)])),
        ("ra_deg", ColumnData::F64(vec![132.825, f64::NAN, 359.999_999_999])),
        ("flux_adu", ColumnData::F64(vec![0.1 + 0.2, f64::INFINITY, -1.0e-300])),
        ("mag", ColumnData::F64(vec![f64::from(13.1_f32), f64::NAN, 20.0])),
        ("flags", ColumnData::I64(vec![Some(0), Some(-7), None])),
        ("is_good", ColumnData::Bool(vec![Some(true), Some(false), None])),
        ("name", ColumnData::Text(vec!["M 67, \"old\" <&>".into(), String::new(), "b".into()])),
    ];
    for (name, data) in columns {
        let column = Column { name: name.into(), unit: String::new(), ucd: String::new(), data };
        table.push(column).expect("three rows each");
    }
    table
}

fn check_back(bytes: &[u8], format: TableFormat) {
    let read = read_table_bytes("written", bytes, &ReadOptions::default()).expect("own table is read");
    assert_eq!(read.meta.format, format, "recognised by content");
    let (back, table) = (read.table, table());
    assert_eq!(
        back.integers("source_id").expect("ids"),
        table.integers("source_id").expect("ids"),
        "{format:?}: ids are exact"
    );
    assert_eq!(back.integers("flags").expect("flags"), table.integers("flags").expect("flags"), "{format:?}: flags");
    assert_eq!(back.texts("name").expect("names"), table.texts("name").expect("names"), "{format:?}: texts");
    assert_eq!(
        back.texts("is_good").expect("truth"),
        table.texts("is_good").expect("truth"),
        "{format:?}: truth values"
    );
    let flux = back.numbers("flux_adu").expect("flux");
    assert!(flux[0] == 0.1 + 0.2 && flux[1].is_nan() && flux[2] == -1.0e-300, "{format:?}: {flux:?}");
    let ra = back.numbers("ra_deg").expect("ra");
    assert!(ra[0] == 132.825 && ra[1].is_nan() && (ra[2] - 360.0).abs() < 1.0e-8, "{format:?}: {ra:?}");
    if format != TableFormat::Csv {
        let column = back.column("ra_deg").expect("ra");
        assert_eq!((column.unit.as_str(), column.ucd.as_str()), ("deg", "pos.eq.ra"), "{format:?}: unit and UCD");
    }
}

fn written(format: TableFormat) -> Vec<u8> {
    let (mut out, table) = (Vec::new(), table());
    match format {
        TableFormat::Csv => write_csv(&mut out, SPECS, &table),
        TableFormat::Ecsv => write_ecsv(&mut out, SPECS, &table),
        TableFormat::VoTable => write_votable(&mut out, "stars", SPECS, &table),
        _ => write_parquet(&mut out, "stars", SPECS, &table),
    }
    .expect("a table in memory can be written");
    out
}

#[test]
fn every_format_reads_back_as_written() {
    for format in [TableFormat::Csv, TableFormat::Ecsv, TableFormat::VoTable, TableFormat::Parquet] {
        let bytes = written(format);
        assert_eq!(bytes, written(format), "{format:?}: same rows, same bytes");
        check_back(&bytes, format);
    }
}

#[test]
fn csv_looks_as_declared() {
    let text = String::from_utf8(written(TableFormat::Csv)).expect("text");
    let expected = "source_id,ra_deg,flux_adu,mag,flags,is_good,name\n\
        9223372036854775807,132.82500000,0.30000000000000004,13.1,0,true,\"M 67, \"\"old\"\" <&>\"\n\
        ,,,,-7,false,\n\
        604917728138508160,360.00000000,-1e-300,20.0,,,b\n";
    assert_eq!(text, expected, "fixed decimals, shortest digits, blanks for missing");
}

#[test]
fn rows_are_checked_one_by_one() {
    let mut csv = CsvWriter::new(Vec::new(), &SPECS[..2]).expect("a header");
    csv.write_row(&[Cell::Integer(Some(1)), Cell::Float(-0.000_000_001)]).expect("a row");
    assert!(csv.write_row(&[Cell::Integer(Some(1))]).is_err(), "too few cells");
    assert!(csv.write_row(&[Cell::Integer(None), Cell::Text("x")]).is_err(), "a text in a column of floats");
    let text = String::from_utf8(csv.finish().expect("memory")).expect("text");
    assert_eq!(text, "source_id,ra_deg\n1,0.00000000\n", "no negative zero, and no half row of what was refused");
}

#[test]
fn differences_from_the_declaration_are_all_named() {
    let mut table = Table::new();
    let push = |table: &mut Table, name: &str, unit: &str, data| {
        table.push(Column { name: name.into(), unit: unit.into(), ucd: String::new(), data }).expect("one row");
    };
    push(&mut table, "ra_deg", "rad", ColumnData::F64(vec![1.0]));
    push(&mut table, "flags", "", ColumnData::I64(vec![Some(70_000)]));
    let specs = [SPECS[0], SPECS[1], SPECS[4]];
    let Err(TableFileError::Columns { problems }) = check_columns(&table, &specs) else { panic!("three problems") };
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems[0].contains("source_id") && problems[1].contains("rad") && problems[2].contains("70000"),
        "{problems:?}"
    );
}

#[test]
fn votlint_and_stilts_take_our_tables() {
    let Some(stilts) = test_sky::tool("stilts") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stars.vot");
    std::fs::write(&file, written(TableFormat::VoTable)).expect("a file");
    let lint = Command::new(&stilts).arg("votlint").arg(&file).output().expect("stilts runs");
    let said = String::from_utf8_lossy(&lint.stdout).into_owned() + &String::from_utf8_lossy(&lint.stderr);
    assert!(lint.status.success() && said.trim().is_empty(), "votlint: {said}");
    let count = Command::new(&stilts).args(["tpipe", "ofmt=csv"]).arg(&file).output().expect("stilts runs");
    let rows = String::from_utf8_lossy(&count.stdout).lines().count();
    assert_eq!(rows, 4, "stilts reads a header and 3 rows");
    eprintln!("votlint: no message; stilts compared 3 rows");
}

/// pandas and Polars write snappy and dictionaries unless told otherwise.
#[test]
fn parquet_of_others_is_read() {
    use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::types::Type;
    use std::sync::Arc;

    let column = |name: &str, physical, repetition, logical| {
        let column =
            Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(logical);
        Arc::new(column.build().expect("a column"))
    };
    let fields = vec![
        column("objID", Physical::INT64, Repetition::REQUIRED, None),
        column("band", Physical::BYTE_ARRAY, Repetition::OPTIONAL, Some(LogicalType::String)),
        column("list", Physical::INT64, Repetition::REPEATED, None),
    ];
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build().expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).expect("a writer");
    for start in [0, 3] {
        let mut group = file.next_row_group().expect("a group");
        let mut writer = group.next_column().expect("a column").expect("a column");
        writer.typed::<Int64Type>().write_batch(&[start, start + 1, start + 2], None, None).expect("numbers");
        writer.close().expect("closed");
        let mut writer = group.next_column().expect("a column").expect("a column");
        let texts = [ByteArray::from("g"), ByteArray::from("g")];
        writer.typed::<ByteArrayType>().write_batch(&texts, Some(&[1, 0, 1]), None).expect("texts");
        writer.close().expect("closed");
        let mut writer = group.next_column().expect("a column").expect("a column");
        writer.typed::<Int64Type>().write_batch(&[7], Some(&[1, 0, 0]), Some(&[0, 0, 0])).expect("lists");
        writer.close().expect("closed");
        group.close().expect("closed");
    }
    let bytes = file.into_inner().expect("memory");
    let read = read_table_bytes("others.parquet", &bytes, &ReadOptions::default()).expect("snappy is read");
    assert_eq!(read.table.integers("objID").expect("ids"), (0..6).map(Some).collect::<Vec<_>>(), "two row groups");
    assert_eq!(read.table.texts("band").expect("texts"), ["g", "", "g", "g", "", "g"], "null is missing");
    assert!(read.table.column("list").is_none() && read.meta.notes.len() == 1, "a list is left out, said so");
}
