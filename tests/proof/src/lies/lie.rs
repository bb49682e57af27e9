//! One lie about a field.

use std::collections::BTreeMap;

use super::rows::Rows;

/// One lie.
pub(super) struct Lie {
    pub(super) name: String,
    /// Tables in place of the sound ones, with the ending of their file.
    pub(super) tables: BTreeMap<&'static str, (String, &'static str)>,
    /// Another image.
    pub(super) image: Option<Vec<u8>>,
    /// Settings of filter.
    pub(super) settings: Vec<String>,
    /// Whether it must change nothing at all.
    pub(super) is_harmless: bool,
}

impl Lie {
    pub(super) fn of(name: &str, tables: &[(&'static str, Rows)]) -> Self {
        let tables = tables.iter().map(|(catalog, rows)| (*catalog, (rows.csv("\n"), "csv"))).collect();
        Self { name: name.to_owned(), tables, image: None, settings: Vec::new(), is_harmless: false }
    }

    pub(super) fn text(name: &str, catalog: &'static str, table: String, ending: &'static str) -> Self {
        Self { tables: [(catalog, (table, ending))].into(), ..Self::of(name, &[]) }
    }

    pub(super) fn image(name: String, image: Vec<u8>) -> Self {
        Self { image: Some(image), ..Self::of(&name, &[]) }
    }
}
