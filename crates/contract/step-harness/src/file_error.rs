//! What reading and writing files fails with, and how it ends a unit: disk, FITS and tables become an outcome here, once for all
//! steps.

use sky_fits::{FitsError, FitsErrorKind};
use sky_table::TableFileError;
use step_contract::Reason;

use crate::ending::{ErrorEnding, OutputError};

/// A file could not be read or written. A step's error has it as one transparent member, filled by [`crate::file_errors!`].
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The harness could not write it.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A FITS file.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// A table.
    #[error(transparent)]
    Table(#[from] TableFileError),
}

impl FileError {
    /// How it ends a unit. Reasons name the file without its folder; an error of the disk ends the step.
    pub fn ending(&self) -> ErrorEnding {
        match self {
            Self::Output(error) => error.ending(),
            Self::Fits(error) => of_fits(error),
            Self::Table(error) => of_table(error),
        }
    }
}

/// How a disk that failed ends a step.
pub fn of_disk(error: &std::io::Error) -> ErrorEnding {
    ErrorEnding::Disk(Reason::new("disk", error.kind().to_string()))
}

/// How a FITS file ends a unit: one that ends too early, is something else, is too large for reader or machine, or lacks what was
/// asked for is told from one that breaks the standard, which no better algorithm could read.
pub fn of_fits(error: &FitsError) -> ErrorEnding {
    let failed = |kind: &str| failed(kind, error.without_folder());
    let unprocessable = |kind: &str| ErrorEnding::Unprocessable(Reason::new(kind, error.without_folder()));
    match &error.kind {
        FitsErrorKind::Io(source) => of_disk(source),
        FitsErrorKind::NotFits { .. } => failed("not_fits"),
        FitsErrorKind::Truncated { .. } => failed("truncated"),
        FitsErrorKind::TooLarge { .. } => failed("oversize"),
        FitsErrorKind::NoMemory { .. } => failed("no_memory"),
        FitsErrorKind::Column { .. } => failed("bad_column"),
        FitsErrorKind::NoTable { .. } => failed("garbled"),
        FitsErrorKind::NoImage { .. } => unprocessable("no_image"),
        FitsErrorKind::MaskShape { .. } => unprocessable("bad_input"),
        // It breaks the standard or its checksum, does not decode, or is of a kind that is not read.
        _ => unprocessable("bad_fits"),
    }
}

/// How a table ends a unit.
pub fn of_table(error: &TableFileError) -> ErrorEnding {
    let kind = match error {
        TableFileError::Io { source, .. } => return of_disk(source),
        TableFileError::Fits(error) => return of_fits(error),
        TableFileError::Truncated { .. } => "truncated",
        TableFileError::Service { .. } => "service_error",
        TableFileError::TooLarge { .. } => "oversize",
        TableFileError::Columns { .. } => "columns_missing",
        TableFileError::NotATable { .. }
        | TableFileError::NoTable { .. }
        | TableFileError::WhichTable { .. }
        | TableFileError::Malformed { .. }
        | TableFileError::Unsupported { .. } => "garbled",
    };
    failed(kind, without_folder(&error.to_string()))
}

fn failed(kind: &str, message: String) -> ErrorEnding {
    ErrorEnding::Failed { reason: Reason::new(kind, message), temporary: false }
}

/// The message of a reader of tables, which names the file first, without its folder.
fn without_folder(message: &str) -> String {
    match message.split_once(": ") {
        Some((path, what)) => format!("{}: {what}", path.rsplit('/').next().unwrap_or_default()),
        None => message.to_owned(),
    }
}

/// Lets `?` turn what reading and writing files fails with into the member of a step's error that holds a [`FileError`]:
/// `step_harness::file_errors!(DetectError::File);`
#[macro_export]
macro_rules! file_errors {
    ($error:ident :: $member:ident) => {
        impl From<$crate::FileError> for $error {
            fn from(error: $crate::FileError) -> Self {
                Self::$member(error)
            }
        }
        impl From<$crate::OutputError> for $error {
            fn from(error: $crate::OutputError) -> Self {
                Self::$member(error.into())
            }
        }
        impl From<$crate::reads::FitsError> for $error {
            fn from(error: $crate::reads::FitsError) -> Self {
                Self::$member(error.into())
            }
        }
        impl From<$crate::reads::TableFileError> for $error {
            fn from(error: $crate::reads::TableFileError) -> Self {
                Self::$member(error.into())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(ending: &ErrorEnding) -> (&'static str, String) {
        match ending {
            ErrorEnding::Unprocessable(reason) => ("unprocessable", reason.kind.clone()),
            ErrorEnding::Failed { reason, temporary } => {
                (if *temporary { "temporary" } else { "failed" }, reason.kind.clone())
            }
            ErrorEnding::Disk(reason) => ("disk", reason.kind.clone()),
        }
    }

    #[test]
    fn files_end_units_by_what_is_wrong_with_them() {
        let fits = |kind| FileError::from(FitsError { file: "/home/me/a.fits".to_owned(), hdu: None, kind });
        let table = |message: &str| {
            FileError::from(TableFileError::Truncated { file: "/home/me/a.csv".to_owned(), what: message.to_owned() })
        };
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        for (error, expected) in [
            (fits(FitsErrorKind::Io(full())), ("disk", "disk")),
            (fits(FitsErrorKind::Truncated { expected_bytes: 2, found_bytes: 1 }), ("failed", "truncated")),
            (fits(FitsErrorKind::Unsupported { what: "random groups".to_owned() }), ("unprocessable", "bad_fits")),
            (fits(FitsErrorKind::NoImage { found: "a table".to_owned() }), ("unprocessable", "no_image")),
            (table("half a row"), ("failed", "truncated")),
            (TableFileError::Io { file: "a.csv".to_owned(), source: full() }.into(), ("disk", "disk")),
        ] {
            let (outcome, kind) = kind_of(&error.ending());
            assert_eq!((outcome, kind.as_str()), expected, "{error}");
        }
    }

    #[test]
    fn a_reason_names_the_file_without_its_folder() {
        let error = TableFileError::Truncated { file: "/home/me/a.csv".to_owned(), what: "half a row".to_owned() };
        let ErrorEnding::Failed { reason, .. } = of_table(&error) else { panic!("it fails the unit") };
        assert!(reason.message.starts_with("a.csv: truncated"), "{}", reason.message);
    }

    #[test]
    fn every_kind_here_is_registered() {
        let fits = |kind| of_fits(&FitsError { file: "a".to_owned(), hdu: None, kind });
        let text = String::new;
        for ending in [
            fits(FitsErrorKind::NotFits { found: text() }),
            fits(FitsErrorKind::TooLarge { what: "columns", found: 2, limit: 1 }),
            fits(FitsErrorKind::NoMemory { what: "pixels", bytes: 1 }),
            fits(FitsErrorKind::Column { column: text(), found: text(), expected: text() }),
            fits(FitsErrorKind::NoTable { wanted: text(), found: text() }),
            of_table(&TableFileError::Columns { problems: Vec::new() }),
            of_table(&TableFileError::Service { file: text(), message: text() }),
        ] {
            let (outcome, kind) = kind_of(&ending);
            let registered = step_contract::reason_kind(&kind).map(|kind| kind.ends.outcome());
            assert_eq!(registered, Some(outcome), "{kind}");
        }
    }
}
