//! A small catalogue with known rows, in every format that is read.

use std::fmt::Write as _;

use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table};
use sky_table::{write_csv, write_ecsv, write_parquet, write_votable};

/// Rows of the good catalogue.
const ROWS: usize = 200;

/// Columns that every format declares (VizieR's USNO-B1.0).
const SPECS: &[ColumnSpec] = &[
    ColumnSpec::new("USNO-B1.0", ColumnType::Text, "", "meta.id", "Number"),
    ColumnSpec::new("RAJ2000", ColumnType::F64, "deg", "pos.eq.ra", "Right ascension"),
    ColumnSpec::new("DEJ2000", ColumnType::F64, "deg", "pos.eq.dec", "Declination"),
    ColumnSpec::new("R1mag", ColumnType::F64, "mag", "phot.mag", "Red magnitude"),
];

/// The rows, as they were made and as they must be read.
#[derive(Clone, Debug)]
pub(crate) struct Sky {
    pub(crate) ids: Vec<String>,
    pub(crate) ra_deg: Vec<f64>,
    pub(crate) dec_deg: Vec<f64>,
    pub(crate) mag: Vec<f64>,
}

impl Sky {
    pub(crate) fn new() -> Self {
        let rows = 0..ROWS;
        Self {
            ids: rows.clone().map(|row| format!("1099-{:07}", 7 * row + 3)).collect(),
            ra_deg: rows.clone().map(|row| (149_950_000 + 503 * row as i64) as f64 / 1e6).collect(),
            dec_deg: rows.clone().map(|row| (19_950_000 + 467 * ((row * 37) % ROWS) as i64) as f64 / 1e6).collect(),
            mag: rows.map(|row| (1200 + (row * 13) % 700) as f64 / 100.0).collect(),
        }
    }

    /// What differs from the rows of a table; `None` where nothing does.
    pub(crate) fn difference(&self, table: &Table) -> Option<String> {
        let numbers = |name: &str| table.numbers(name).map_err(|error| error.to_string());
        let (ra, dec, mag) = match (numbers("RAJ2000"), numbers("DEJ2000"), numbers("R1mag")) {
            (Ok(ra), Ok(dec), Ok(mag)) => (ra, dec, mag),
            (ra, dec, mag) => return Some(format!("{:?}", [ra.err(), dec.err(), mag.err()])),
        };
        let ids = match table.texts("USNO-B1.0") {
            Ok(ids) => ids,
            Err(error) => return Some(error.to_string()),
        };
        if ra.len() != ROWS {
            return Some(format!("{} rows", ra.len()));
        }
        (0..ROWS)
            .find(|&row| {
                ra[row] != self.ra_deg[row]
                    || dec[row] != self.dec_deg[row]
                    || mag[row] != self.mag[row]
                    || ids[row] != self.ids[row]
            })
            .map(|row| format!("row {}: {} {} {} {}", row + 1, ids[row], ra[row], dec[row], mag[row]))
    }

    fn table(&self) -> Result<Table, String> {
        let mut table = Table::new();
        for (spec, data) in SPECS.iter().zip([
            ColumnData::Text(self.ids.clone()),
            ColumnData::F64(self.ra_deg.clone()),
            ColumnData::F64(self.dec_deg.clone()),
            ColumnData::F64(self.mag.clone()),
        ]) {
            let column =
                Column { name: spec.name.to_owned(), unit: spec.unit.to_owned(), ucd: spec.ucd.to_owned(), data };
            table.push(column).map_err(|error| error.to_string())?;
        }
        Ok(table)
    }

    /// Rows with that separator, without a header.
    pub(crate) fn rows(&self, separator: char) -> String {
        let mut text = String::new();
        for row in 0..ROWS {
            let (id, ra, dec, mag) = (&self.ids[row], self.ra_deg[row], self.dec_deg[row], self.mag[row]);
            let _ = writeln!(text, "{id}{separator}{ra:.6}{separator}{dec:.6}{separator}{mag:.2}");
        }
        text
    }

    /// VizieR's asu-tsv, with these comments before it.
    pub(crate) fn asu_tsv(&self, comments: &str) -> String {
        format!(
            "{comments}#Name: I/284/out\nUSNO-B1.0\tRAJ2000\tDEJ2000\tR1mag\n \tdeg\tdeg\tmag\n------------\t----------\t----------\t-----\n{}#END#\n",
            self.rows('\t')
        )
    }

    /// A VOTable with TABLEDATA by hand, with what else stands in its RESOURCE and in the attributes of its TABLE.
    pub(crate) fn votable(&self, resource: &str, attributes: &str) -> String {
        let mut rows = String::new();
        for row in 0..ROWS {
            let (id, ra, dec, mag) = (&self.ids[row], self.ra_deg[row], self.dec_deg[row], self.mag[row]);
            let _ = writeln!(rows, "<TR><TD>{id}</TD><TD>{ra:.6}</TD><TD>{dec:.6}</TD><TD>{mag:.2}</TD></TR>");
        }
        format!(
            "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\"><RESOURCE type=\"results\">{resource}<TABLE name=\"I/284/out\"{attributes}>\n{FIELDS}<DATA><TABLEDATA>\n{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>\n"
        )
    }

    /// Name and bytes of the catalogue in each format.
    pub(crate) fn formats(&self) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
        let (table, text) = (self.table()?, |error: sky_table::TableFileError| error.to_string());
        let mut written = vec![Vec::new(); 4];
        write_csv(&mut written[0], SPECS, &table).map_err(text)?;
        write_ecsv(&mut written[1], SPECS, &table).map_err(text)?;
        write_votable(&mut written[2], "usnob", SPECS, &table).map_err(text)?;
        write_parquet(&mut written[3], "usnob", SPECS, &table).map_err(text)?;
        let mut fits = Vec::new();
        let columns = sky_fits::columns_of(&table, SPECS).map_err(|error| error.to_string())?;
        sky_fits::write_bintable(&mut fits, "USNOB", &sky_image::Header::new(), &columns)
            .map_err(|error| error.to_string())?;
        let mut all: Vec<(&'static str, Vec<u8>)> =
            ["CSV", "ECSV", "VOTable", "Parquet"].into_iter().zip(written).collect();
        all.push(("FITS", fits));
        all.push(("asu-tsv", self.asu_tsv("").into_bytes()));
        all.push(("VOTable of TABLEDATA", self.votable("", "").into_bytes()));
        Ok(all)
    }
}

/// The FIELDs of the VOTable by hand.
pub(crate) const FIELDS: &str = "<FIELD name=\"USNO-B1.0\" datatype=\"char\" arraysize=\"*\"/><FIELD name=\"RAJ2000\" datatype=\"double\" unit=\"deg\"/><FIELD name=\"DEJ2000\" datatype=\"double\" unit=\"deg\"/><FIELD name=\"R1mag\" datatype=\"float\" unit=\"mag\"/>\n";
/// Header row of the text formats.
pub(crate) const HEADER: &str = "USNO-B1.0,RAJ2000,DEJ2000,R1mag\n";
