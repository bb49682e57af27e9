//! HTTP clients of sky archives with retry, cache and checksum.
