//! The registry of reasons: every kind of [`crate::Reason`] and of [`crate::Warning`] that a built-in step, the harness or a service
//! writes, with its meaning and how a unit ends with it. One name for one thing.

/// How a unit ends with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Nothing to do: a success.
    NoWork,
    /// Not asked for.
    Skipped,
    /// No better algorithm could do it.
    Unprocessable,
    /// What it needs is not there.
    Blocked,
    /// Failed; the same again fails again.
    Failed,
    /// Failed because of the configuration or of what is installed; where the whole step cannot begin, it ends with exit code 21.
    Configuration,
    /// Failed; the same again may succeed.
    Temporary,
    /// Failed; whether the same again may succeed depends on the case (the status of an answer; an answer or a file).
    Depends,
    /// The disk failed, and with it the step.
    Disk,
    /// The unit is done; this is a warning.
    Done,
}

impl Ends {
    /// The status in the manifest.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::NoWork => "no-work",
            Self::Skipped => "skipped",
            Self::Unprocessable => "unprocessable",
            Self::Blocked => "blocked",
            Self::Failed | Self::Configuration | Self::Temporary | Self::Depends => "failed",
            Self::Disk => "none: the step ends",
            Self::Done => "done",
        }
    }

    /// Exit codes of a step all of whose units end so (3 where another unit is done).
    pub const fn exit_codes(self) -> &'static [u8] {
        match self {
            Self::NoWork | Self::Skipped | Self::Done => &[0],
            Self::Unprocessable | Self::Blocked | Self::Failed => &[20],
            Self::Configuration => &[20, 21],
            Self::Temporary => &[75],
            Self::Depends => &[20, 75],
            Self::Disk => &[74],
        }
    }
}

/// One kind of reason or of warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonKind {
    /// Name in snake_case, as manifests have it.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How the unit ends.
    pub ends: Ends,
}

/// The kind of that name among the reasons.
pub fn reason_kind(name: &str) -> Option<&'static ReasonKind> {
    REASONS.iter().find(|kind| kind.name == name)
}

/// The kind of that name among the warnings.
pub fn warning_kind(name: &str) -> Option<&'static ReasonKind> {
    WARNINGS.iter().find(|kind| kind.name == name)
}

const fn kind(name: &'static str, ends: Ends, meaning: &'static str) -> ReasonKind {
    ReasonKind { name, meaning, ends }
}

use Ends::{Blocked, Configuration, Depends, Disk, Done, Failed, NoWork, Skipped, Temporary, Unprocessable};

