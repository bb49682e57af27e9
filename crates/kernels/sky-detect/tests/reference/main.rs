//! Our sources against source-extractor's and against the truth.

mod columns;
mod comparison;
mod images;
mod truth;
