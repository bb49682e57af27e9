//! The manifest envelope, products, units, identity and keys.
