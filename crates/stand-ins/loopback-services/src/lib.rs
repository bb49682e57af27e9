//! A local server that speaks the protocols of the real archives: STScI DSS, IRSA plate files, VizieR asu-tsv, TAP, CDS X-Match and SkyView.
//!
//! It serves a [`Sky`] on 127.0.0.1 and nowhere else, from threads of its own, and stops when it is dropped or when its life is over.
//! `skyledger demo` and the tests use it. It can also misbehave: a [`Fault`] is one of the ways in which the real services were seen to fail.
//!
//! The base address of a service is `http://127.0.0.1:<port>/<service name>`; below it the paths are those of the real service.

mod cards;
mod catalogue;
mod every_fault;
mod fault;
mod http;
mod images;
mod log;
mod plain_sky;
mod region;
mod server;
mod sim_sky;
mod sky;
mod tap;
mod vizier;
mod xmatch;

pub use fault::{Fault, Occasion};
pub use log::{LoggedRequest, RequestLog};
pub use plain_sky::{PlainSky, PlainStar};
pub use server::{LoopbackServices, SERVICES};
pub use sim_sky::{SimSky, SimSkyError};
pub use sky::{CatalogueTable, Sky};
