//! Rows of a catalogue as text, to be changed and written as a user would have them.

use sky_catalog::{ColumnData, Table};

/// A catalogue's names and cells.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    names: Vec<String>,
    cells: Vec<Vec<String>>,
    ra: usize,
    dec: usize,
}

impl Rows {
    /// The rows of a table, with the columns that hold the position.
    pub(super) fn of(table: &Table, ra: &str, dec: &str) -> Result<Self, String> {
        let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
        let find = |name: &str| names.iter().position(|own| own == name).ok_or_else(|| format!("no column {name}"));
        let (ra, dec) = (find(ra)?, find(dec)?);
        let columns: Vec<Vec<String>> = table.columns().iter().map(|column| texts(&column.data)).collect();
        let cells = (0..table.n_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect();
        Ok(Self { names, cells, ra, dec })
    }

    /// None of them.
    pub(super) fn emptied(&self) -> Self {
        Self { cells: Vec::new(), ..self.clone() }
    }

    /// Those whose place (degrees) is wanted.
    pub(super) fn only(&self, wanted: impl Fn(f64, f64) -> bool) -> Self {
        let mut kept = self.clone();
        kept.cells.retain(|row| wanted(number(&row[self.ra]), number(&row[self.dec])));
        kept
    }

    /// Each at another place.
    pub(super) fn at(&self, place: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let mut moved = self.clone();
        for row in &mut moved.cells {
            let (ra, dec) = place(number(&row[self.ra]), number(&row[self.dec]));
            row[self.ra] = format!("{ra:.10}");
            row[self.dec] = format!("{dec:.10}");
        }
        moved
    }

    /// With another value in a column where the place and the number of the row ask for it.
    pub(super) fn with(&self, column: &str, value: impl Fn(usize, f64, f64) -> Option<String>) -> Self {
        let mut changed = self.clone();
        let index = self.names.iter().position(|name| name == column);
        for (number_of_row, row) in changed.cells.iter_mut().enumerate() {
            let found = value(number_of_row, number(&row[self.ra]), number(&row[self.dec]));
            if let (Some(index), Some(text)) = (index, found) {
                row[index] = text;
            }
        }
        changed
    }

    /// As CSV with that end of each line.
    pub(super) fn csv(&self, line_end: &str) -> String {
        std::iter::once(&self.names).chain(&self.cells).map(|row| row.join(",") + line_end).collect()
    }

    /// As VizieR's asu-tsv with a last comment.
    pub(super) fn asu_tsv(&self, notice: &str) -> String {
        let line = |cells: Vec<&str>| cells.join("\t") + "\n";
        let names = line(self.names.iter().map(String::as_str).collect());
        let units = line(vec![" "; self.names.len()]);
        let dashes = line(vec!["----"; self.names.len()]);
        let rows: String = self.cells.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
        format!("#Name: trial\n{names}{units}{dashes}{rows}{notice}\n#END#\n")
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn texts(data: &ColumnData) -> Vec<String> {
    let real = |value: &f64| if value.is_finite() { value.to_string() } else { String::new() };
    match data {
        ColumnData::F64(values) => values.iter().map(real).collect(),
        ColumnData::I64(values) => values.iter().map(|value| value.map_or(String::new(), |v| v.to_string())).collect(),
        ColumnData::Bool(values) => values.iter().map(|value| value.map_or(String::new(), |v| v.to_string())).collect(),
        ColumnData::Text(values) => values.clone(),
    }
}
