//! Parses the statements of a dump, as far as Landfall needs them.

/// The statement before the rows of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// Name of the table, without its schema.
    pub(super) table: String,
    /// Its columns in the order of the rows; none if the dump does not say.
    pub(super) columns: Vec<String>,
}

/// Reads `COPY [schema.]table (column, …) FROM stdin;`, which `pg_dump` writes on one line.
pub(super) fn copy(line: &str) -> Option<Copy> {
    let (table, rest) = table(line.strip_prefix("COPY ")?)?;
    let mut rest = rest.trim_start();
    let mut columns = Vec::new();
    if let Some(list) = rest.strip_prefix('(') {
        let mut list = list;
        loop {
            let (column, after) = identifier(list.trim_start())?;
            columns.push(column);
            let after = after.trim_start();
            if let Some(after) = after.strip_prefix(')') {
                rest = after.trim_start();
                break;
            }
            list = after.strip_prefix(',')?;
        }
    }
    (rest.trim_end() == "FROM stdin;").then_some(Copy { table, columns })
}

/// The table of `INSERT INTO [schema.]table …`.
pub(super) fn insert(line: &str) -> Option<String> {
    table(line.strip_prefix("INSERT INTO ")?).map(|(table, _)| table)
}

/// The value of `SET client_encoding = 'value';`.
pub(super) fn encoding(line: &str) -> Option<&str> {
    line.strip_prefix("SET client_encoding = '")?.split('\'').next()
}

/// The first keywords of a statement, such as `CREATE TABLE` or `SET`.
pub(super) fn name(line: &str) -> String {
    let first = line.split_whitespace().take(2);
    let keywords = first.take_while(|part| part.bytes().all(|byte| byte.is_ascii_uppercase()));
    keywords.collect::<Vec<_>>().join(" ")
}

/// A table's name, after its schema if there is one; and what follows it.
fn table(text: &str) -> Option<(String, &str)> {
    let (first, rest) = identifier(text)?;
    match rest.strip_prefix('.') {
        Some(rest) => identifier(rest),
        None => Some((first, rest)),
    }
}

/// A name as it is, or in double quotes; and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
        let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        // A quote inside a name is written twice.
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_heading_of_rows() {
        let read = |line| copy(line).map(|copy| (copy.table, copy.columns.join("|")));
        let prices = |columns: &str| Some(("prices".to_owned(), columns.to_owned()));
        assert_eq!(read("COPY public.prices (day, price) FROM stdin;"), prices("day|price"));
        assert_eq!(read("COPY prices (day) FROM stdin;"), prices("day"));
        assert_eq!(read("COPY prices FROM stdin;"), prices(""));
        assert_eq!(
            read(r#"COPY "my ""a.b""".prices ("the day", price)  FROM stdin;"#),
            prices("the day|price")
        );
        for line in [
            "COPY prices (day) TO stdout;",
            "COPY prices (day FROM stdin;",
            "COPY prices () FROM stdin;",
            "COPY prices (day) FROM stdin WITH CSV;",
            "copy prices from stdin;",
            "COPY ",
            "-- COPY prices (day) FROM stdin;",
        ] {
            assert_eq!(copy(line), None, "{line}");
        }
    }

    #[test]
    fn names_other_statements() {
        assert_eq!(name("ALTER TABLE ONLY public.ports"), "ALTER TABLE");
        assert_eq!(name("SET lock_timeout = 0;"), "SET");
        assert_eq!(name("); DROP"), "");
        assert_eq!(insert("INSERT INTO public.prices VALUES (1);").as_deref(), Some("prices"));
        assert_eq!(encoding("SET client_encoding = 'LATIN1';"), Some("LATIN1"));
    }
}
