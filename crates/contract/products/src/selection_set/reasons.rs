//! The reasons of a verdict as one cell of a table.

use crate::facts::SelectionReason;

/// The reasons in one text: `rule:value:limit`, joined by `|`; blank where a value is missing.
pub fn reasons_text(reasons: &[SelectionReason]) -> String {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let one = |reason: &SelectionReason| format!("{}:{}:{}", reason.rule, number(reason.value), number(reason.limit));
    reasons.iter().map(one).collect::<Vec<_>>().join("|")
}

/// The reasons from their text; `None` where it is none.
pub fn reasons_from(text: &str) -> Option<Vec<SelectionReason>> {
    let number = |text: &str| match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    let one = |text: &str| {
        let mut parts = text.split(':');
        let (rule, value, limit) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && !rule.is_empty();
        whole.then_some(SelectionReason { rule: rule.to_owned(), value: number(value)?, limit: number(limit)? })
    };
    if text.is_empty() { Some(Vec::new()) } else { text.split('|').map(one).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_as_they_were_written() {
        let reason = |rule: &str, value, limit| SelectionReason { rule: rule.to_owned(), value, limit };
        let reasons = vec![reason("fwhm_px", Some(3.9), Some(3.4)), reason("black", None, None)];
        let text = reasons_text(&reasons);
        assert_eq!(text, "fwhm_px:3.9:3.4|black::");
        assert_eq!(reasons_from(&text), Some(reasons));
        assert_eq!(reasons_from(""), Some(Vec::new()));
        for text in ["fwhm_px", "fwhm_px:a:", "a:1:2:3", "::", "a:1:2|"] {
            assert_eq!(reasons_from(text), None, "{text}");
        }
    }
}
