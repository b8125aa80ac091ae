//! A listing, page by page, and whether it is whole.

use std::collections::HashSet;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

use super::object;
use crate::source::Object;

/// Empty pages in a row: S3 may skip many deleted keys, but not for ever.
const MAX_EMPTY_PAGES: u32 = 1_000;

/// The pages so far.
///
/// The keys need not ascend: those of directory buckets do not. So a server that cannot page is detected by
/// repeated tokens, or a repeated first key of a page.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Keys and fingerprints of the last page: the next one may repeat some.
    last: HashSet<(String, String)>,
    tokens: HashSet<String>,
    first_keys: HashSet<String>,
    pages: u32,
    empty_pages: u32,
}

/// Where a page starts.
#[derive(Debug)]
pub(super) enum Start {
    /// At the first key.
    First,
    /// Where the page before it ended, which gave this token.
    Token(String),
    /// After this key.
    After(String),
}

/// What comes after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The page of this token.
    Page(String),
    /// Nothing: that was all.
    End,
}

impl Pages {
    /// Adds a page; returns its objects and what comes after it. The error says why the listing cannot be whole.
    pub(super) fn add(&mut self, page: ListObjectsV2Output) -> Result<(Vec<Object>, Next), String> {
        self.pages += 1;
        let number = self.pages;
        let token = page.next_continuation_token.filter(|token| !token.is_empty());
        let more = page.is_truncated.unwrap_or(token.is_some());
        let mut contents = page.contents.unwrap_or_default();
        // Some servers ignore that this was asked for.
        if page.encoding_type == Some(EncodingType::Url) {
            for object in &mut contents {
                let Some(key) = &object.key else { continue };
                let key = decoded(key).ok_or_else(|| format!("page {number} has a key that is not UTF-8"))?;
                object.key = Some(key);
            }
        }
        if let Some(first) = contents.first() {
            let Some(key) = first.key() else {
                return Err(format!("page {number} has an object without a key"));
            };
            if !self.first_keys.insert(key.to_owned()) {
                return Err(format!("page {number} repeats an earlier page, from {key} on"));
            }
        }
        self.empty_pages = if contents.is_empty() { self.empty_pages + 1 } else { 0 };
        let mut objects = Vec::with_capacity(contents.len());
        for listed in contents {
            let object = object::from_listing(listed);
            objects.push(object.ok_or_else(|| format!("page {number} has an object without a key"))?);
        }
        let version = |object: &Object| (object.key.clone(), object.fingerprint.clone());
        let versions = objects.iter().map(version).collect();
        let before = std::mem::replace(&mut self.last, versions);
        objects.retain(|object| !before.contains(&version(object)));
        if !more {
            return Ok((objects, Next::End));
        }
        let Some(token) = token else {
            return Err(format!("page {number} is not the last, and has no token for the next"));
        };
        if self.empty_pages > MAX_EMPTY_PAGES {
            return Err(format!("{MAX_EMPTY_PAGES} pages in a row are empty, and none is the last"));
        }
        if !self.tokens.insert(token.clone()) {
            return Err(format!("page {number} has the token of an earlier page"));
        }
        Ok((objects, Next::Page(token)))
    }
}

/// A key as S3 encodes it in a URL's query.
fn decoded(key: &str) -> Option<String> {
    let key = key.replace('+', " ");
    percent_decode_str(&key).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::Object;

    use super::*;

    fn page(keys: &[&str], truncated: Option<bool>, token: Option<&str>) -> ListObjectsV2Output {
        let objects = keys.iter().map(|key| Object::builder().key(*key).build()).collect();
        ListObjectsV2Output::builder()
            .set_contents(Some(objects))
            .set_is_truncated(truncated)
            .set_next_continuation_token(token.map(ToOwned::to_owned))
            .build()
    }

    #[test]
    fn pages_follow_each_other_to_the_last() {
        let mut pages = Pages::default();
        let mut add = |keys: &[&str], truncated, token: Option<&str>| {
            let (objects, next) = pages.add(page(keys, truncated, token)).unwrap();
            assert_eq!(next, token.map_or(Next::End, |token| Next::Page(token.to_owned())));
            objects.into_iter().map(|object| object.key).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(add(&["b", "c"], Some(true), Some("1")), "b c");
        // What the page before had is not repeated. Empty pages are not the end, and keys need not ascend.
        assert_eq!(add(&["a", "c"], None, Some("2")), "a");
        assert_eq!(add(&[], Some(true), Some("3")), "");
        assert_eq!(add(&["d"], Some(false), None), "d");
    }

    #[test]
    fn keys_may_be_encoded() {
        let keys = |page| Pages::default().add(page).map(|(objects, _)| objects[0].key.clone());
        let encoded = |key: &str| {
            let mut page = page(&[key], None, None);
            page.encoding_type = Some(EncodingType::Url);
            page
        };
        assert_eq!(keys(encoded("a+b%2Bc%01%C3%A9/d%25.json")), Ok("a b+c\u{1}é/d%.json".to_owned()));
        assert_eq!(keys(encoded("%FF")), Err("page 1 has a key that is not UTF-8".to_owned()));
        assert_eq!(keys(page(&["a+b%2Bc"], None, None)), Ok("a+b%2Bc".to_owned()));
    }

    #[test]
    fn an_incomplete_listing_is_rejected() {
        let error_of = |pages: &[ListObjectsV2Output]| {
            let mut all = Pages::default();
            let (last, before) = pages.split_last().unwrap();
            for page in before {
                assert!(matches!(all.add(page.clone()), Ok((_, Next::Page(_)))), "{page:?}");
            }
            all.add(last.clone()).unwrap_err()
        };
        let more = Some(true);
        let no_token = "page 1 is not the last, and has no token for the next";
        assert_eq!(error_of(&[page(&["a"], more, None)]), no_token);
        assert_eq!(error_of(&[page(&["a"], more, Some(""))]), no_token);
        let (a, b) = (page(&["a"], more, Some("1")), page(&["b"], more, Some("2")));
        assert_eq!(
            error_of(&[a.clone(), page(&["b"], more, Some("1"))]),
            "page 2 has the token of an earlier page"
        );
        // A circle of tokens that is longer than one.
        let circle = [a.clone(), b.clone(), page(&["c"], more, Some("1"))];
        assert_eq!(error_of(&circle), "page 3 has the token of an earlier page");
        // A server that ignores the token it is given.
        let again = [a.clone(), page(&["a"], more, Some("2"))];
        assert_eq!(error_of(&again), "page 2 repeats an earlier page, from a on");
        assert_eq!(
            error_of(&[a.clone(), page(&["a"], Some(false), None)]),
            "page 2 repeats an earlier page, from a on"
        );
        assert_eq!(
            error_of(&[a, b, page(&["a"], more, Some("3"))]),
            "page 3 repeats an earlier page, from a on"
        );
        let empty: Vec<_> = (0..=MAX_EMPTY_PAGES).map(|n| page(&[], more, Some(&n.to_string()))).collect();
        assert_eq!(error_of(&empty), "1000 pages in a row are empty, and none is the last");
        let nameless = ListObjectsV2Output::builder().contents(Object::builder().build()).build();
        assert_eq!(error_of(&[nameless]), "page 1 has an object without a key");
    }
}
