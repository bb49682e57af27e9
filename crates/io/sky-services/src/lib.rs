//! HTTP clients of sky archives with retry, cache and checksum: the only crate with a network client.
//!
//! Outside everything blocks; inside there is one current-thread runtime and one HTTP client. Each answer lies in the cache under the
//! name of its service and its sorted parameters, never under an address, with its sum beside it, so that a run can be replayed without a network.
//! A failure is a [`FetchError`] with a [`FailureKind`]; it is never an empty answer.

mod body;
mod cache;
mod check;
mod client;
mod cone;
mod cone_query;
mod effort;
mod error;
mod gunzip;
mod irsa;
mod patience;
mod request;
mod service;
mod settings;
mod skyview;
mod stsci;
mod tap;
mod transport;
mod turn;
mod vizier;
mod xmatch;

pub use body::{Body, Fetched};
pub use check::{ServiceCheck, Verdict};
pub use client::{ServiceClient, ServiceError};
pub use cone::ConeRows;
pub use cone_query::{Cone, ConeQuery, Protocol};
pub use effort::Effort;
pub use error::{FailureKind, FetchError};
pub use irsa::full_plate;
pub use request::{Request, Upload};
pub use service::Service;
pub use settings::TransferSettings;
pub use skyview::{SkyViewQuery, resampled_cutout, resampled_cutout_if};
pub use stsci::{Accept, Cutout, CutoutQuery, cutout, cutout_if};
pub use xmatch::{CrossMatchQuery, CrossMatchRows, cross_match};
