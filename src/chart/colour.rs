//! The colours of charts.

/// A colour on white and the one on black that takes its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colour {
    /// The class of elements that have it.
    pub(super) class: &'static str,
    /// Red, green and blue.
    pub(super) light: [u8; 3],
    pub(super) dark: [u8; 3],
}

impl Colour {
    const fn new(class: &'static str, light: u32, dark: u32) -> Self {
        let [_, light @ ..] = light.to_be_bytes();
        let [_, dark @ ..] = dark.to_be_bytes();
        Self { class, light, dark }
    }
}

pub(super) const PAPER: Colour = Colour::new("paper", 0xff_ff_ff, 0x14_17_1a);
pub(super) const INK: Colour = Colour::new("ink", 0x16_19_1d, 0xec_ef_f2);
/// For smaller text.
pub(super) const SOFT: Colour = Colour::new("soft", 0x59_62_6c, 0xa3_ad_b8);
/// For the lines across.
pub(super) const RULE: Colour = Colour::new("rule", 0xe3_e7_eb, 0x2c_33_3a);
/// For the marks of dates: darker on white, but not on black.
pub(super) const MARK: Colour = Colour::new("rule", 0xc3_ca_d1, 0x2c_33_3a);

/// Colours that lines have; a second round is dashed.
pub const COLOURS: usize = 6;

/// Chosen to be distinguishable with colour blindness.
pub(super) const LINES: [Colour; COLOURS] = [
    Colour::new("line0", 0x0b_6b_cb, 0x6c_b2_ff),
    Colour::new("line1", 0xc2_41_0c, 0xff_9a_5c),
    Colour::new("line2", 0x15_80_3d, 0x4a_de_80),
    Colour::new("line3", 0xa2_1c_af, 0xee_8c_f8),
    Colour::new("line4", 0x0e_74_90, 0x2d_d4_ee),
    Colour::new("line5", 0x85_4d_0e, 0xf5_cf_3d),
];

/// The colour of the series at an index, and whether its line is dashed.
pub(super) fn style(index: usize) -> (Colour, bool) {
    (LINES[index % COLOURS], index / COLOURS % 2 == 1)
}
