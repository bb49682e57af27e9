//! CSV, asu-tsv and ECSV: types by content, exact ids, missing cells, messages of failure.

use sky_catalog::ColumnData;
use sky_table::{ReadOptions, ReadTable, TableChoice, TableFileError, TableFormat, read_table_bytes};

fn read(text: &str) -> Result<ReadTable, TableFileError> {
    read_table_bytes("test", text.as_bytes(), &ReadOptions::default())
}

fn table(text: &str) -> ReadTable {
    read(text).unwrap_or_else(|error| panic!("{text:?} is a table: {error}"))
}

#[test]
fn csv_types_follow_content() {
    let read = table(
        "\u{feff}id,ra,name,ok,code,big\r\n1,1.5,\"a, \"\"b\"\"\",true,007,99999999999999999999\r\n2,,x,false,012,1\r\n",
    );
    assert_eq!(read.meta.format, TableFormat::Csv, "format");
    let data: Vec<&ColumnData> = read.table.columns().iter().map(|column| &column.data).collect();
    assert_eq!(data[0], &ColumnData::I64(vec![Some(1), Some(2)]), "whole numbers");
    assert!(
        matches!(data[1], ColumnData::F64(values) if values[0] == 1.5 && values[1].is_nan()),
        "blank is missing: {:?}",
        data[1]
    );
    assert_eq!(data[2], &ColumnData::Text(vec!["a, \"b\"".into(), "x".into()]), "quotes");
    assert_eq!(data[3], &ColumnData::Bool(vec![Some(true), Some(false)]), "truth values");
    assert_eq!(data[4], &ColumnData::Text(vec!["007".into(), "012".into()]), "leading zeros are names");
    assert!(matches!(data[5], ColumnData::Text(_)), "beyond 64 bits stays text: {:?}", data[5]);
}

#[test]
fn gaia_ids_stay_exact() {
    let read = table("source_id,ra\n604917728138508160,132.8\n9223372036854775807,1\n");
    assert_eq!(
        read.table.integers("source_id").expect("whole numbers"),
        vec![Some(604_917_728_138_508_160), Some(i64::MAX)],
        "no id passes through a float"
    );
}

#[test]
fn header_without_rows_is_an_empty_table() {
    for text in ["ra,dec\n", "ra,dec", "#x\nra\tdec\n", "#Name: I/284/out\nRA\tDE\ndeg\tdeg\n---\t---\n\n"] {
        assert_eq!(table(text).table.n_rows(), 0, "{text:?} has no rows");
        assert_eq!(table(text).table.columns().len(), 2, "{text:?} has two columns");
    }
}

#[test]
fn cut_row_is_refused_with_its_line() {
    let error = read("a,b,c\n1,2,3\n4,5").expect_err("the last row is cut");
    assert!(error.to_string().contains("line 3"), "the line is named: {error}");
}

#[test]
fn messages_of_failure_are_errors() {
    for text in [
        "#ERROR Unknown catalogue\n",
        "#\n#   VizieR Astronomical Server\n#**** No such catalogue\n",
        "Too many jobs are being processed, try later!\n",
        "Usage: asu-tsv -source=...\n",
        "<html><body>503 Service Unavailable</body></html>",
        "<!DOCTYPE html>\n<HTML><title>Error</title></HTML>",
        "<results status=\"error\"><message>Invalid object name</message></results>",
        "400 Mauvaise Requ\u{ea}te",
    ] {
        let error = read(text).expect_err("a message is no table");
        assert!(matches!(error, TableFileError::Service { .. }), "{text:?} gave {error:?}");
    }
    for text in ["", "\n", "#only a comment\n", "Not Found", "one line of prose, with a comma\n"] {
        let error = read(text).expect_err("no table");
        assert!(
            matches!(error, TableFileError::NotATable { .. } | TableFileError::NoTable { .. }),
            "{text:?} gave {error:?}"
        );
    }
}

