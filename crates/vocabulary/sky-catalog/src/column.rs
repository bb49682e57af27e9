//! What a column is: declared once, used by writers, readers, validators and documentation.

/// The type of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit float; missing is NaN in memory.
    F64,
    /// 32-bit float; missing is NaN in memory.
    F32,
    /// 64-bit integer (Gaia `source_id`, PS1 `objID` fit).
    I64,
    /// 32-bit integer.
    I32,
    /// 16-bit integer (flags).
    I16,
    /// true or false.
    Bool,
    /// Text; missing is empty.
    Text,
}

/// Name, type, unit, UCD and meaning of a column. These never change once published; columns may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name: `[A-Za-z_][A-Za-z0-9_]*`.
    pub name: &'static str,
    /// Type of the values.
    pub kind: ColumnType,
    /// Unit in FITS/VOUnit spelling, empty where there is none.
    pub unit: &'static str,
    /// Unified content descriptor (UCD1+), empty where none fits.
    pub ucd: &'static str,
    /// Meaning in one sentence.
    pub meaning: &'static str,
    /// Digits after the point in text formats; `None` writes the shortest form that reads back the same.
    pub decimals: Option<u8>,
}

impl ColumnSpec {
    /// A column written with the shortest digits.
    pub const fn new(
        name: &'static str,
        kind: ColumnType,
        unit: &'static str,
        ucd: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, kind, unit, ucd, meaning, decimals: None }
    }

    /// The same with a fixed number of digits after the point in text formats.
    pub const fn with_decimals(mut self, decimals: u8) -> Self {
        self.decimals = Some(decimals);
        self
    }
}
