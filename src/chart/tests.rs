//! Charts as SVG and PNG.

use std::ops::Range;

use chrono::{DateTime, Utc};
use tiny_skia::Pixmap;

use super::{Chart, Segment, Series, Unit, inline, png, svg};

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

fn segment(from: &str, until: &str, micros: i64) -> Segment {
    Segment { from: at(from), until: at(until), micros }
}

/// Two pools for a week: one goes up and is unknown for two days, the other never changes.
fn week() -> Chart {
    Chart {
        title: "Spot price of m5.large".to_owned(),
        subtitle: "eu-west-3 · Linux/UNIX".to_owned(),
        unit: Unit::DollarsAnHour,
        from: at("2026-11-14T00:00"),
        to: at("2026-11-21T00:00"),
        series: vec![
            Series {
                name: "eu-west-3a".to_owned(),
                segments: vec![
                    segment("2026-11-14T00:00", "2026-11-15T00:00", 54_644),
                    segment("2026-11-15T00:00", "2026-11-16T00:00", 60_000),
                    segment("2026-11-18T00:00", "2026-11-21T00:00", 80_000),
                ],
            },
            Series {
                name: "<b> & \"c\"".to_owned(),
                segments: vec![segment("2026-11-14T00:00", "2026-11-21T00:00", 70_000)],
            },
        ],
    }
}

#[test]
fn an_svg_has_everything() {
    insta::assert_snapshot!(svg(&week()).replace("><", ">\n<"));
}

#[test]
fn an_empty_chart_says_so() {
    let chart = Chart { series: Vec::new(), ..week() };
    assert!(svg(&chart).contains("No price is known in this time"));
    assert!(png(&chart).is_ok());
}

/// Blue pixels in the column of an instant, given as hours since the beginning of the week.
fn blue(pixels: &Pixmap, hours: u32) -> usize {
    let x = 2 * 76 + 2 * (936 - 76) * hours / (7 * 24);
    (200..760)
        .filter_map(|y| pixels.pixel(x, y))
        .filter(|pixel| pixel.blue() > 150 && pixel.red() < 60)
        .count()
}

#[test]
fn a_png_has_lines_and_gaps() {
    let pixels = Pixmap::decode_png(&png(&week()).unwrap()).unwrap();
    assert_eq!((pixels.width(), pixels.height() % 2), (1920, 0));
    assert!(pixels.pixel(2, 2).is_some_and(|corner| corner.red() == 255 && corner.alpha() == 255), "paper");
    let seen = [12, 36, 60, 84, 108, 132].map(|hours| blue(&pixels, hours) > 0);
    assert_eq!(seen, [true, true, false, false, true, true]);
    // A step is as thick as its line; where the price changes, the line goes up.
    assert!(blue(&pixels, 12) <= 6 && blue(&pixels, 24) > 60, "{} {}", blue(&pixels, 12), blue(&pixels, 24));
}

#[test]
fn a_png_has_letters_without_any_font_on_the_machine() {
    let pixels = Pixmap::decode_png(&png(&week()).unwrap()).unwrap();
    let dark = |x: Range<u32>, y: Range<u32>| {
        let pixels = y.flat_map(|y| x.clone().map(move |x| (x, y))).filter_map(|(x, y)| pixels.pixel(x, y));
        pixels.filter(|pixel| pixel.red() < 80 && pixel.green() < 80).count()
    };
    assert!(dark(48..600, 30..80) > 500, "the title");
}

/// The first and the last column with anything but paper.
fn ends(pixels: &Pixmap, x: Range<u32>, y: Range<u32>) -> (u32, u32) {
    let mut marked =
        x.filter(|x| y.clone().any(|y| pixels.pixel(*x, y).is_some_and(|pixel| pixel.red() < 230)));
    let first = marked.next().unwrap();
    (first, marked.next_back().unwrap())
}

#[test]
fn texts_are_where_their_anchors_say() {
    let pixels = Pixmap::decode_png(&png(&week()).unwrap()).unwrap();
    // The name of the first series starts at 56.
    let (first, last) = ends(&pixels, 100..500, 144..170);
    assert!((112..=116).contains(&first) && last > 200, "{first} to {last}");
    // Every price ends at 66.
    for y in [110, 163, 216, 270, 323, 376, 430] {
        let (first, last) = ends(&pixels, 0..150, 2 * y - 20..2 * y);
        assert!((128..132).contains(&last) && first < 80, "{first} to {last}");
    }
    // The middle of a date is below its mark, at 198.8.
    let (first, last) = ends(&pixels, 300..500, 868..894);
    assert!((first + last).abs_diff(4 * 199) < 4 && last - first > 50, "{first} to {last}");
}

#[test]
fn a_second_round_of_colours_is_dashed() {
    // Whether each pixel of a line's beginning is blue.
    let line = |index: usize| {
        let mut series = vec![Series { name: "other".to_owned(), segments: Vec::new() }; 7];
        series[index].segments = vec![segment("2026-11-14T00:00", "2026-11-21T00:00", 70_000)];
        let pixels = Pixmap::decode_png(&png(&Chart { series, ..week() }).unwrap()).unwrap();
        let middle = 2 * (128 + 320 / 2);
        let seen = |x| pixels.pixel(x, middle).is_some_and(|pixel| pixel.blue() > 150 && pixel.red() < 60);
        (152..196).map(seen).collect::<Vec<bool>>()
    };
    assert_eq!(line(0), [true; 44]);
    assert_eq!(line(6), [[true; 14].as_slice(), &[false; 8]].concat().repeat(2));
}

#[test]
fn letters_that_the_font_lacks_are_replaced() {
    let drawn = |title: &str| png(&Chart { title: title.to_owned(), ..week() }).unwrap();
    assert!(drawn("m5 \u{6771}") == drawn("m5 ?"));
    assert!(drawn("m5 ?") != drawn("m5"));
}

#[test]
fn a_part_of_a_page_has_its_own_ids_and_no_styles() {
    let part = inline(&week(), "one-").into_string();
    assert!(part.contains(r#"aria-labelledby="one-title one-description""#), "{part}");
    assert!(part.contains(r#"<title id="one-title">"#) && part.contains(r#"<desc id="one-description">"#));
    assert!(!part.contains("<style>"));
}

#[test]
fn counts_are_whole_numbers() {
    let million = 1_000_000;
    let mut chart = Chart { unit: Unit::EventsADay, ..week() };
    for segment in chart.series.iter_mut().flat_map(|series| &mut series.segments) {
        segment.micros = segment.micros / 1_000 * million;
    }
    let text = svg(&chart);
    assert!(text.contains("events a day") && !text.contains("dollars"), "{text}");
}