/// Kinds of the reasons of units that are not done, by name.
pub static REASONS: &[ReasonKind] = &[
    kind("archive_unsound", Failed, "an archive is not one that a careful reader accepts, or does not verify"),
    kind("bad_column", Failed, "a column is there, but its values or its unit are not what it must hold"),
    kind(
        "bad_fits",
        Unprocessable,
        "a FITS file breaks the standard or its checksum, or is of a kind that is not read",
    ),
    kind("bad_input", Unprocessable, "images, masks or maps that belong together do not fit each other"),
    kind("bad_manifest", Failed, "a manifest cannot be read, or is not the one that was bound"),
    kind("bad_psf", Failed, "a PSF model cannot be used"),
    kind("bad_targets", Failed, "a list of targets cannot be used"),
    kind("blank_image", Unprocessable, "every pixel has the same value"),
    kind("blocked", Blocked, "a unit of an earlier step that it needs is not done"),
    kind(
        "broken_pixels",
        Unprocessable,
        "too many pixels of a plate are negative or clipped: no emulsion gives such values",
    ),
    kind("busy", Temporary, "the service has too much to do"),
    kind("calibrated", NoWork, "bias, dark or flat are applied to the frame already"),
    kind("columns_missing", Failed, "a table or an answer lacks columns that are needed"),
    kind("configuration", Configuration, "parameters contradict each other, the inputs or the service"),
    kind("conflict", Failed, "two manifests list one path with different sums"),
    kind("connect", Temporary, "no connection to the service could be opened"),
    kind("counts_disagree", Failed, "two counts of the same rows differ"),
    kind("device_rejected", NoWork, "the telescope itself put the frame aside"),
    kind("disconnected", Temporary, "the connection ended without a complete answer"),
    kind("disk", Disk, "the disk is full or cannot be read or written"),
    kind("eight_bit", NoWork, "the file has 8 bits a pixel: a picture, not the data of a camera"),
    kind("engine_failed", Failed, "an external program ended with an error"),
    kind("engine_output", Failed, "an external program wrote something else than it was asked for"),
    kind("engine_start", Temporary, "an external program could not be started"),
    kind("engine_time_limit", Failed, "an external program took longer than its limit"),
    kind("frame_role", Failed, "a frame has not exactly one of the roles image and raw, or not the one that is read"),
    kind("garbled", Depends, "a table cannot be read: an answer is asked for again, a file is not"),
    kind("http_error", Depends, "the service answered with another HTTP status than 200"),
    kind("input_changed", Failed, "a file has not the sum that its manifest says"),
    kind("input_discarded", Failed, "a file was removed on purpose"),
    kind("input_missing", Failed, "a file that a manifest lists is not there"),
    kind("internal", Failed, "a mistake in the program, or facts that break the contract"),
    kind("missing_tool", Configuration, "an external program is not installed, or does not tell its version"),
    kind("no_background", Unprocessable, "no part of the image is good enough for a background"),
    kind("no_coverage", NoWork, "the survey, or the folder of plates, has no image of this place"),
    kind("no_image", Unprocessable, "the file holds no two-dimensional image"),
    kind("no_light", Unprocessable, "a flat has no light once its bias or dark-flat is taken off"),
    kind("no_master", Unprocessable, "no master belongs to a frame that may not go without"),
    kind("no_memory", Failed, "the machine has no memory for it"),
    kind("no_noise", Unprocessable, "the noise of the image cannot be known"),
    kind("no_plate", Unprocessable, "the tile names no plate that can be asked for"),
    kind("no_plate_centre", Unprocessable, "a header states no centre of a plate"),
    kind("no_plates", Failed, "a folder of plates holds none"),
    kind("no_reference", Failed, "a selection keeps frames and names no reference frame"),
    kind("no_registration", Failed, "a frame of a stack was never registered, or on another reference"),
    kind("no_wcs", Unprocessable, "there is no astrometric solution that can be used"),
    kind("not_a_header", Failed, "a file is no plate header as JSON"),
    kind("not_adopted", Unprocessable, "a file that was offered cannot be read as a unit of the product"),
    kind("not_covered", NoWork, "the frame lies outside of what the catalogue covers"),
    kind("not_fits", Depends, "what should be FITS is not: an answer is asked for again, a file is not"),
    kind("not_in_cache", Failed, "the network is switched off, and the cache has no sound answer"),
    kind("not_raw", Unprocessable, "a frame of which a master is to be made is a stack or a master already"),
    kind("not_registered", NoWork, "a frame cannot be laid on the reference of its stack"),
    kind("only", Skipped, "another unit alone was asked for (--only)"),
    kind("other_extension", NoWork, "the parameters name another image of the file"),
    kind("oversize", Failed, "a file or an answer is larger than any sensible one"),
    kind("page", Failed, "a page or a plot cannot be made"),
    kind("planning", NoWork, "nothing is made while planning"),
    kind("processed", NoWork, "the file was written by a program that takes no frames"),
    kind("psf_bad_chi2", Unprocessable, "the residuals of the stars are too large for a PSF model"),
    kind("psf_degenerate_model", Unprocessable, "the stars do not determine a PSF model"),
    kind("psf_insufficient_stars", Unprocessable, "too few stars are good enough for a PSF model"),
    kind("redirect", Failed, "the service redirects where it is not followed"),
    kind("rejected", NoWork, "an earlier step left the frame out"),
    kind("resampled", NoWork, "the frame is laid on another one already"),
    kind("rows_truncated", Failed, "a table is cut off, even in small pieces"),
    kind("same_pixels", NoWork, "another unit has the same pixels"),
    kind("service_error", Failed, "the service says that it cannot answer"),
    kind("session_log", NoWork, "the file is the log of a session, or another document, and no frame"),
    kind("several_masters", Unprocessable, "several masters belong to a frame alike"),
    kind("stacked", NoWork, "the file is a stack of frames"),
    kind("stopped", Temporary, "the step was asked to stop"),
    kind("switched_off", Skipped, "the configuration does not ask for it"),
    kind("tie_failed", Blocked, "the astrometric tie to Gaia failed: positions cannot be compared with catalogues"),
    kind(
        "tie_suspect",
        Blocked,
        "survivors lie beside their own catalogue stars: the astrometric tie is wrong somewhere",
    ),
    kind("timeout", Temporary, "the service did not answer in time"),
    kind("too_few_members", NoWork, "a group has fewer members to work with than the step needs"),
    kind("truncated", Depends, "a file or an answer ends too early: an answer is asked for again, a file is not"),
    kind("unknown_detection", Failed, "a match names a detection that the source catalogue does not have"),
    kind("veto_blind", Blocked, "a veto catalogue does not see the stars of the frame: its answer is no evidence"),
    kind("within5", Failed, "separations in a match table are not those of its positions, or wider than its radius"),
    kind("wrapped", NoWork, "values above 32767 of the file are wrapped to negative ones"),
    kind("wrong_catalogue", Failed, "the catalogue that is bound is not the one that the configuration names"),
    kind("wrong_place", Temporary, "the answer is about another place"),
    kind("wrong_survey", Unprocessable, "the image is of another survey than was asked for"),
];

