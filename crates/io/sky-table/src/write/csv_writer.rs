//! CSV: a header row, `\n` at the end of lines, quotes only where they are needed, missing is blank.

use std::io::Write;

use sky_catalog::{ColumnSpec, Table};

use super::{Cell, Rows};
use crate::TableFileError;

/// Writes CSV row by row. Call [`Self::finish`] at the end: without it the last rows may be lost.
pub struct CsvWriter<W: Write> {
    writer: csv::Writer<W>,
    specs: Vec<ColumnSpec>,
    buffer: String,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header row.
    pub fn new(writer: W, specs: &[ColumnSpec]) -> Result<Self, TableFileError> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(specs.iter().map(|spec| spec.name)).map_err(output)?;
        Ok(Self { writer, specs: specs.to_vec(), buffer: String::new() })
    }

    /// Writes one row. Fails where the cells are not one for each column, or of another type.
    pub fn write_row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableFileError> {
        if cells.len() != self.specs.len() {
            let problems = vec![format!("{} cells for {} columns", cells.len(), self.specs.len())];
            return Err(TableFileError::Columns { problems });
        }
        if let Some((cell, spec)) = cells.iter().zip(&self.specs).find(|(cell, spec)| !cell.fits(spec)) {
            let problems = vec![format!("column {} of {:?} cannot take {cell:?}", spec.name, spec.kind)];
            return Err(TableFileError::Columns { problems });
        }
        for (cell, spec) in cells.iter().zip(&self.specs) {
            self.buffer.clear();
            cell.format(spec, &mut self.buffer);
            self.writer.write_field(&self.buffer).map_err(output)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(output)
    }

    /// Writes what is left and gives the writer back.
    pub fn finish(self) -> Result<W, TableFileError> {
        self.writer.into_inner().map_err(|error| TableFileError::output(error.into_error()))
    }
}

/// Writes the declared columns of a table as CSV.
pub fn write_csv(writer: &mut impl Write, specs: &[ColumnSpec], table: &Table) -> Result<(), TableFileError> {
    let rows = Rows::new(specs, table)?;
    let mut csv = CsvWriter::new(writer, specs)?;
    let mut cells = Vec::with_capacity(specs.len());
    for row in 0..rows.count {
        cells.clear();
        cells.extend((0..specs.len()).map(|column| rows.cell(row, column)));
        csv.write_row(&cells)?;
    }
    csv.finish().map(|_| ())
}

fn output(error: csv::Error) -> TableFileError {
    TableFileError::output(error.into())
}
