//! Tile plans: which squares of the sky a survey looks at.
//!
//! A tile is a square (or rectangle) on the plane that touches the sky at its centre, with north up. Four modes make
//! tiles: [`Mode::Hex30`] covers discs around targets, [`Mode::List`] puts one tile on each target, [`Mode::Random`]
//! draws fields uniformly from the sphere, and [`Mode::PlateGrid`] follows the rule of the vasco60 plan on survey plates.
//! Everything is a function of its arguments; the same plan comes out whatever the order of threads or the locale.

mod bounds;
mod coverage;
mod hex;
mod params;
mod plan;
mod plate_grid;
mod random;
mod size;
mod target;
mod tile;

pub use bounds::Bounds;
pub use params::{Mode, TilingParams};
pub use plan::{Plan, TilingError, one_tile_each, plan};
pub use plate_grid::PlateCentre;
pub use size::{TileSize, TileSizeError};
pub use target::Target;
pub use tile::{Placement, Tile, tile_id};
