//! What a file of a product is for whoever packs or shows it.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Rows.
    Table,
    /// A fitted model.
    Model,
    /// A page or a picture for people.
    Page,
    /// Pixels: bulky, and made again from what is listed.
    Pixels,
}