const TWO_TABLES: &str = "#\n#RESOURCE=yCat_1350\n#Name: I/350\n#Table\tI_350_a:\n#Name: I/350/a\n#Column\tRA\t(F5.1)\tRight ascension\t[ucd=pos.eq.ra]\nRA;Name\ndeg; \n---;----\n1.5;x\n2.5;\n\n#Table\tI_350_b:\n#Name: I/350/b\nRA;N\ndeg;\n---;-\n3.5;7\n#END#\n";

#[test]
fn several_tables_are_chosen_by_name() {
    let error = read(TWO_TABLES).expect_err("two tables, none chosen");
    assert!(error.to_string().contains("I/350/a") && error.to_string().contains("I/350/b"), "both are named: {error}");
    for (name, rows) in [("I/350/a", 2), ("I_350_b", 1)] {
        let options = ReadOptions { choice: TableChoice::Named(name.into()), ..ReadOptions::default() };
        let read = read_table_bytes("test", TWO_TABLES.as_bytes(), &options).expect("the chosen table");
        assert_eq!(read.table.n_rows(), rows, "rows of {name}");
    }
    let options = ReadOptions { choice: TableChoice::Index(0), ..ReadOptions::default() };
    let read = read_table_bytes("test", TWO_TABLES.as_bytes(), &options).expect("the first table");
    let ra = read.table.column("RA").expect("RA");
    assert_eq!((ra.unit.as_str(), ra.ucd.as_str()), ("deg", "pos.eq.ra"), "unit and UCD");
    assert_eq!(read.table.texts("Name").expect("names"), ["x", ""], "blank is missing");
}

#[test]
fn as_many_rows_as_allowed_is_truncated() {
    let answer = |limit: &str| format!("#INFO\t-out.max={limit}\t\nRA\tDE\ndeg\tdeg\n--\t--\n1\t2\n3\t4\n");
    assert!(table(&answer("2")).meta.truncated, "two rows of at most two");
    assert!(!table(&answer("3")).meta.truncated, "two rows of at most three");
    assert!(!table(&answer("unlimited")).meta.truncated, "no limit");
    let said = "#INFO\tQUERY_STATUS=OVERFLOW\nRA\tDE\ndeg\tdeg\n--\t--\n1\t2\n";
    assert!(table(said).meta.truncated, "the service says so");
}

#[test]
fn ecsv_types_are_those_of_its_header() {
    let text = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: int64}\n# - {name: ra, unit: deg, datatype: float64,\n#   description: 'a, b: {c}', meta: {ucd: pos.eq.ra}}\n# - name: s\n#   datatype: string\n# schema: astropy-2.0\nid ra s\n007 1 \"x y\"\n8 \"\" 12\n";
    let read = table(text);
    assert_eq!(read.meta.format, TableFormat::Ecsv, "format");
    assert_eq!(read.table.integers("id").expect("ids"), vec![Some(7), Some(8)], "declared as int64");
    let ra = read.table.column("ra").expect("ra");
    assert_eq!((ra.unit.as_str(), ra.ucd.as_str()), ("deg", "pos.eq.ra"), "unit and UCD of a wrapped entry");
    assert!(
        matches!(&ra.data, ColumnData::F64(values) if values[0] == 1.0 && values[1].is_nan()),
        "floats: {:?}",
        ra.data
    );
    assert_eq!(read.table.texts("s").expect("texts"), ["x y", "12"], "declared as string");
    let error = read_table_bytes("t", text.replace("007", "x").as_bytes(), &ReadOptions::default());
    assert!(error.expect_err("x is no int64").to_string().contains("column id"), "the column is named");
}

#[test]
fn gzip_is_read_and_a_cut_one_refused() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"ra,dec\n1,2\n").expect("memory");
    let bytes = encoder.finish().expect("memory");
    let read = read_table_bytes("t.csv.gz", &bytes, &ReadOptions::default()).expect("gzip");
    assert_eq!(read.table.n_rows(), 1, "one row");
    let error = read_table_bytes("t.csv.gz", &bytes[..bytes.len() - 9], &ReadOptions::default()).expect_err("cut");
    assert!(matches!(error, TableFileError::Truncated { .. }), "{error:?}");
}
