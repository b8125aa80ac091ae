//! Names of files.

use unicode_normalization::UnicodeNormalization;

use super::read::Bank;
use crate::month::Month;

/// Characters of a bank's name in the name of a file.
const MAX_NAME: usize = 80;

/// The key of a bank's file of a month.
pub fn file_key(bank: &Bank, month: Month) -> String {
    let (name, last) = (safe_name(bank), month.last());
    format!(
        "BankName={name}/year={}/month={}/{name}_{}.csv",
        last.format("%Y"),
        last.format("%m"),
        last.format("%Y%m%d")
    )
}

/// The bank's name in ASCII letters and digits, for people, and its id, which keeps it apart from all others: two banks may
/// have the same name, or names that only differ in what file systems or readers do not tell apart.
///
/// It depends on nothing but the bank, so no other bank ever changes it.
fn safe_name(bank: &Bank) -> String {
    let mut name = String::new();
    // ã is a and a tilde then.
    for char in bank.name.as_deref().unwrap_or_default().nfkd() {
        if char.is_ascii_alphanumeric() {
            name.push(char);
        } else if !unicode_normalization::char::is_combining_mark(char) && !name.ends_with('_') {
            name.push('_');
        }
        if name.len() >= MAX_NAME {
            break;
        }
    }
    let name = match name.trim_matches('_') {
        "" => "Bank",
        name => name,
    };
    format!("{name}-{}", safe_id(&bank.id))
}

/// The id in lower case letters, digits and hyphens; any other byte as `_` and two digits. No two ids have the same.
fn safe_id(id: &str) -> String {
    let mut safe = String::new();
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => safe.push(byte.into()),
            _ => safe += &format!("_{byte:02x}"),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(id: &str, name: Option<&str>) -> String {
        safe_name(&Bank { id: id.to_owned(), name: name.map(str::to_owned) })
    }

    #[test]
    fn names_stay_readable() {
        for (id, bank, safe) in [
            ("1", "First Harbour Bank", "First_Harbour_Bank-1"),
            ("2", "O'Neill & Sons", "O_Neill_Sons-2"),
            ("3", "Banco São João", "Banco_Sao_Joao-3"),
            ("3", "Banco Sa\u{303}o Joa\u{303}o", "Banco_Sao_Joao-3"),
            ("4", "../x", "x-4"),
            ("5", "", "Bank-5"),
            ("6", "世界銀行", "Bank-6"),
            ("7", "a/b\\c\0d\ne", "a_b_c_d_e-7"),
            ("8", "=1+1", "1_1-8"),
            ("-9", "BANK", "BANK--9"),
            ("A-b", "x", "x-_41-b"),
        ] {
            assert_eq!(name(id, Some(bank)), safe);
        }
        assert_eq!(name("1", None), "Bank-1");
        assert!(name("1", Some(&"x".repeat(1_000))).len() < 100);
    }

    #[test]
    fn the_date_is_the_last_day() {
        let bank = Bank { id: "3".to_owned(), name: Some("Banco São João".to_owned()) };
        assert_eq!(
            file_key(&bank, "2024-02".parse().unwrap()),
            "BankName=Banco_Sao_Joao-3/year=2024/month=02/Banco_Sao_Joao-3_20240229.csv"
        );
    }

    proptest! {
        #[test]
        fn banks_stay_apart(ids in ("\\PC{0,4}", "\\PC{0,4}"), names in (".{0,9}", ".{0,9}")) {
            prop_assume!(ids.0 != ids.1);
            let (one, other) = (name(&ids.0, Some(&names.0)), name(&ids.1, Some(&names.1)));
            prop_assert_ne!(one.to_lowercase(), other.to_lowercase());
            let is_safe = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
            prop_assert!(one.chars().all(is_safe), "{one}");
        }
    }
}
