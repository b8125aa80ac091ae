//! Changes bytes, whatever they mean.

use super::dice::Dice;

/// Fragments with a meaning in one of the formats.
const FRAGMENTS: &[&[u8]] = &[
    b",",
    b":",
    b"\"",
    b"\\",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[]",
    b"{}",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\x0b",
    b"\x0c",
    b"\0",
    b"\x7f",
    b"\x1f",
    b"\xff",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"null",
    b"true",
    b"NaN",
    b"-",
    b"0",
    b"1e9",
    b".5",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00",
    b"\\u",
    b"\\x",
    b"//",
    b"/**/",
];

/// Changes a text at one to three positions.
pub(super) fn mutate(dice: &mut Dice, text: &mut Vec<u8>) {
    for _ in 0..=dice.below(3) {
        once(dice, text);
    }
}

fn once(dice: &mut Dice, text: &mut Vec<u8>) {
    let at = dice.below(text.len());
    let slice = at..(at + 1 + dice.below(40)).min(text.len());
    match dice.below(9) {
        0 if !text.is_empty() => text[at] ^= 1 << dice.below(8),
        1 if !text.is_empty() => text[at] = dice.byte(),
        2 => text.insert(at, dice.byte()),
        3 if !text.is_empty() => drop(text.remove(at)),
        4 => text.truncate(at),
        5 if at < text.len() => {
            let copy = text[slice.clone()].to_vec();
            text.splice(slice.end..slice.end, copy);
        }
        6 if at < text.len() => drop(text.drain(slice)),
        7 if at < text.len() => {
            let copy = text[slice].to_vec();
            let to = dice.below(text.len());
            text.splice(to..to, copy);
        }
        _ => {
            let fragment = dice.pick(FRAGMENTS);
            text.splice(at..at, fragment.iter().copied());
        }
    }
}
