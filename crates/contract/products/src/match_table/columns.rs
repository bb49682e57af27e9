//! Columns of the four tables of a cross-match.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{Bool, F64, I32, Text};

const NUMBER: ColumnSpec =
    ColumnSpec::new("number", I32, "", "meta.id", "NUMBER of the detection in its source catalogue");
const REFERENCE: ColumnSpec =
    ColumnSpec::new("reference", Text, "", "meta.id;meta.table", "reference catalogue: gaia, ps1, usnob ...");
const DET_RA: ColumnSpec = ColumnSpec::new(
    "det_ra_deg",
    F64,
    "deg",
    "pos.eq.ra",
    "right ascension of the detection, tied to the reference frame where the tie is ok",
)
.with_decimals(9);
const DET_DEC: ColumnSpec =
    ColumnSpec::new("det_dec_deg", F64, "deg", "pos.eq.dec", "declination of the detection, tied likewise")
        .with_decimals(9);
const DET_RA_HEADER: ColumnSpec = ColumnSpec::new(
    "det_ra_header_deg",
    F64,
    "deg",
    "pos.eq.ra",
    "right ascension by the astrometric solution of the header",
)
.with_decimals(9);
const DET_DEC_HEADER: ColumnSpec = ColumnSpec::new(
    "det_dec_header_deg",
    F64,
    "deg",
    "pos.eq.dec",
    "declination by the astrometric solution of the header",
)
.with_decimals(9);
const REFERENCE_ID: ColumnSpec =
    ColumnSpec::new("reference_id", Text, "", "meta.id.cross", "identifier in the reference catalogue");
const REF_RA: ColumnSpec = ColumnSpec::new(
    "ref_ra_deg",
    F64,
    "deg",
    "pos.eq.ra",
    "right ascension of the reference where it was matched: carried to the epoch of the plate, or as its catalogue has it (matched_at)",
)
.with_decimals(9);
const REF_DEC: ColumnSpec =
    ColumnSpec::new("ref_dec_deg", F64, "deg", "pos.eq.dec", "declination of the reference, likewise").with_decimals(9);
const REF_MAG: ColumnSpec = ColumnSpec::new("ref_mag", F64, "mag", "phot.mag", "magnitude of the reference");

/// `<tile>_xmatch.csv`: every pair within the radius.
pub const XMATCH: &[ColumnSpec] = &[
    NUMBER,
    REFERENCE,
    REFERENCE_ID,
    ColumnSpec::new(
        "separation_arcsec",
        F64,
        "arcsec",
        "pos.angDistance",
        "great-circle separation of the two positions of this row",
    )
    .with_decimals(5),
    ColumnSpec::new(
        "best1",
        Bool,
        "",
        "meta.code",
        "the nearest reference of this catalogue for this detection; a tie goes to the smaller id",
    ),
    DET_RA,
    DET_DEC,
    DET_RA_HEADER,
    DET_DEC_HEADER,
    REF_RA,
    REF_DEC,
    REF_MAG,
    ColumnSpec::new(
        "matched_at",
        Text,
        "",
        "meta.code",
        "epoch: carried by its motion; catalogue: as it stands there (no motion, or one that is not believed); both: at either; motion: only if its motion were believed, counts nowhere",
    ),
];

/// `<tile>_local.csv` and `<tile>_cdss.csv`: one row for each detection and reference without a pair.
pub const UNMATCHED: &[ColumnSpec] = &[NUMBER, REFERENCE, DET_RA, DET_DEC, DET_RA_HEADER, DET_DEC_HEADER];

/// `<tile>_refonly.csv`: references without a detection.
pub const REFERENCE_ONLY: &[ColumnSpec] = &[REFERENCE, REFERENCE_ID, REF_RA, REF_DEC, REF_MAG];
