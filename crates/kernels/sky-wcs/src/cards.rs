//! Reading numbers and names from header cards, with errors that name the card.

use sky_image::{CardValue, Header};

use crate::error::WcsError;

/// The finite number of a card, `None` where the card is absent.
pub(crate) fn optional_number(header: &Header, keyword: &str) -> Result<Option<f64>, WcsError> {
    match header.get(keyword) {
        None | Some(CardValue::None) => Ok(None),
        Some(value) => match header.number(keyword).filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(WcsError::BadValue {
                keyword: keyword.to_owned(),
                found: shown(value),
                expected: "a finite number",
            }),
        },
    }
}

/// The finite number of a card that must be there.
pub(crate) fn number(header: &Header, keyword: &str, needed_by: &'static str) -> Result<f64, WcsError> {
    optional_number(header, keyword)?.ok_or_else(|| WcsError::Missing { keyword: keyword.to_owned(), needed_by })
}

/// The text of a card, `None` where it is absent or blank.
pub(crate) fn text<'a>(header: &'a Header, keyword: &str) -> Option<&'a str> {
    header.text(keyword).filter(|text| !text.is_empty())
}

/// A card's value for an error message.
pub(crate) fn shown(value: &CardValue) -> String {
    match value {
        CardValue::Logical(value) => if *value { "T" } else { "F" }.to_owned(),
        CardValue::Integer(value) => value.to_string(),
        CardValue::Real(value) => value.to_string(),
        CardValue::Text(value) => format!("\"{value}\""),
        CardValue::None => "empty".to_owned(),
    }
}
