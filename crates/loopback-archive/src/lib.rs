//! A local server that speaks the protocols of the real archives.
