//! Choosing one of several tables.

use crate::{TableChoice, TableFileError};

/// The place of the chosen table among those of these names (aliases of one table in one entry).
pub(crate) fn choose(file: &str, choice: &TableChoice, names: &[Vec<String>]) -> Result<usize, TableFileError> {
    let place = match choice {
        TableChoice::Only => (names.len() == 1).then_some(0),
        TableChoice::Named(name) => {
            let exact = names.iter().position(|aliases| aliases.contains(name));
            exact.or_else(|| {
                names.iter().position(|aliases| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
            })
        }
        TableChoice::Index(index) => (*index < names.len()).then_some(*index),
    };
    place.ok_or_else(|| {
        let wanted = match choice {
            TableChoice::Only => "the only table".to_owned(),
            TableChoice::Named(name) => format!("table {name:?}"),
            TableChoice::Index(index) => format!("table number {}", index + 1),
        };
        let label = |(index, aliases): (usize, &Vec<String>)| match aliases.first() {
            Some(name) if !name.is_empty() => format!("{name:?}"),
            _ => format!("number {} without a name", index + 1),
        };
        TableFileError::WhichTable {
            file: file.to_owned(),
            wanted,
            names: names.iter().enumerate().map(label).collect(),
        }
    })
}
