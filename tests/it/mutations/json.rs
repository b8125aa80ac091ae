//! An independent reading of JSON (RFC 8259), as plain as can be: the oracles' own.

/// A value, and how many bytes it takes as written.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) kind: Kind,
    pub(super) length: usize,
}

#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Boolean,
    /// As written.
    Number(String),
    /// Its value; nothing if its bytes are not UTF-8, or its escapes halves of a character: the grammar has
    /// nothing against either.
    Text(Option<String>),
    Array(Vec<Json>),
    /// Names, as with texts, and values in their order.
    Object(Vec<(Json, Json)>),
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

type Read<T> = Result<T, String>;

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// One value, with nothing but white space around it.
    pub(super) fn only_value(mut self) -> Read<Json> {
        self.space();
        let value = self.value()?;
        self.space();
        if self.rest.is_empty() { Ok(value) } else { Err("bytes after the value".to_owned()) }
    }

    fn space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn token(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Read<Json> {
        let before = self.rest.len();
        let kind = match self.rest.first() {
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'[') => self.array()?,
            Some(b'{') => self.object()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.token("null") => Kind::Null,
            _ if self.token("true") || self.token("false") => Kind::Boolean,
            _ => return Err("no value".to_owned()),
        };
        Ok(Json { kind, length: before - self.rest.len() })
    }

    fn array(&mut self) -> Read<Kind> {
        let mut values = Vec::new();
        self.token("[");
        self.space();
        if self.token("]") {
            return Ok(Kind::Array(values));
        }
        loop {
            self.space();
            values.push(self.value()?);
            self.space();
            if self.token("]") {
                return Ok(Kind::Array(values));
            }
            if !self.token(",") {
                return Err("neither , nor ]".to_owned());
            }
        }
    }

    fn object(&mut self) -> Read<Kind> {
        let mut fields = Vec::new();
        self.token("{");
        self.space();
        if self.token("}") {
            return Ok(Kind::Object(fields));
        }
        loop {
            self.space();
            if self.rest.first() != Some(&b'"') {
                return Err("no name".to_owned());
            }
            let name = self.value()?;
            self.space();
            if !self.token(":") {
                return Err("no :".to_owned());
            }
            self.space();
            fields.push((name, self.value()?));
            self.space();
            if self.token("}") {
                return Ok(Kind::Object(fields));
            }
            if !self.token(",") {
                return Err("neither , nor }".to_owned());
            }
        }
    }

    fn number(&mut self) -> Read<Kind> {
        let start = self.rest;
        self.token("-");
        if !self.token("0") && self.digits() == 0 {
            return Err("no digits".to_owned());
        }
        if self.token(".") && self.digits() == 0 {
            return Err("no decimals".to_owned());
        }
        if self.token("e") || self.token("E") {
            let _sign = self.token("+") || self.token("-");
            if self.digits() == 0 {
                return Err("no exponent".to_owned());
            }
        }
        let written = &start[..start.len() - self.rest.len()];
        Ok(Kind::Number(written.iter().map(|byte| char::from(*byte)).collect()))
    }

    fn digits(&mut self) -> usize {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[count..];
        count
    }

    fn string(&mut self) -> Read<Option<String>> {
        self.token("\"");
        // Units of UTF-16 from escapes are kept apart from bytes until it is certain that they pair up.
        let mut bytes = Vec::new();
        let mut is_text = true;
        let mut waiting: Option<u16> = None;
        loop {
            let (byte, rest) = self.rest.split_first().ok_or("the string does not end")?;
            self.rest = rest;
            let escaped = match byte {
                b'"' => {
                    is_text &= waiting.is_none();
                    return Ok(String::from_utf8(bytes).ok().filter(|_| is_text));
                }
                0..=0x1f => return Err("a control character in a string".to_owned()),
                b'\\' => Some(self.escape()?),
                _ => None,
            };
            match (escaped, waiting.take()) {
                (None, high) => {
                    is_text &= high.is_none();
                    bytes.push(*byte);
                }
                (Some(low @ 0xdc00..=0xdfff), Some(high)) => {
                    let pair = char::decode_utf16([high, low]).next().and_then(Result::ok);
                    bytes.extend(pair.ok_or("no pair")?.to_string().bytes());
                }
                (Some(high @ 0xd800..=0xdbff), before) => {
                    is_text &= before.is_none();
                    waiting = Some(high);
                }
                (Some(unit), high) => {
                    is_text &= high.is_none();
                    match char::from_u32(unit.into()) {
                        Some(letter) => bytes.extend(letter.to_string().bytes()),
                        None => is_text = false,
                    }
                }
            }
        }
    }

    /// What follows a backslash, as a unit of UTF-16.
    fn escape(&mut self) -> Read<u16> {
        let (byte, rest) = self.rest.split_first().ok_or("the string does not end")?;
        self.rest = rest;
        Ok(match byte {
            b'"' | b'\\' | b'/' => u16::from(*byte),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = self.rest.get(..4).ok_or("the string does not end")?;
                self.rest = &self.rest[4..];
                digits.iter().try_fold(0, |unit, digit| {
                    char::from(*digit)
                        .to_digit(16)
                        .map(|digit| unit * 16 + digit as u16)
                        .ok_or("no hex digit")
                })?
            }
            _ => return Err("no such escape".to_owned()),
        })
    }
}
