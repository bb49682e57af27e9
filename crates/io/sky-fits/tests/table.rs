//! Tables: round trips of every column type, unsigned columns, ASCII tables.

use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table};
use sky_fits::{
    BinColumn, Limits, Values, columns_of, read_ascii_table, read_ascii_table_bytes, read_bintable,
    read_bintable_bytes, write_bintable,
};
use sky_image::{CardValue, Header};

fn all_kinds() -> Vec<BinColumn> {
    vec![
        BinColumn::new("IS_GOOD", Values::Logical(vec![Some(true), None, Some(false)])),
        BinColumn::new("BYTE", Values::U8(vec![0, 128, 255])),
        BinColumn::new("FLAGS", Values::I16(vec![-1, 0, i16::MAX])).with_null(Some(0)),
        BinColumn::new("NUMBER", Values::I32(vec![i32::MIN, 2, i32::MAX])),
        BinColumn::new("SOURCE_ID", Values::I64(vec![i64::MAX, 604_917_728_138_508_160, -1])),
        BinColumn::new("X_IMAGE", Values::F32(vec![1.5, f32::NAN, -0.0])).with_unit("pixel").with_display("F11.4"),
        BinColumn::new("ALPHA_J2000", Values::F64(vec![150.0, 359.999_999_999, f64::NAN])).with_unit("deg"),
        BinColumn::new("NAME", Values::Text(vec!["M 67".into(), String::new(), "a longer name".into()])),
        BinColumn::new("VIGNET", Values::F32((0..18).map(|value| value as f32).collect())).with_dims(&[3, 2]),
        BinColumn::new("MAG_APER", Values::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).with_dims(&[2]),
    ]
}

fn written(columns: &[BinColumn]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut header = Header::new();
    header.push("OBSERVER", CardValue::Text("Minkowski".into()), "");
    write_bintable(&mut bytes, "SOURCES", &header, columns).expect("a table in memory can be written");
    bytes
}

#[test]
fn every_column_type_reads_back_as_written() {
    let columns = all_kinds();
    let bytes = written(&columns);
    assert_eq!(bytes.len() % 2880, 0, "whole blocks");
    let table = read_bintable_bytes(&bytes, Some("SOURCES"), &Limits::default()).expect("own table is read");
    assert_eq!(table.rows, 3, "rows");
    assert_eq!(table.header.text("OBSERVER"), Some("Minkowski"), "cards of the caller are kept");
    assert_eq!(table.columns.len(), columns.len(), "columns");
    for (found, expected) in table.columns.iter().zip(&columns) {
        // NaN is not equal to itself: compare what Debug shows.
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "column {}", expected.name);
    }
}

#[test]
fn undefined_integers_are_missing() {
    let table = read_bintable_bytes(&written(&all_kinds()), None, &Limits::default()).expect("own table is read");
    assert_eq!(table.integers("flags").expect("integers"), vec![Some(-1), None, Some(32767)], "TNULL is missing");
    assert!(table.numbers("FLAGS").expect("numbers")[1].is_nan(), "as a float it is NaN");
}

#[test]
fn columns_of_unequal_length_are_refused() {
    let columns = [BinColumn::new("A", Values::U8(vec![1])), BinColumn::new("B", Values::U8(vec![1, 2]))];
    let error = write_bintable(&mut Vec::new(), "T", &Header::new(), &columns).expect_err("unequal columns");
    assert!(error.to_string().contains("column B"), "the column is named: {error}");
}

