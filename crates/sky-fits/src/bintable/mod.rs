//! Binary tables (FITS standard 4.0, section 7.3).

mod layout;

pub(crate) use layout::row_layout;
