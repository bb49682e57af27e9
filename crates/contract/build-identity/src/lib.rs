//! The build string that every program links.
//!
//! Only programs depend on this crate: a library that did would be compiled again at each edit of any other.

/// Version and 12 hexadecimal digits of the SHA-256 over `Cargo.lock` and the files under `crates/`: `0.1.0+1a2b3c4d5e6f`.
pub const BUILD: &str = env!("SKYLEDGER_BUILD");

#[cfg(test)]
mod tests {
    #[test]
    fn the_build_is_the_version_and_twelve_digits() {
        let (version, digits) = super::BUILD.split_once('+').expect("a plus sign");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert!(
            digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "12 hexadecimal digits, not {digits}"
        );
    }
}
