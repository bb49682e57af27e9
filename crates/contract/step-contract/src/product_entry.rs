//! A product without its type.

use serde::Deserialize as _;

use crate::error::BrokenRule;
use crate::file_kind::FileKind;
use crate::parts::Status;
use crate::product::{AdoptedFile, Product, Unit, check_unit};
use crate::ties::Ties;

/// A product without its type, for the command's list of products.
#[derive(Clone, Copy)]
pub struct ProductEntry {
    /// Name.
    pub name: &'static str,
    /// Version.
    pub version: u32,
    /// Checked-in schema.
    pub schema: &'static str,
    /// What its files are, those of `pixel_roles` excepted.
    pub file_kind: FileKind,
    /// Roles of the files that are pixels.
    pub pixel_roles: &'static [&'static str],
    /// Payload from the units of a manifest (JSON in, JSON out).
    pub payload: fn(&serde_json::Value) -> Result<serde_json::Value, String>,
    /// Endings of the files that are taken from a folder ([`Product::ADOPTED_ENDINGS`]).
    pub adopted_endings: &'static [&'static str],
    /// Whether files of one folder may differ in nothing but their ending.
    pub adopts_twins: bool,
    /// Units (JSON) from one file that came from elsewhere.
    pub adopt: fn(&AdoptedFile) -> Result<Vec<serde_json::Value>, String>,
    /// Checks the rules of [`Product::check`] on the units of a manifest (JSON); the pointer is that of the manifest.
    pub check: fn(&serde_json::Value) -> Result<(), BrokenRule>,
    /// The schema derived from the types; the checked-in one must equal it.
    pub derived_schema: fn() -> serde_json::Value,
}

impl ProductEntry {
    /// The entry of a product.
    pub const fn of<P: Product>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            schema: P::SCHEMA,
            file_kind: P::FILE_KIND,
            pixel_roles: P::PIXEL_ROLES,
            derived_schema: crate::schema::schema_of::<P>,
            check: |units| {
                // One at a time: a manifest may hold thousands.
                let units = units.as_array().into_iter().flatten().enumerate();
                units
                    .filter_map(|(index, unit)| Some((index, Unit::<P>::deserialize(unit).ok()?)))
                    .try_for_each(|(index, unit)| check_unit(index, &unit))
            },
            payload: |units| {
                let units: Vec<Unit<P>> = serde_json::from_value(units.clone()).map_err(|error| error.to_string())?;
                serde_json::to_value(P::payload(&units)).map_err(|error| error.to_string())
            },
            adopted_endings: P::ADOPTED_ENDINGS,
            adopts_twins: P::ADOPTS_TWINS,
            adopt: |file| {
                P::adopt(file)?
                    .into_iter()
                    .map(|unit| {
                        let unit: Unit<P> = Unit {
                            unit: unit.unit,
                            status: Status::Done,
                            key: None,
                            files: Some(unit.files),
                            facts: Some(unit.facts),
                            reason: None,
                            warnings: Vec::new(),
                            ties: Ties::default(),
                        };
                        serde_json::to_value(unit).map_err(|error| error.to_string())
                    })
                    .collect()
            },
        }
    }
}

impl ProductEntry {
    /// What the file of a role is.
    pub fn kind_of(&self, role: &str) -> FileKind {
        if self.pixel_roles.contains(&role) { FileKind::Pixels } else { self.file_kind }
    }
}
