//! Products by content, shared by all runs: `<root>/data/library/<product>/<content key>/`, each with a manifest of its own.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use step_contract::{Input, Product, read_input};

use crate::atomic::write_atomic;
use crate::finish::write_manifest;
use crate::output::OutputError;
use crate::session::{Session, unit_json};
use crate::unit_files::UnitFiles;

/// Run id of what lies in the library.
const RUN_ID: &str = "library";

/// The library of one product.
#[derive(Clone, Debug)]
pub struct Library<P: Product> {
    session: Arc<Session>,
    product: PhantomData<P>,
}

impl<P: Product> Library<P> {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, product: PhantomData }
    }

    /// The product of that content: the one in the library where it is whole, else made by `make`, which writes its files and returns its
    /// facts. `content_key` says what it is made of (a sum over the sums of its inputs and the parameters; a file-safe text): its one unit has
    /// that id. Two runs that ask at the same time make it once. List its files with [`UnitFiles::refer`].
    pub fn get_or_make<E: From<OutputError>>(
        &self,
        content_key: &str,
        make: impl FnOnce(&mut UnitFiles) -> Result<P::Facts, E>,
    ) -> Result<Input<P>, E> {
        let folder = self.session.library.join(P::NAME).join(content_key);
        let at = |source: std::io::Error| E::from(OutputError { path: folder.clone(), source });
        if !step_contract::is_unit_id(content_key) {
            return Err(at(std::io::Error::other("a content key has only letters, digits and . _ + -")));
        }
        fs_err::create_dir_all(&folder).map_err(at)?;
        let lock =
            fs_err::File::options().create(true).truncate(false).write(true).open(folder.join(crate::lock::LOCK_FILE));
        let lock = lock.map_err(at)?.into_parts().0;
        lock.lock().map_err(at)?;
        let manifest = folder.join("manifest.json");
        if let Some(found) = self.whole(&manifest) {
            tracing::debug!(folder = %folder.display(), "found in the library");
            return Ok(found);
        }
        let mut files = UnitFiles::new(Arc::clone(&self.session), folder.clone(), content_key);
        let facts = make(&mut files)?;
        self.describe(&folder, &manifest, &files, facts).map_err(at)?;
        read_input::<P>(&manifest, "library", 0).map_err(|error| at(std::io::Error::other(error)))
    }

    fn whole(&self, manifest: &Path) -> Option<Input<P>> {
        let found = read_input::<P>(manifest, "library", 0).ok()?;
        let ids: Vec<String> = found.units().map(|unit| unit.id().to_owned()).collect();
        let whole = ids.iter().filter_map(|id| found.unit(id)?.files.as_ref()).all(|files| {
            use step_contract::FileSet as _;
            files
                .entries()
                .iter()
                .all(|(_, entry)| self.session.sums.holds(&found.path_of(entry), entry.bytes, &entry.sha256))
        });
        whole.then_some(found)
    }

    fn describe(&self, folder: &Path, manifest: &Path, files: &UnitFiles, facts: P::Facts) -> std::io::Result<PathBuf> {
        let base = &self.session.base;
        let facts = serde_json::to_value(facts)?;
        let listed = serde_json::to_value(&files.entries)?;
        let unit =
            unit_json(&files.unit, step_contract::Status::Done, None, Some((listed, facts)), None, &files.warnings);
        let typed = serde_json::from_value(unit.clone())?;
        let value = json!({
            "product": {"name": P::NAME, "version": P::VERSION}, "run_id": RUN_ID, "step": base.step, "label": base.step,
            "build": base.build, "engine": base.engine, "config": base.config, "reads": [], "units": [unit],
            "payload": P::payload(&[typed]), "execution": {},
        });
        step_contract::check_manifest(manifest, &value, P::NAME, P::VERSION, P::SCHEMA)
            .map_err(std::io::Error::other)?;
        write_atomic(manifest, |writer| write_manifest(&value, writer))?;
        Ok(folder.to_owned())
    }
}
