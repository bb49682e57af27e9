//! The keys of SExtractor that need no code.

/// Keys that change nothing here: names of outputs, sizes of buffers, what is bound by `--read` (PSF_NAME), and what only columns
/// need that are refused by name (ASSOC, SOM).
pub(super) const WITHOUT_EFFECT: &[&str] = &[
    "ASSOCCOORD_TYPE",
    "ASSOCSELEC_TYPE",
    "ASSOC_DATA",
    "ASSOC_NAME",
    "ASSOC_PARAMS",
    "ASSOC_RADIUS",
    "ASSOC_TYPE",
    "BACK_VALUE",
    "CATALOG_NAME",
    "CATALOG_TYPE",
    "CHECKIMAGE_NAME",
    "DGEO_IMAGE",
    "FILTER_THRESH_TYPE",
    "HEADER_SUFFIX",
    "HEADER_TYPE",
    "INTERP_MAXXLAG",
    "INTERP_MAXYLAG",
    "INTERP_TYPE",
    "MEMORY_BUFSIZE",
    "MEMORY_OBJSTACK",
    "MEMORY_PIXSTACK",
    "NTHREADS",
    "PATTERN_TYPE",
    "PSF_NAME",
    "PSF_NMAX",
    "SOM_NAME",
    "VERBOSE_TYPE",
    "WEIGHT_GAIN",
    "WEIGHT_IMAGE",
    "WRITE_XML",
    "XML_NAME",
    "XSL_URL",
];

/// Keys of which one setting is offered.
pub(super) const FIXED: &[(&str, &[&str])] = &[
    ("ANALYSIS_TYPE", &["CCD"]),
    ("BACK_TYPE", &["AUTO"]),
    ("DETECT_MAXAREA", &["0"]),
    ("DGEO_TYPE", &["NONE"]),
    ("FILTER_THRESH", &[""]),
    ("FITS_UNSIGNED", &["N"]),
    ("PHOT_AUTOAPERS", &["0.0,0.0", "0,0"]),
    ("RESCALE_WEIGHTS", &["Y"]),
    ("THRESH_TYPE", &["RELATIVE"]),
];
