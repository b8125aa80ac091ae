//! Instance types, and what they cost without a licence.

/// Families that come in [`BURST_SIZES`], separated by spaces, and what a `large` of them costs in
/// ten-thousandths of a US dollar an hour.
const BURST_FAMILIES: &[(&str, u32)] = &[("t2 t3 t3a t4g", 250)];

/// The same for families that come in [`FULL_SIZES`].
const FULL_FAMILIES: &[(&str, u32)] = &[
    ("c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn", 310),
    ("c6i c6id c6in c7a c7g c7gd c7gn c7i c8g", 310),
    ("m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g", 350),
    ("m6gd m6i m6id m6idn m6in", 350),
    ("m7a m7g m7gd m7i m7i-flex m8g mac1 mac2", 390),
    ("r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g", 420),
    ("r6gd r6i r6id r6idn r6in", 420),
    ("r7a r7g r7gd r7i r7iz r8g z1d x8g", 480),
    ("d2 d3 d3en h1 i3 i3en i4g i4i i7ie i8g im4gn is4gen", 540),
    ("x1 x1e x2gd x2idn x2iedn x2iezn", 990),
    ("g3 g4ad g4dn g5 g5g g6 inf1 inf2 trn1 vt1", 1_640),
    ("f1 p2 p3 p3dn p4d p5", 6_200),
];

/// Sizes, each as sixteenths of a `large`.
#[rustfmt::skip] // a table, read by rows
const BURST_SIZES: &[(&str, u32)] = &[
    ("nano", 1), ("micro", 2), ("small", 4), ("medium", 8), ("large", 16),
    ("xlarge", 32), ("2xlarge", 64),
];

#[rustfmt::skip] // a table, read by rows
const FULL_SIZES: &[(&str, u32)] = &[
    ("large", 16), ("xlarge", 32), ("2xlarge", 64), ("3xlarge", 96), ("4xlarge", 128),
    ("6xlarge", 192), ("8xlarge", 256), ("9xlarge", 288), ("12xlarge", 384), ("16xlarge", 512),
    ("18xlarge", 576), ("24xlarge", 768), ("32xlarge", 1024), ("48xlarge", 1536), ("metal", 1536),
];

/// One instance type.
pub(super) struct InstanceType {
    pub(super) name: String,
    /// Sixteenths of a `large`.
    pub(super) size: u32,
    /// Ten-thousandths of a US dollar an hour.
    pub(super) price: u32,
}

/// Every instance type, family by family.
pub(super) fn all() -> Vec<InstanceType> {
    let burst = BURST_FAMILIES.iter().map(|family| (family, BURST_SIZES));
    let full = FULL_FAMILIES.iter().map(|family| (family, FULL_SIZES));
    let mut all = Vec::new();
    for ((families, large), sizes) in burst.chain(full) {
        for family in families.split(' ') {
            all.extend(sizes.iter().map(|&(name, size)| InstanceType {
                name: format!("{family}.{name}"),
                size,
                price: (large * size / 16).max(10),
            }));
        }
    }
    all
}
