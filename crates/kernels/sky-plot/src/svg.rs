//! Draws a picture as SVG.

use std::fmt::Write as _;

use crate::base64;
use crate::picture::{Ink, Mark, Picture, TextAnchor};
use crate::raster::PlotError;

/// Height of a capital letter of a sans-serif font in units of its size.
const CAPITAL_SHARE: f64 = 0.72;
/// Colours of both schemes; the light ones are those of the PNG.
const STYLE: &str = "text{font-family:sans-serif;fill:#222}.p{fill:#fff}.a{stroke:#444;fill:none}.g{stroke:#ddd;fill:none}\
.fa{fill:#444}.fg{fill:#ddd}\
.s0{stroke:#0072b2;fill:none}.s1{stroke:#d55e00;fill:none}.s2{stroke:#009e73;fill:none}.s3{stroke:#cc79a7;fill:none}.s4{stroke:#56b4e9;fill:none}\
.f0{fill:#0072b2}.f1{fill:#d55e00}.f2{fill:#009e73}.f3{fill:#cc79a7}.f4{fill:#56b4e9}\
@media(prefers-color-scheme:dark){text{fill:#eee}.p{fill:#181818}.a{stroke:#bbb}.g{stroke:#444}.fa{fill:#bbb}.fg{fill:#444}}";

impl Picture {
    /// The picture as SVG. Numbers have at most two decimals.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        let mut out = String::new();
        let (width, height, title) = (self.width, self.height, escape(&self.title));
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">"
        );
        let _ = writeln!(out, "<title>{title}</title>\n<style>{STYLE}</style>");
        let _ = writeln!(out, "<rect class=\"p\" width=\"{width}\" height=\"{height}\"/>");
        for mark in &self.marks {
            write_mark(&mut out, mark)?;
        }
        out.push_str("</svg>\n");
        Ok(out)
    }
}

fn write_mark(out: &mut String, mark: &Mark) -> Result<(), PlotError> {
    // Writing to a String cannot fail.
    let _ = match mark {
        Mark::Line { points, ink, width } => {
            let path = points.iter().enumerate().fold(String::new(), |mut path, (index, (x, y))| {
                let _ = write!(path, "{}{} {}", if index == 0 { 'M' } else { 'L' }, number(*x), number(*y));
                path
            });
            writeln!(out, "<path class=\"{}\" stroke-width=\"{}\" d=\"{path}\"/>", stroke(*ink), number(*width))
        }
        Mark::Rect { corners: [left, top, right, bottom], ink } => writeln!(
            out,
            "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            fill(*ink),
            number(*left),
            number(*top),
            number(right - left),
            number(bottom - top)
        ),
        Mark::Discs { centres, radius, ink } => {
            // One path of dots with round ends: a tenth of the bytes of an element each.
            let path = dots(centres, |x, y| format!("M{} {}h0", number(x), number(y)));
            let width = number(2.0 * radius);
            writeln!(
                out,
                "<path class=\"{}\" stroke-linecap=\"round\" stroke-width=\"{width}\" d=\"{path}\"/>",
                stroke(*ink)
            )
        }
        Mark::Rings { centres, radius, ink } => {
            let r = number(*radius);
            let path = dots(centres, |x, y| {
                format!(
                    "M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 -{} 0",
                    number(x - radius),
                    number(y),
                    number(2.0 * radius),
                    number(2.0 * radius)
                )
            });
            writeln!(out, "<path class=\"{}\" stroke-width=\"1.5\" d=\"{path}\"/>", stroke(*ink))
        }
        Mark::Text { at: (x, y), anchor, size, text, upwards } => {
            let anchor = match anchor {
                TextAnchor::Start => "start",
                TextAnchor::Middle => "middle",
                TextAnchor::End => "end",
            };
            let turn = if *upwards {
                format!(" transform=\"rotate(-90 {} {})\"", number(*x), number(*y))
            } else {
                String::new()
            };
            writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{anchor}\"{turn}>{}</text>",
                number(*x),
                number(*y),
                number(size / CAPITAL_SHARE),
                escape(text)
            )
        }
        Mark::Image { at: (x, y), zoom, image } => {
            let data = base64::encode(&image.to_png()?);
            writeln!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>",
                number(*x),
                number(*y),
                image.width * zoom,
                image.height * zoom
            )
        }
    };
    Ok(())
}

fn dots(centres: &[(f64, f64)], dot: impl Fn(f64, f64) -> String) -> String {
    centres.iter().map(|(x, y)| dot(*x, *y)).collect()
}

/// At most two decimals, no trailing zeros, no minus zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn stroke(ink: Ink) -> String {
    match ink {
        Ink::Axis | Ink::Text => "a".to_owned(),
        Ink::Grid => "g".to_owned(),
        Ink::Series(index) => format!("s{}", index % 5),
    }
}

fn fill(ink: Ink) -> String {
    match ink {
        Ink::Axis | Ink::Text => "fa".to_owned(),
        Ink::Grid => "fg".to_owned(),
        Ink::Series(index) => format!("f{}", index % 5),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short_and_have_no_minus_zero() {
        assert_eq!([number(1.0), number(-0.001), number(2.506), number(100.0)], ["1", "0", "2.51", "100"]);
    }
}
