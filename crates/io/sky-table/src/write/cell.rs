//! One cell of a text format.

use std::fmt::Write as _;

use sky_catalog::{ColumnSpec, ColumnType};

/// A value on its way into a row. Missing: a float that is not finite, `None`, an empty text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// For columns of floats.
    Float(f64),
    /// For columns of whole numbers, and of floats.
    Integer(Option<i64>),
    /// For columns of truth values.
    Bool(Option<bool>),
    /// For columns of texts.
    Text(&'a str),
}

impl Cell<'_> {
    /// Whether the column takes such a value.
    pub(crate) const fn fits(&self, spec: &ColumnSpec) -> bool {
        matches!(
            (self, spec.kind),
            (Self::Float(_), ColumnType::F64 | ColumnType::F32)
                | (
                    Self::Integer(_),
                    ColumnType::F64 | ColumnType::F32 | ColumnType::I64 | ColumnType::I32 | ColumnType::I16
                )
                | (Self::Bool(_), ColumnType::Bool)
                | (Self::Text(_), ColumnType::Text)
        )
    }

    /// Appends the value as text: fixed decimals where the column declares them, else the shortest digits that read
    /// back the same; nothing where it is missing.
    pub(crate) fn format(&self, spec: &ColumnSpec, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match *self {
            Self::Float(value) if !value.is_finite() => Ok(()),
            Self::Float(value) => match (spec.decimals, spec.kind) {
                (Some(decimals), _) => {
                    let start = out.len();
                    let written = write!(out, "{value:.*}", usize::from(decimals));
                    // No negative zero: -0.00 is 0.00.
                    if out[start..].starts_with('-')
                        && out[start + 1..].bytes().all(|byte| byte == b'0' || byte == b'.')
                    {
                        out.remove(start);
                    }
                    written
                }
                (None, ColumnType::F32) => write!(out, "{:?}", value as f32),
                (None, _) => write!(out, "{value:?}"),
            },
            Self::Integer(Some(value)) if matches!(spec.kind, ColumnType::F64 | ColumnType::F32) => {
                return Self::Float(value as f64).format(spec, out);
            }
            Self::Integer(value) => value.map_or(Ok(()), |value| write!(out, "{value}")),
            Self::Bool(value) => value.map_or(Ok(()), |value| write!(out, "{value}")),
            Self::Text(text) => out.write_str(text),
        };
    }
}
