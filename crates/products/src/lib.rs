//! The typed products, their schemas and their columns.
