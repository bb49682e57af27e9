//! Broken tables: never a panic, never a failure taken for an empty table.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use rand::{RngExt as _, SeedableRng as _};
use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table};
use sky_table::{
    ReadOptions, TableFileError, TableLimits, read_table_bytes, write_csv, write_ecsv, write_parquet, write_votable,
};

/// Peak memory that all mutants together may take.
const PEAK_KB: u64 = 600_000;

const SPECS: &[ColumnSpec] = &[
    ColumnSpec::new("id", ColumnType::I64, "", "meta.id", "Number"),
    ColumnSpec::new("x", ColumnType::F64, "deg", "", "Float"),
    ColumnSpec::new("name", ColumnType::Text, "", "", "Text"),
];

fn sources() -> Vec<Vec<u8>> {
    let mut table = Table::new();
    let columns = [
        ("id", ColumnData::I64((0..200).map(|row| (row % 7 > 0).then_some(row)).collect())),
        ("x", ColumnData::F64((0..200).map(|row| f64::from(row) / 7.0).collect())),
        ("name", ColumnData::Text((0..200).map(|row| format!("star, {row}")).collect())),
    ];
    for (name, data) in columns {
        let column = Column { name: name.into(), unit: String::new(), ucd: String::new(), data };
        table.push(column).expect("200 rows each");
    }
    let mut files = vec![Vec::new(); 4];
    write_csv(&mut files[0], SPECS, &table).expect("csv");
    write_ecsv(&mut files[1], SPECS, &table).expect("ecsv");
    write_votable(&mut files[2], "t", SPECS, &table).expect("votable");
    write_parquet(&mut files[3], "t", SPECS, &table).expect("parquet");
    let rows: String = (0..200).map(|row| format!("{row}\t{}.5\t \n", row)).collect();
    files.push(format!("#RESOURCE=x\n#Name: I/284/out\nID\tRA\tFlags\n \tdeg\t \n---\t---\t---\n{rows}").into_bytes());
    files.push(b"<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='long'/><FIELD name='s' datatype='char' arraysize='*'/><DATA><BINARY2><STREAM encoding='base64'>AAAAAAAAAAABAAAAAWEAAAAAAAAAAAIAAAABYg==</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>".to_vec());
    files
}

fn mutate(file: &mut Vec<u8>, random: &mut rand_chacha::ChaCha8Rng) {
    for _ in 0..random.random_range(1..4) {
        if file.is_empty() {
            return;
        }
        let position = random.random_range(0..file.len());
        match random.random_range(0..5) {
            0 => file[position] = random.random(),
            1 => file.truncate(position),
            2 => file[position] ^= 1 << random.random_range(0..8),
            3 => {
                let end = (position + random.random_range(1..50)).min(file.len());
                let piece = file[position..end].to_vec();
                file.splice(position..position, piece).for_each(drop);
            }
            _ => {
                let end = (position + random.random_range(1..50)).min(file.len());
                file.drain(position..end);
            }
        }
    }
}

fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[test]
fn mutated_tables_never_panic() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20_261_121);
    let limits = TableLimits { max_bytes: 50_000_000, max_rows: 100_000, max_columns: 1000 };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let (mut tables, mut refused) = (0, 0);
    for source in sources() {
        assert!(read_table_bytes("source", &source, &options).is_ok(), "the source itself is read");
        for _ in 0..400 {
            let mut file = source.clone();
            mutate(&mut file, &mut random);
            match read_table_bytes("mutant", &file, &options) {
                Ok(_) => tables += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty(), "every error says something");
                    refused += 1;
                }
            }
        }
    }
    eprintln!("2400 mutants of 6 files: {tables} tables, {refused} refusals, peak {:?} kB", peak_kb());
    assert!(refused > 500, "mutants are refused: {refused}");
    if let Some(peak) = peak_kb() {
        assert!(peak < PEAK_KB, "{peak} kB at the peak");
    }
}

#[test]
fn cut_files_are_never_whole() {
    for (source, is_framed) in sources().into_iter().zip([false, false, true, true, false, true]) {
        if !is_framed {
            continue; // a text format cut between rows cannot be told from a shorter one
        }
        for tenth in 1..10 {
            let cut = &source[..source.len() * tenth / 10];
            assert!(read_table_bytes("cut", cut, &ReadOptions::default()).is_err(), "{tenth} tenths of a file");
        }
    }
}

#[test]
fn limits_are_kept() {
    let csv = format!("a,b\n{}", "1,2\n".repeat(100));
    let read = |limits| read_table_bytes("t", csv.as_bytes(), &ReadOptions { limits, ..ReadOptions::default() });
    for limits in [
        TableLimits { max_rows: 99, ..TableLimits::default() },
        TableLimits { max_columns: 1, ..TableLimits::default() },
        TableLimits { max_bytes: 100, ..TableLimits::default() },
    ] {
        let error = read(limits).expect_err("too large");
        assert!(matches!(error, TableFileError::TooLarge { .. }), "{error:?}");
    }
    assert!(read(TableLimits { max_rows: 100, ..TableLimits::default() }).is_ok(), "100 rows of at most 100");
}

/// A reader that looks back at every row takes hours for a million of them.
#[test]
fn long_tables_take_time_in_proportion() {
    let file = |rows: usize| {
        let row = "<TR><TD>1</TD><TD>2.5</TD></TR>\n".repeat(rows);
        format!(
            "<VOTABLE><RESOURCE><TABLE><FIELD name='a' datatype='long'/><FIELD name='b' datatype='double'/><DATA><TABLEDATA>{row}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
        )
    };
    let seconds = |text: &str| {
        let start = std::time::Instant::now();
        let read = read_table_bytes("long", text.as_bytes(), &ReadOptions::default()).expect("a long table");
        (start.elapsed().as_secs_f64(), read.table.n_rows())
    };
    let (short, _) = seconds(&file(4_000));
    let (long, rows) = seconds(&file(200_000));
    assert_eq!(rows, 200_000, "all rows are read");
    eprintln!("4,000 rows: {short:.4} s; 200,000 rows: {long:.3} s");
    assert!(long < 30.0 * (50.0 * short).max(0.01), "50 times the rows took {:.0} times the time", long / short);
}
