//! A `skyledger` that notes each of its calls, with node and exit code, and can end one of them with a code of its own.

use std::path::{Path, PathBuf};

use crate::Bench;

/// The noting program.
pub(super) struct Wrapper {
    pub(super) program: PathBuf,
    notes: PathBuf,
    armed: PathBuf,
}

/// One call that ended.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Shard `i/n`, or the first word.
    pub(super) what: String,
    pub(super) node: String,
    pub(super) code: i32,
}

impl Wrapper {
    /// Lies in a new folder.
    pub(super) fn new(bench: &Bench, name: &str) -> Result<Self, String> {
        let folder = bench.folder(&format!("cluster-{name}-bin")).map_err(|error| error.to_string())?;
        let (program, notes, armed) = (folder.join("skyledger"), folder.join("calls"), folder.join("armed"));
        let text = format!(
            "#!/bin/sh\n\
             what=$1; before=\n\
             for word; do [ \"$before\" = --shard ] && what=$word; before=$word; done\n\
             if [ -f '{armed}/'\"$(echo \"$what\" | tr / -)\" ]; then\n\
             \x20   code=$(cat '{armed}/'\"$(echo \"$what\" | tr / -)\"); rm '{armed}/'\"$(echo \"$what\" | tr / -)\"\n\
             else\n\
             \x20   code=0; '{real}' \"$@\" || code=$?\n\
             fi\n\
             echo \"$what ${{SLURMD_NODENAME:-here}} $code\" >>'{notes}'\n\
             exit \"$code\"\n",
            armed = armed.display(),
            real = bench.skyledger().display(),
            notes = notes.display(),
        );
        fs_err::create_dir(&armed).map_err(|error| error.to_string())?;
        fs_err::write(&program, text).map_err(|error| error.to_string())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o755);
            fs_err::set_permissions(&program, mode).map_err(|error| error.to_string())?;
        }
        Ok(Self { program, notes, armed })
    }

    /// The next call of a shard ends with that code and does nothing.
    pub(super) fn arm(&self, shard: &str, code: i32) -> Result<(), String> {
        let file: PathBuf = self.armed.join(shard.replace('/', "-"));
        fs_err::write(file, code.to_string()).map_err(|error| error.to_string())
    }

    /// What was called and ended.
    pub(super) fn calls(&self) -> Vec<Call> {
        let text = std::fs::read_to_string(Path::new(&self.notes)).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let mut words = line.split(' ');
                let (what, node, code) = (words.next()?, words.next()?, words.next()?);
                Some(Call { what: what.to_owned(), node: node.to_owned(), code: code.parse().ok()? })
            })
            .collect()
    }

    /// The exit codes of one shard (or of `merge`), in order.
    pub(super) fn codes(&self, what: &str) -> Vec<i32> {
        self.calls().iter().filter(|call| call.what == what).map(|call| call.code).collect()
    }
}
