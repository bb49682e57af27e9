//! One column of a FITS table in memory.

use crate::FitsErrorKind;

/// The values of a column, cell after cell: `elements` values a row (one text a row).
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// L; `None` where the file holds neither T nor F.
    Logical(Vec<Option<bool>>),
    /// B, and X as its bytes.
    U8(Vec<u8>),
    /// I.
    I16(Vec<i16>),
    /// J.
    I32(Vec<i32>),
    /// K.
    I64(Vec<i64>),
    /// E; NaN is undefined.
    F32(Vec<f32>),
    /// D; NaN is undefined.
    F64(Vec<f64>),
    /// A, without trailing blanks.
    Text(Vec<String>),
    /// Not read; the text says why (variable-length arrays, complex numbers).
    Unread(String),
}

impl Values {
    /// Values in all cells together.
    pub fn len(&self) -> usize {
        match self {
            Self::Logical(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Unread(_) => 0,
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they are, for messages.
    pub(crate) fn describe(&self) -> &str {
        match self {
            Self::Logical(_) => "logicals",
            Self::U8(_) | Self::I16(_) | Self::I32(_) | Self::I64(_) => "integers",
            Self::F32(_) | Self::F64(_) => "floats",
            Self::Text(_) => "texts",
            Self::Unread(why) => why,
        }
    }
}

/// One column: name, unit, shape and values.
#[derive(Clone, Debug, PartialEq)]
pub struct BinColumn {
    /// TTYPEn.
    pub name: String,
    /// TUNITn, empty where there is none.
    pub unit: String,
    /// TUCDn, empty where there is none.
    pub ucd: String,
    /// Comment of TTYPEn: the meaning.
    pub comment: String,
    /// TDISPn, empty where there is none.
    pub display: String,
    /// TNULLn: the integer that stands for undefined.
    pub null: Option<i64>,
    /// Shape of a cell: empty is one value, `[n]` a vector, more a TDIMn (first axis fastest). Texts have none.
    pub dims: Vec<usize>,
    /// The values.
    pub values: Values,
}

impl BinColumn {
    /// A column of one value a row.
    pub fn new(name: &str, values: Values) -> Self {
        Self {
            name: name.to_owned(),
            unit: String::new(),
            ucd: String::new(),
            comment: String::new(),
            display: String::new(),
            null: None,
            dims: Vec::new(),
            values,
        }
    }

    /// The same with a unit.
    pub fn with_unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The same with a meaning.
    pub fn with_comment(mut self, comment: &str) -> Self {
        comment.clone_into(&mut self.comment);
        self
    }

    /// The same with a format for display, such as `F10.4`.
    pub fn with_display(mut self, display: &str) -> Self {
        display.clone_into(&mut self.display);
        self
    }

    /// The same with an integer that stands for undefined.
    pub const fn with_null(mut self, null: Option<i64>) -> Self {
        self.null = null;
        self
    }

    /// The same with cells of that shape, first axis fastest.
    pub fn with_dims(mut self, dims: &[usize]) -> Self {
        self.dims = dims.to_vec();
        self
    }

    /// Values a row.
    pub fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    /// All values as floats, undefined ones NaN. Fails for texts and logicals.
    pub fn numbers(&self) -> Result<Vec<f64>, FitsErrorKind> {
        match &self.values {
            Values::F32(values) => Ok(values.iter().map(|value| f64::from(*value)).collect()),
            Values::F64(values) => Ok(values.clone()),
            _ => Ok(self.integers()?.into_iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect()),
        }
    }

    /// All values as whole numbers, `None` where undefined. Fails for everything but integers.
    pub fn integers(&self) -> Result<Vec<Option<i64>>, FitsErrorKind> {
        let defined = |value: i64| (self.null != Some(value)).then_some(value);
        match &self.values {
            Values::U8(values) => Ok(values.iter().map(|value| defined(i64::from(*value))).collect()),
            Values::I16(values) => Ok(values.iter().map(|value| defined(i64::from(*value))).collect()),
            Values::I32(values) => Ok(values.iter().map(|value| defined(i64::from(*value))).collect()),
            Values::I64(values) => Ok(values.iter().map(|value| defined(*value)).collect()),
            other => Err(FitsErrorKind::column(&self.name, other.describe(), "numbers")),
        }
    }

    /// All texts. Fails for everything else.
    pub fn texts(&self) -> Result<&[String], FitsErrorKind> {
        match &self.values {
            Values::Text(values) => Ok(values),
            other => Err(FitsErrorKind::column(&self.name, other.describe(), "texts")),
        }
    }

    /// Rows, where a cell has that many elements; `None` where the values do not fill whole cells.
    pub(crate) fn rows(&self) -> Option<usize> {
        match self.values {
            Values::Text(_) => Some(self.values.len()),
            Values::Unread(_) => None,
            _ => match self.elements() {
                0 => None,
                elements => self.values.len().is_multiple_of(elements).then(|| self.values.len() / elements),
            },
        }
    }
}
