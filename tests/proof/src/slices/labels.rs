//! The steps of the chain on trial.

/// Labels of `workflows/vanished.toml`, in order, with their folders.
pub(super) const LABELS: [(&str, &str); 14] = [
    ("tiling", "data/tiles"),
    ("download", "data/downloads"),
    ("catalog-bright", "data/ext/bright"),
    ("mask", "data/masks"),
    ("detect-p1", "data/catalogs/p1"),
    ("psf", "data/psf"),
    ("detect-p2", "data/catalogs/p2"),
    ("catalog-gaia", "data/ext/gaia"),
    ("catalog-ps1", "data/ext/ps1"),
    ("catalog-usnob", "data/ext/usnob"),
    ("xmatch", "data/xmatch"),
    ("filter", "data/filter"),
    ("summarize", "data/summaries"),
    ("package", "artifacts"),
];
