//! Environment variables in the values of a `.sex` file, which SExtractor expands: `$SEXHOME/default.conv`.

/// The value with its variables, `$NAME` or `${NAME}`, replaced by what `lookup` says of them. Fails on one that is not set.
pub(super) fn expanded(value: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(dollar) = rest.find('$') {
        text.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = braced.unwrap_or_else(|| {
            let end =
                rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len());
            rest.split_at(end)
        });
        match lookup(name) {
            Some(found) => text.push_str(&found),
            None => {
                return Err(format!(
                    "{value}: the environment has no {name}; set it, or write the name of the file out"
                ));
            }
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_unknown_ones_are_refused() {
        let lookup = |name: &str| (name == "SEXHOME").then(|| "/opt/sex".to_owned());
        for (value, expected) in
            [("$SEXHOME/my.conv", "/opt/sex/my.conv"), ("${SEXHOME}2/a", "/opt/sex2/a"), ("plain.conv", "plain.conv")]
        {
            assert_eq!(expanded(value, &lookup).as_deref(), Ok(expected), "{value}");
        }
        assert!(expanded("$NOWHERE/a", &lookup).expect_err("not set").contains("NOWHERE"));
    }
}
