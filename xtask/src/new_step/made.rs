//! What a task wrote.

use std::path::{Path, PathBuf};

/// New files, and files that got a line.
#[derive(Debug)]
pub(super) struct Made {
    checkout: PathBuf,
    pub(super) new: Vec<String>,
    pub(super) changed: Vec<String>,
    pub(super) product_is_new: bool,
}

impl Made {
    pub(super) fn new(checkout: &Path, product_is_new: bool) -> Self {
        Self { checkout: checkout.to_owned(), new: Vec::new(), changed: Vec::new(), product_is_new }
    }

    /// Writes a file that is not there yet.
    pub(super) fn file(&mut self, name: &str, text: &str) -> Result<(), String> {
        let path = self.checkout.join(name);
        if path.exists() {
            return Err(format!("{name} is there already"));
        }
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs_err::write(&path, text).map_err(|error| error.to_string())?;
        self.new.push(name.to_owned());
        Ok(())
    }

    /// Adds a line before the first that begins with `before`.
    pub(super) fn line(&mut self, name: &str, before: &str, line: &str) -> Result<(), String> {
        let path = self.checkout.join(name);
        let text = fs_err::read_to_string(&path).map_err(|error| error.to_string())?;
        let at = text
            .find(&format!("\n{before}"))
            .ok_or_else(|| format!("{name} has no line that begins with {before:?}"))?;
        let (head, tail) = text.split_at(at + 1);
        fs_err::write(&path, format!("{head}{line}{tail}")).map_err(|error| error.to_string())?;
        if !self.changed.iter().any(|known| known == name) {
            self.changed.push(name.to_owned());
            self.changed.sort();
        }
        Ok(())
    }
}
