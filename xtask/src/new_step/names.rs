//! Names of steps, products and inputs, and texts with names in them.

/// One input as Rust.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) product: String,
    /// The product, an `Option` or a `Vec` of it.
    pub(super) slot: String,
}

/// Refuses what is no name of a step, product or crate.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_good) {
        return Err(format!("{name}: a name holds only a-z, 0-9 and -"));
    }
    Ok(())
}

/// Reads `frames:frame-set`, `psf:psf-model-set?`, `references:reference-catalog*`.
pub(super) fn member(text: &str) -> Result<Member, String> {
    let (name, product) = text.split_once(':').ok_or_else(|| format!("--reads {text}: expected member:product"))?;
    let plain = product.trim_end_matches(['?', '*']);
    if !products::ALL.iter().any(|entry| entry.name == plain) {
        let names: Vec<&str> = products::ALL.iter().map(|entry| entry.name).collect();
        return Err(format!("{plain} is not a product; the products are {}", names.join(", ")));
    }
    let marker = camel(plain);
    let slot = match &product[plain.len()..] {
        "" => marker.clone(),
        "?" => format!("Option<{marker}>"),
        "*" => format!("Vec<{marker}>"),
        other => return Err(format!("--reads {text}: {other} is neither ? nor *")),
    };
    Ok(Member { name: name.replace('-', "_"), product: marker, slot })
}

/// `frame-set` is `FrameSet`.
pub(super) fn camel(name: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split('-').filter(|part| !part.is_empty()).map(capital).collect()
}

/// The template with each `@word@` filled in.
pub(super) fn text_of(template: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(&format!("@{word}@"), value))
}
