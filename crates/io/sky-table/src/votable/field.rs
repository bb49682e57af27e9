//! One FIELD of a VOTable.

/// How many elements a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    Scalar,
    /// As many as stated.
    Fixed(u64),
    /// As many as the cell says.
    Variable,
}

/// The datatypes of the standard and two of the wild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datatype {
    Boolean,
    Bit,
    UnsignedByte,
    Short,
    Int,
    Long,
    Char,
    UnicodeChar,
    Float,
    Double,
    FloatComplex,
    DoubleComplex,
}

impl Datatype {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" => Self::Boolean,
            "bit" => Self::Bit,
            "unsignedByte" => Self::UnsignedByte,
            "short" => Self::Short,
            "int" => Self::Int,
            "long" => Self::Long,
            "char" | "string" => Self::Char,
            "unicodeChar" | "unicodeString" => Self::UnicodeChar,
            "float" => Self::Float,
            "double" => Self::Double,
            "floatComplex" => Self::FloatComplex,
            "doubleComplex" => Self::DoubleComplex,
            _ => return None,
        })
    }

    /// Bytes of that many elements in a BINARY stream.
    pub(crate) const fn bytes(self, elements: u64) -> Option<u64> {
        let size = match self {
            Self::Bit => return Some(elements.div_ceil(8)),
            Self::Boolean | Self::UnsignedByte | Self::Char => 1,
            Self::Short | Self::UnicodeChar => 2,
            Self::Int | Self::Float => 4,
            Self::Long | Self::Double | Self::FloatComplex => 8,
            Self::DoubleComplex => 16,
        };
        elements.checked_mul(size)
    }
}

/// A column as its FIELD declares it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) datatype: Datatype,
    pub(crate) shape: Shape,
    pub(crate) unit: String,
    pub(crate) ucd: String,
    /// The value that stands for missing.
    pub(crate) null: Option<String>,
}

impl Field {
    /// Of the attributes of a FIELD; the error is what is wrong.
    pub(crate) fn of(attributes: &[(String, String)]) -> Result<Self, String> {
        let get = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let name = get("name").or_else(|| get("ID")).unwrap_or_default();
        let stated = get("datatype").unwrap_or_else(|| "char".to_owned());
        let datatype = Datatype::of(&stated).ok_or_else(|| format!("datatype {stated:?} of field {name:?}"))?;
        let shape = match get("arraysize").as_deref().map(str::trim) {
            None | Some("" | "1") => Shape::Scalar,
            Some(size) if size.ends_with('*') => Shape::Variable,
            Some(size) => {
                let product =
                    size.split('x').try_fold(1_u64, |product, axis| product.checked_mul(axis.trim().parse().ok()?));
                Shape::Fixed(product.ok_or_else(|| format!("arraysize {size:?} of field {name:?}"))?)
            }
        };
        let (unit, ucd) = (get("unit").unwrap_or_default(), get("ucd").unwrap_or_default());
        Ok(Self { name, datatype, shape, unit, ucd, null: None })
    }

    /// Whether the cells are texts by declaration.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self.datatype, Datatype::Char | Datatype::UnicodeChar)
    }

    /// Whether the cells are no texts, but have no other place than a text.
    pub(crate) fn is_kept_as_text(&self) -> bool {
        let is_complex = matches!(self.datatype, Datatype::FloatComplex | Datatype::DoubleComplex);
        is_complex || (!self.is_text() && self.shape != Shape::Scalar)
    }

    /// For messages.
    pub(crate) fn describe(&self) -> String {
        format!("{:?} cells of datatype {:?}", self.shape, self.datatype)
    }
}
