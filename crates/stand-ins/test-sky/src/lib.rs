//! Scenes and assertions for tests, and what pages of figures say about their machine.

mod environment;
mod headers;
mod large_frame;
mod machine;
mod scene;

pub use environment::{real_data, tool};
pub use headers::{gunzipped, header_from_cards, header_from_json, tar_gz_members};
pub use large_frame::{LargeFrameStar, write_large_frame};
pub use machine::{commit, load, machine};
pub use scene::{gaussian_star, white_noise};

/// Asserts that two numbers differ by at most `abs`, and prints both and the reason otherwise.
#[macro_export]
macro_rules! assert_close {
    ($left:expr, $right:expr, abs = $tolerance:expr, $($why:tt)+) => {{
        let (left, right, tolerance): (f64, f64, f64) = ($left as f64, $right as f64, $tolerance as f64);
        assert!(
            (left - right).abs() <= tolerance,
            "{} = {left}, expected {right} within {tolerance} (off by {}): {}",
            stringify!($left),
            left - right,
            format_args!($($why)+)
        );
    }};
}
