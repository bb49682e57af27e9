//! The cards of a primary FITS header as bytes: read, replaced, removed, written. The stand-in must be able to write what no good writer would.

const CARD: usize = 80;
const BLOCK: usize = 2880;

/// The primary header and whatever follows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cards {
    cards: Vec<String>,
    rest: Vec<u8>,
}

impl Cards {
    /// Splits a FITS file; `None` without an END card.
    pub(crate) fn split(file: &[u8]) -> Option<Self> {
        let end = file.chunks_exact(CARD).position(|card| card.starts_with(b"END     "))?;
        let cards =
            file[..end * CARD].chunks_exact(CARD).map(|card| String::from_utf8_lossy(card).into_owned()).collect();
        let data = ((end + 1) * CARD).next_multiple_of(BLOCK);
        Some(Self { cards, rest: file.get(data..).unwrap_or_default().to_vec() })
    }

    /// A header without cards before some data.
    pub(crate) fn new(rest: Vec<u8>) -> Self {
        Self { cards: Vec::new(), rest }
    }

    /// What follows the header.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// The value of a card without quotes and blanks.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let card = self.cards.iter().find(|card| card[..8].trim_end() == key)?;
        let value = card.get(10..)?;
        Some(match value.trim_start().strip_prefix('\'') {
            Some(text) => text.split('\'').next()?.trim(),
            None => value.split('/').next()?.trim(),
        })
    }

    /// A number of the header.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.value(key)?.parse().ok()
    }

    /// Sets a card to a value in FITS spelling (texts with their quotes): in its place, or at the end.
    pub(crate) fn set(&mut self, key: &str, value: impl std::fmt::Display) {
        let value = value.to_string();
        let value = if value.starts_with('\'') { format!("{value:<20}") } else { format!("{value:>20}") };
        let card = format!("{:<80}", format!("{key:<8}= {value}"));
        match self.cards.iter_mut().find(|card| card[..8].trim_end() == key) {
            Some(old) => *old = card,
            None => self.cards.push(card),
        }
    }

    /// Removes every card whose keyword is said to go.
    pub(crate) fn remove(&mut self, goes: impl Fn(&str) -> bool) {
        self.cards.retain(|card| !goes(card[..8].trim_end()));
    }

    /// Appends another HDU.
    pub(crate) fn append(&mut self, hdu: &[u8]) {
        self.rest.extend_from_slice(hdu);
    }

    /// The file.
    pub(crate) fn join(&self) -> Vec<u8> {
        let mut file: Vec<u8> = self.cards.iter().flat_map(|card| card.bytes()).collect();
        file.extend_from_slice(format!("{:<80}", "END").as_bytes());
        file.resize(file.len().next_multiple_of(BLOCK), b' ');
        file.extend_from_slice(&self.rest);
        file
    }
}

/// An ASCII table of one column, as STScI appends it (`er.mask`).
pub(crate) fn ascii_table(name: &str, rows: usize) -> Vec<u8> {
    let values: Vec<f64> = (0..rows).map(|row| row as f64 / 1000.0).collect();
    ascii_table_of(name, &[("XI", &values)])
}

/// An ASCII table of columns of numbers of equal length, each written as F12.6.
pub(crate) fn ascii_table_of(name: &str, columns: &[(&str, &[f64])]) -> Vec<u8> {
    const WIDTH: usize = 12;
    let rows = columns.iter().map(|(_, values)| values.len()).min().unwrap_or(0);
    let mut data = Vec::with_capacity(rows * columns.len() * WIDTH);
    for row in 0..rows {
        for (_, values) in columns {
            data.extend_from_slice(format!("{:>12.6}", values[row]).as_bytes());
        }
    }
    data.resize(data.len().next_multiple_of(BLOCK), b' ');
    let mut table = Cards::new(data);
    table.set("XTENSION", "'TABLE   '");
    let width = WIDTH * columns.len();
    for (key, value) in [("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", rows), ("PCOUNT", 0), ("GCOUNT", 1)]
    {
        table.set(key, value);
    }
    table.set("TFIELDS", columns.len());
    for (index, (column, _)) in columns.iter().enumerate() {
        table.set(&format!("TTYPE{}", index + 1), format!("'{column:<8}'"));
        table.set(&format!("TBCOL{}", index + 1), 1 + WIDTH * index);
        table.set(&format!("TFORM{}", index + 1), "'F12.6   '");
    }
    table.set("EXTNAME", format!("'{name:<8}'"));
    table.join()
}
