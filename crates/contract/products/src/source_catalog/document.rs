//! The columns of a source catalogue as a page of documentation.

use std::fmt::Write as _;

use sky_catalog::ColumnType;
use sky_catalog::flags::{FLAGS_REGISTRY, FLAGS_WIN_REGISTRY};

use super::columns::{
    CLASSIFIER_COLUMN, PETROSIAN_COLUMNS, PSF_COLUMNS, SKY_COLUMNS, SOURCE_COLUMNS, Shape, SourceColumn, is_on_demand,
};

/// The page docs/columns.md: every column of the registry, and the bits of the flags.
pub fn columns_page() -> String {
    let mut page = String::from(
        "# Columns of a source catalogue\n\n\
         Written by `cargo xtask schemas` from the registry in `crates/contract/products`; do not edit.\n\n\
         Names, types and units are SExtractor's; columns marked (ours) are not in SExtractor. Positions are 1-based. A\n\
         magnitude without positive flux is 99, and so is its error; FLAGS_PSF of a source without fit is -1; in VIGNET -1e30\n\
         stands where there is no pixel or a neighbour's; all else that is missing is NaN. Column *when*: `always`; `sky`: the\n\
         image has a celestial solution; `psf`: a PSF model was given; `asked`: only where the configuration's `columns` or a\n\
         `.param` file names it; `network`: with a `.nnw` file.\n\n\
         | column | type | unit | UCD | when | meaning |\n|---|---|---|---|---|---|\n",
    );
    for column in SOURCE_COLUMNS {
        let spec = column.spec;
        // A text in memory never fails to grow.
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            spec.name,
            kind(column),
            spec.unit.replace('*', "\\*"),
            spec.ucd,
            when(column),
            spec.meaning.replace('|', "\\|")
        );
    }
    for (title, registry) in [("FLAGS", FLAGS_REGISTRY), ("FLAGS_WIN", FLAGS_WIN_REGISTRY)] {
        let _ = write!(page, "\n## Bits of {title}\n\n| bit | name | meaning |\n|---|---|---|\n");
        for (bit, name, meaning) in registry {
            let _ = writeln!(page, "| {bit} | `{name}` | {meaning} |");
        }
    }
    page
}

fn kind(column: &SourceColumn) -> String {
    let one = match column.spec.kind {
        ColumnType::F64 => "float64",
        ColumnType::F32 => "float32",
        ColumnType::I64 => "int64",
        ColumnType::I32 => "int32",
        ColumnType::I16 => "int16",
        ColumnType::Bool => "bool",
        ColumnType::Text => "text",
    };
    match column.shape {
        Shape::Scalar => one.to_owned(),
        Shape::Apertures => format!("{one} x apertures"),
        Shape::LightFractions => format!("{one} x fractions"),
        Shape::Vignet => format!("{one} x width x height"),
    }
}

fn when(column: &SourceColumn) -> String {
    let name = column.spec.name;
    let mut needs = Vec::new();
    if SKY_COLUMNS.contains(&name) {
        needs.push("sky");
    }
    if PSF_COLUMNS.contains(&name) {
        needs.push("psf");
    }
    if name == CLASSIFIER_COLUMN {
        needs.push("network");
    }
    if is_on_demand(column) || PETROSIAN_COLUMNS.contains(&name) || name == "VIGNET" {
        needs.push("asked");
    }
    if needs.is_empty() { "always".to_owned() } else { needs.join(", ") }
}
