//! Tile plans: hex30, plate grid, random fields and lists.