/// Kinds of the warnings of units that are done, by name.
pub static WARNINGS: &[ReasonKind] = &[
    kind("bad_lines", Done, "rows or columns of the image are flagged bad"),
    kind("bias_by_night", Done, "a bias is taken because it is of the frame's night: no temperature is known"),
    kind("blank", Done, "nothing on the image stands above the threshold"),
    kind("broken_pixels", Done, "some pixels of a plate are negative or clipped"),
    kind("celestial_frame", Done, "cards that name the celestial frame are missing, old or disagree"),
    kind("evidence_missing", Done, "a catalogue that the verdict needs is missing, as the configuration allows"),
    kind("few_frames", Done, "a group has too few frames for limits that rest on it"),
    kind("few_members", Done, "a master is made of fewer frames than rejection has need of"),
    kind("flat_left_out", Done, "a flat is there, but nothing takes off the level that the camera adds"),
    kind("header_card", Done, "odd header cards were left out of the output"),
    kind("header_value", Done, "a value of the header replaced a parameter"),
    kind("hires_scan", Done, "the plate was scanned finer than usual"),
    kind("isophotal_positions", Done, "the catalogue has no windowed positions: isophotal ones are used"),
    kind("local_table", Done, "something is odd about a local table"),
    kind("masked_fraction", Done, "a large part of the image is masked"),
    kind("no_bright_stars", Done, "no catalogue of bright stars is bound"),
    kind("no_cds_table", Done, "a catalogue has no table at the CDS service"),
    kind("no_epoch", Done, "no date of observation: stars stand at the epoch of their catalogue"),
    kind("no_gradient", Done, "the sky of a frame tells no gradient: it is not taken off"),
    kind("no_mask_bits", Done, "the catalogue does not say which detections are masked"),
    kind("no_rows", Done, "a catalogue has no row around the frame"),
    kind("no_wcs", Done, "there are no sky positions: the image has no astrometric solution that can be used"),
    kind("noise_correlation", Done, "too little empty sky to learn how the noise hangs together"),
    kind("noise_floor", Done, "the noise follows from counts and steps, not from the scatter of the sky"),
    kind("not_calibrated", Done, "masters are missing, as the configuration allows"),
    kind("other_plate", Done, "the image is of another plate than the plan meant"),
    kind("precision", Done, "the spacing of 32-bit floats is a large part of the noise"),
    kind("psf_chi2", Done, "the reduced chi-square of a PSF model is not near 1"),
    kind("psf_degree_lowered", Done, "a PSF model has a lower degree than was asked for"),
    kind("psf_ellipticity", Done, "a PSF model is elongated"),
    kind("psf_few_stars", Done, "fewer stars than the degree of the PSF model needs"),
    kind("psf_fwhm", Done, "the width of a PSF model is unusual"),
    kind("psf_misfit", Done, "a PSF model does not fit the stars of the image"),
    kind("psf_residual", Done, "the residuals of the stars of a PSF model are large"),
    kind("rows_without_position", Done, "rows of a catalogue without a position were left out"),
    kind("same_id", Done, "rows of a catalogue share an identifier"),
    kind("unknown_kind", Done, "the kind of a frame is not known: it is used for nothing"),
    kind("unquoted_cards", Done, "texts in the header stand without quotes"),
    kind("vector_width", Done, "a parameter asks for more values than there are apertures"),
];
