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

    /// Appends another HDU, or whatever else shall stand there.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// Sets every byte behind the header to zero.
    pub(crate) fn blank(&mut self) {
        self.rest.fill(0);
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

/// An ASCII table of numbers in F6.2, as STScI appends its residual map (`xe.mask`: 1600 rows of 24 characters). Each column is name, unit, values.
pub(crate) fn ascii_table(name: &str, columns: &[(&str, &str, &[f64])]) -> Vec<u8> {
    const WIDTH: usize = 6;
    let rows = columns.first().map_or(0, |(_, _, values)| values.len());
    let mut data = Vec::with_capacity(rows * columns.len() * WIDTH);
    for row in 0..rows {
        for (_, _, values) in columns {
            data.extend_from_slice(format!("{:>6.2}", values[row]).as_bytes());
        }
    }
    data.resize(data.len().next_multiple_of(BLOCK), b' ');
    let mut table = Cards::new(data);
    table.set("XTENSION", "'TABLE   '");
    table.set("BITPIX", 8);
    table.set("NAXIS", 2);
    table.set("NAXIS1", columns.len() * WIDTH);
    table.set("NAXIS2", rows);
    table.set("PCOUNT", 0);
    table.set("GCOUNT", 1);
    table.set("TFIELDS", columns.len());
    for (index, (column, unit, _)) in columns.iter().enumerate() {
        let number = index + 1;
        table.set(&format!("TTYPE{number}"), format!("'{column:<8}'"));
        table.set(&format!("TBCOL{number}"), index * WIDTH + 1);
        table.set(&format!("TFORM{number}"), "'F6.2    '");
        table.set(&format!("TUNIT{number}"), format!("'{unit:<8}'"));
    }
    table.set("EXTNAME", format!("'{name:<8}'"));
    table.join()
}