#[test]
fn declared_columns_become_typed_ones_and_back() {
    const SPECS: &[ColumnSpec] = &[
        ColumnSpec::new("source_id", ColumnType::I64, "", "meta.id", "Gaia identifier"),
        ColumnSpec::new("flags", ColumnType::I16, "", "meta.code", "Flags"),
        ColumnSpec::new("ra_deg", ColumnType::F64, "deg", "pos.eq.ra", "Right ascension").with_decimals(8),
    ];
    let mut table = Table::new();
    let push = |table: &mut Table, name: &str, data| {
        let column = Column { name: name.to_owned(), unit: String::new(), ucd: String::new(), data };
        table.push(column).expect("columns of equal length");
    };
    push(&mut table, "source_id", ColumnData::I64(vec![Some(i64::MAX), None]));
    push(&mut table, "flags", ColumnData::I64(vec![Some(3), Some(-7)]));
    push(&mut table, "ra_deg", ColumnData::F64(vec![f64::NAN, 132.825]));
    let columns = columns_of(&table, SPECS).expect("columns as declared");
    let back = read_bintable_bytes(&written(&columns), None, &Limits::default()).expect("own table is read");
    let (back, notes) = back.to_table().expect("scalar columns");
    assert!(notes.is_empty(), "nothing left out: {notes:?}");
    assert_eq!(
        back.integers("source_id").expect("integers"),
        vec![Some(i64::MAX), None],
        "ids stay exact, missing stays missing"
    );
    assert_eq!(back.columns()[2].unit, "deg", "the declared unit is written");
    assert_eq!(back.columns()[2].ucd, "pos.eq.ra", "the declared UCD is written");
    push(&mut table, "flags16", ColumnData::I64(vec![Some(40000), None]));
    let spec = [ColumnSpec::new("flags16", ColumnType::I16, "", "", "too large")];
    let error = columns_of(&table, &spec).expect_err("40000 does not fit 16 bits");
    assert!(error.to_string().contains("40000"), "the value is named: {error}");
}

#[test]
fn gaia_table_of_the_archive_has_its_rows() {
    let Some(data) = test_sky::real_data("sky-fits gaia_table_of_the_archive_has_its_rows") else { return };
    let table = read_bintable(&data.join("b_catalog/gaia_NGC188_results.fits"), None).expect("a Gaia table");
    assert_eq!(table.rows, 4938, "rows of the archive's answer");
    let (table, _) = table.to_table().expect("scalar columns");
    assert!(table.numbers("ra").expect("ra").iter().all(|ra| (0.0..360.0).contains(ra)), "right ascensions in degrees");
    let matched = read_bintable(&data.join("b_catalog/banzai_ogg2m001_matched-cat.fits"), None).expect("LCO table");
    assert_eq!(matched.rows, 140, "rows of the LCO table");
    let variable = read_bintable(&data.join("f_nasty/nomtam/vtab.p.fits"), None).expect("P columns are skipped");
    assert!(variable.columns.iter().any(|column| matches!(column.values, Values::Unread(_))), "and said so");
}

#[test]
fn ascii_tables_have_numbers_and_texts() {
    let Some(data) = test_sky::real_data("sky-fits ascii_tables_have_numbers_and_texts") else { return };
    let table = read_ascii_table(&data.join("f_nasty/astropy/ascii.fits"), None).expect("astropy's ASCII table");
    let numbers = table.numbers("a").expect("column a");
    assert_eq!(numbers[..3], [10.123, 5.2, 15.61], "the numbers in the file");
    assert!(numbers[3].is_nan() && numbers[4] == 345.0, "* is TNULL, undefined: {numbers:?}");
    let expected = vec![Some(37), Some(23), Some(17), None, Some(345)];
    assert_eq!(table.integers("b").expect("column b"), expected, "the whole numbers in the file");
}

/// The layout of `er.mask` in DSS cutouts: fixed-point degrees and arcseconds.
#[test]
fn fixed_point_columns_are_scaled() {
    let cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "END",
        "XTENSION= 'TABLE   '",
        "BITPIX  =                    8",
        "NAXIS   =                    2",
        "NAXIS1  =                   15",
        "NAXIS2  =                    2",
        "PCOUNT  =                    0",
        "GCOUNT  =                    1",
        "TFIELDS =                    2",
        "EXTNAME = 'er.mask '",
        "TTYPE1  = 'XI      '",
        "TBCOL1  =                    1",
        "TFORM1  = 'F8.5    '",
        "TUNIT1  = 'DEG     '",
        "TTYPE2  = 'XI_CORR '",
        "TBCOL2  =                   10",
        "TFORM2  = 'F6.2    '",
        "END",
    ];
    let mut bytes = Vec::new();
    for card in cards {
        bytes.extend(format!("{card:<80}").into_bytes());
        if card == "END" {
            bytes.resize(bytes.len().next_multiple_of(2880), b' ');
        }
    }
    bytes.extend(b"-3.12500   0.25 1.50000    -12");
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    let table = read_ascii_table_bytes(&bytes, Some("er.mask"), &Limits::default()).expect("an ASCII table");
    assert_eq!(table.numbers("XI").expect("XI"), [-3.125, 1.5], "numbers with a point are read as they stand");
    assert_eq!(table.numbers("XI_CORR").expect("corrections"), [0.25, -0.12], "without one the format places it");
    assert_eq!(table.column("XI").expect("XI").unit, "DEG", "unit");
}
