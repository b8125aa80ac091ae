//! What sets things apart, and what they share.

/// Of things that are described by the same number of words each: the words that all share, and for each thing its others.
///
/// A single thing keeps its first word as its name; so do things that are all the same.
pub fn names(things: &[Vec<&str>]) -> (String, Vec<String>) {
    let Some(first) = things.first() else { return Default::default() };
    let shared = |index: usize| things.iter().all(|thing| thing.get(index) == first.get(index));
    let (mut common, mut own): (Vec<usize>, Vec<usize>) = (0..first.len()).partition(|index| shared(*index));
    if own.is_empty() && !common.is_empty() {
        own.push(common.remove(0));
    }
    let join = |thing: &[&str], places: &[usize]| {
        let words: Vec<&str> = places.iter().filter_map(|place| thing.get(*place)).copied().collect();
        // A line does not begin with the dot.
        words.join("\u{a0}· ")
    };
    (join(first, &common), things.iter().map(|thing| join(thing, &own)).collect())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn what_is_shared_is_said_once() {
        let (common, own) = names(&[vec!["m5.large", "a", "Linux"], vec!["m5.large", "b", "Linux"]]);
        assert_eq!((common.as_str(), own), ("m5.large\u{a0}· Linux", vec!["a".to_owned(), "b".to_owned()]));
        let (common, own) = names(&[vec!["m5.large", "a", "Linux"]]);
        assert_eq!((common.as_str(), own), ("a\u{a0}· Linux", vec!["m5.large".to_owned()]));
        assert_eq!(names(&[]), (String::new(), vec![]));
    }
}
