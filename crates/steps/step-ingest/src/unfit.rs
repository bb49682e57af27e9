//! Why a file is no raw frame.

use sky_camera::header::{CameraRecord, ProcessingSign, StackSign};
use sky_fits::FileHead;

/// Why a file is no raw frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It ends within its pixels.
    Short,
    /// A log of a session: its values are in the facts of the frames beside it.
    SessionLog,
    /// A stack of frames: the sign.
    Stacked(String),
    /// Bias, dark or flat are applied: the sign.
    Calibrated(String),
    /// Laid on another frame: the sign.
    Resampled(String),
    /// Eight bits a pixel: a picture, not the camera's data.
    EightBit,
    /// Values above 32767 have become negative: the smallest.
    Wrapped(i64),
    /// Written by a program that takes no frames: its name.
    Processed(String),
    /// The telescope itself put it aside.
    DeviceRejected,
    /// The same pixels as another unit.
    SamePixels(String),
}

impl Unfit {
    /// Kind of the reason.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short => "truncated",
            Self::SessionLog => "session_log",
            Self::Stacked(_) => "stacked",
            Self::Calibrated(_) => "calibrated",
            Self::Resampled(_) => "resampled",
            Self::EightBit => "eight_bit",
            Self::Wrapped(_) => "wrapped",
            Self::Processed(_) => "processed",
            Self::DeviceRejected => "device_rejected",
            Self::SamePixels(_) => "same_pixels",
        }
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short => write!(f, "the file ends within its pixels"),
            Self::SessionLog => write!(f, "a log of the session, not a frame"),
            Self::Stacked(sign) => write!(f, "a stack of frames ({sign}), never mixed with single ones"),
            Self::Calibrated(sign) => write!(f, "already calibrated ({sign}); offer the camera's own file"),
            Self::Resampled(sign) => write!(f, "already laid on another frame ({sign}); offer the camera's own file"),
            Self::EightBit => write!(f, "8 bits a pixel: a picture, not the camera's data; save 16 bits"),
            Self::Wrapped(least) => {
                write!(
                    f,
                    "values above 32767 are wrapped to negative ones (smallest {least}, no BZERO); save it as unsigned"
                )
            }
            Self::Processed(program) => {
                write!(f, "written by {program}, which takes no frames; offer the camera's own file")
            }
            Self::DeviceRejected => write!(f, "the telescope itself put it aside (its name begins with failed_)"),
            Self::SamePixels(other) => write!(f, "the same pixels as {other}, which is used"),
        }
    }
}

/// Signs of a header that it is a stack.
pub(crate) fn stack_sign(record: &CameraRecord) -> Option<String> {
    record.stack_signs.first().map(|sign| match sign {
        StackSign::Count("HISTORY", count) => format!("HISTORY: integration of {count} images"),
        StackSign::Count(keyword, count) => format!("{keyword} = {count}"),
        StackSign::Planes(planes) => format!("{planes} planes"),
        StackSign::Master => format!("type {}", record.type_word.as_deref().unwrap_or_default()),
        StackSign::Program(name) => name.clone(),
    })
}

/// Why a file is no raw frame, the weightiest first; `has_master_kind`: its kind says already that it is a stack of calibration frames,
/// whose own processing is no fault.
pub(crate) fn unfit(record: &CameraRecord, head: &FileHead, wrapped: Option<i64>, has_master_kind: bool) -> Vec<Unfit> {
    let mut found = Vec::new();
    if head.is_short {
        found.push(Unfit::Short);
    }
    if has_master_kind {
        return found;
    }
    found.extend(stack_sign(record).map(Unfit::Stacked));
    for sign in &record.processing_signs {
        match sign {
            ProcessingSign::Calibrated(words) => found.push(Unfit::Calibrated(words.clone())),
            ProcessingSign::Resampled(words) => found.push(Unfit::Resampled(words.clone())),
            ProcessingSign::Program(_) => {}
        }
    }
    if head.bitpix == 8 {
        found.push(Unfit::EightBit);
    }
    found.extend(wrapped.map(Unfit::Wrapped));
    found.extend(record.processing_signs.iter().find_map(|sign| match sign {
        ProcessingSign::Program(name) => Some(Unfit::Processed(name.clone())),
        _ => None,
    }));
    found
}
