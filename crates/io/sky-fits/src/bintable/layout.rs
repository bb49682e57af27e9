//! Where the cells of a row lie: TFORMn.

use sky_image::Header;

use crate::FitsErrorKind;

/// The type of the elements of a column: the letter of TFORMn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementCode {
    Logical,
    Bit,
    Byte,
    Short,
    Int,
    Long,
    Character,
    Float,
    Double,
    Complex,
    DoubleComplex,
}

impl ElementCode {
    const fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'L' => Self::Logical,
            'X' => Self::Bit,
            'B' => Self::Byte,
            'I' => Self::Short,
            'J' => Self::Int,
            'K' => Self::Long,
            'A' => Self::Character,
            'E' => Self::Float,
            'D' => Self::Double,
            'C' => Self::Complex,
            'M' => Self::DoubleComplex,
            _ => return None,
        })
    }

    /// Bytes of that many elements.
    const fn bytes(self, elements: u64) -> Option<u64> {
        let size = match self {
            Self::Bit => return Some(elements.div_ceil(8)),
            Self::Logical | Self::Byte | Self::Character => 1,
            Self::Short => 2,
            Self::Int | Self::Float => 4,
            Self::Long | Self::Double | Self::Complex => 8,
            Self::DoubleComplex => 16,
        };
        elements.checked_mul(size)
    }
}

/// How the descriptor of a variable-length cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    /// P: two 32-bit integers.
    Narrow,
    /// Q: two 64-bit integers.
    Wide,
}

/// One column of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// TTYPEn, empty where there is none.
    pub(crate) name: String,
    /// Type of the elements.
    pub(crate) code: ElementCode,
    /// Elements of a cell (for a descriptor 0 or 1 of them).
    pub(crate) repeat: usize,
    /// First byte in the row.
    pub(crate) offset: usize,
    /// Bytes in the row.
    pub(crate) bytes: usize,
    /// Set where the cell is a descriptor of elements in the heap.
    pub(crate) descriptor: Option<Descriptor>,
}

impl Field {
    /// First byte in the heap and number of bytes that the descriptor in this row names; `None` where the column has none.
    pub(crate) fn descriptor_bytes(&self, row: &[u8]) -> Option<(u64, u64)> {
        let cell = row.get(self.offset..self.offset + self.bytes)?;
        let (elements, offset) = match (self.descriptor?, cell.len()) {
            (Descriptor::Narrow, 8) => (
                u64::from(u32::from_be_bytes(cell[..4].try_into().ok()?)),
                u64::from(u32::from_be_bytes(cell[4..].try_into().ok()?)),
            ),
            (Descriptor::Wide, 16) => {
                (u64::from_be_bytes(cell[..8].try_into().ok()?), u64::from_be_bytes(cell[8..].try_into().ok()?))
            }
            _ => return None,
        };
        Some((offset, self.code.bytes(elements).unwrap_or(u64::MAX)))
    }

    /// Writes another first byte in the heap into the descriptor of this row. The offset is one that its width holds.
    pub(crate) fn set_heap_offset(&self, row: &mut [u8], offset: u64) {
        let Some(cell) = row.get_mut(self.offset..self.offset + self.bytes) else { return };
        match (self.descriptor, cell.len()) {
            (Some(Descriptor::Narrow), 8) => cell[4..].copy_from_slice(&(offset as u32).to_be_bytes()),
            (Some(Descriptor::Wide), 16) => cell[8..].copy_from_slice(&offset.to_be_bytes()),
            _ => {}
        }
    }
}

/// The fields of a row and how many bytes they take together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowLayout {
    pub(crate) fields: Vec<Field>,
    pub(crate) row_bytes: u64,
}

/// Reads TFORM1 to TFORMn.
pub(crate) fn row_layout(header: &Header, columns: usize) -> Result<RowLayout, FitsErrorKind> {
    let mut offset = 0_u64;
    let fields = (1..=columns)
        .map(|number| {
            let keyword = format!("TFORM{number}");
            let form = header.text(&keyword).unwrap_or_default();
            let refuse =
                || FitsErrorKind::header(&keyword, format!("{form:?}"), "a count and one of L X B I J K A E D C M P Q");
            let (repeat, code, descriptor) = parse_form(form).ok_or_else(refuse)?;
            let bytes = match descriptor {
                Some(Descriptor::Narrow) => repeat.checked_mul(8),
                Some(Descriptor::Wide) => repeat.checked_mul(16),
                None => code.bytes(repeat),
            };
            let bytes = bytes.filter(|bytes| *bytes < 1 << 40).ok_or_else(refuse)?;
            let name = header.text(&format!("TTYPE{number}")).unwrap_or_default().to_owned();
            let field = Field {
                name,
                code,
                repeat: repeat as usize,
                offset: offset as usize,
                bytes: bytes as usize,
                descriptor,
            };
            offset += bytes;
            Ok(field)
        })
        .collect::<Result<Vec<_>, FitsErrorKind>>()?;
    Ok(RowLayout { fields, row_bytes: offset })
}

fn parse_form(form: &str) -> Option<(u64, ElementCode, Option<Descriptor>)> {
    let digits = form.find(|symbol: char| !symbol.is_ascii_digit())?;
    let repeat = if digits == 0 { 1 } else { form[..digits].parse().ok()? };
    let mut letters = form[digits..].chars();
    let descriptor = match letters.next()? {
        'P' => Some(Descriptor::Narrow),
        'Q' => Some(Descriptor::Wide),
        letter => return Some((repeat, ElementCode::of(letter)?, None)),
    };
    (repeat <= 1).then_some((repeat, ElementCode::of(letters.next()?)?, descriptor))
}
