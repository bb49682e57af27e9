//! One `.sex` file, two programs: every measured column, the check images, dual-image mode, weights and flags beside
//! source-extractor.

mod both;
mod columns;
mod images;
mod modes;
