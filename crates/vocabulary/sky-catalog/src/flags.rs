//! The bits of FLAGS and FLAGS_WIN, with SExtractor's values: one registry for writers, readers and documentation.

/// The aperture photometry is likely biased by neighbours, or by more than 10 % of bad pixels in an aperture.
pub const CROWDED: u16 = 1;
/// The source was blended with another one and has been deblended.
pub const BLENDED: u16 = 2;
/// At least one pixel of the source is saturated.
pub const SATURATED: u16 = 4;
/// The isophotal footprint touches the edge of the image.
pub const TRUNCATED: u16 = 8;
/// At least one aperture reaches beyond the image.
pub const APERTURE_INCOMPLETE: u16 = 16;
/// The isophotal footprint is incomplete: it holds pixels without data.
pub const ISOPHOTE_INCOMPLETE: u16 = 32;
/// Deblending met its limit of branches; the source was left whole.
pub const DEBLENDING_LIMIT: u16 = 64;

/// Value, name and meaning of each bit of FLAGS.
pub const FLAGS_REGISTRY: &[(u16, &str, &str)] = &[
    (CROWDED, "crowded", "aperture photometry is likely biased by neighbours or by more than 10 % of bad pixels"),
    (BLENDED, "blended", "was blended with another source and has been deblended"),
    (SATURATED, "saturated", "at least one pixel is saturated"),
    (TRUNCATED, "truncated", "the isophotal footprint touches the edge of the image"),
    (APERTURE_INCOMPLETE, "aperture_incomplete", "at least one aperture reaches beyond the image"),
    (ISOPHOTE_INCOMPLETE, "isophote_incomplete", "the isophotal footprint holds pixels without data"),
    (DEBLENDING_LIMIT, "deblending_limit", "deblending met its limit of branches; the source was left whole"),
];

/// The window holds no positive flux.
pub const WINDOW_NEGATIVE_FLUX: u16 = 1;
/// A windowed second moment is negative.
pub const WINDOW_NEGATIVE_MOMENT: u16 = 2;
/// The windowed moments are those of no ellipse.
pub const WINDOW_SINGULAR: u16 = 4;
/// The windowed centroid left the source or did not settle; the isophotal position stands in its place.
pub const WINDOW_POSITION_LOST: u16 = 8;

/// Value, name and meaning of each bit of FLAGS_WIN.
pub const FLAGS_WIN_REGISTRY: &[(u16, &str, &str)] = &[
    (WINDOW_NEGATIVE_FLUX, "negative_flux", "the window holds no positive flux"),
    (WINDOW_NEGATIVE_MOMENT, "negative_moment", "a windowed second moment is negative"),
    (WINDOW_SINGULAR, "singular", "the windowed moments are those of no ellipse"),
    (
        WINDOW_POSITION_LOST,
        "position_lost",
        "the windowed centroid was lost; the isophotal position stands in its place",
    ),
];
