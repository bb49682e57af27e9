//! Whether an image is of the survey that was asked for.

use sky_image::Header;

use crate::config::Survey;

/// The rule by which a header was accepted: `survey`, or `region` where SURVEY is absent. An error says what the header holds instead.
pub(crate) fn accepted_by(header: &Header, survey: Survey) -> Result<&'static str, String> {
    let text = |keyword| header.text(keyword).filter(|text| !text.is_empty());
    match (text("SURVEY"), text("REGION")) {
        // mark: survey-of-the-image
        (Some(found), _) if found == survey.header_name() => Ok("survey"),
        (Some(found), _) => Err(format!("SURVEY is {found:?}, expected {:?}", survey.header_name())),
        (None, Some(region)) if is_region(region, survey) => Ok("region"),
        (None, Some(region)) => Err(format!(
            "SURVEY is absent and REGION is {region:?}, expected {} and three digits",
            survey.region_stem()
        )),
        (None, None) => Err(format!("SURVEY and REGION are absent, expected SURVEY {:?}", survey.header_name())),
    }
}

/// Whether a text is the name of a plate of the survey: `XE486`.
pub(crate) fn is_region(text: &str, survey: Survey) -> bool {
    text.strip_prefix(survey.region_stem())
        .is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use sky_image::CardValue;

    use super::*;

    fn header(cards: &[(&str, &str)]) -> Header {
        let mut header = Header::new();
        for (keyword, value) in cards {
            header.push(keyword, CardValue::Text((*value).to_owned()), "");
        }
        header
    }

    #[test]
    fn the_survey_decides_and_the_region_where_it_is_absent() {
        let rule = |cards: &[(&str, &str)]| accepted_by(&header(cards), Survey::Dss1Red);
        assert_eq!(rule(&[("SURVEY", "POSSI-E "), ("REGION", "XE582")]), Ok("survey"));
        assert_eq!(rule(&[("REGION", "XE486")]), Ok("region"), "the M67 plate has no SURVEY");
        for cards in [
            vec![("SURVEY", "POSSII-F"), ("REGION", "XE582")],
            vec![("SURVEY", "SERC-ER"), ("REGION", "ER768")],
            vec![("REGION", "S134")],
            vec![("REGION", "XE12")],
            vec![("REGION", "XE1234")],
            vec![],
        ] {
            rule(&cards).expect_err(&format!("{cards:?} is not of the survey"));
        }
    }
}
