//! Short names: what things have in common, and what distinguishes each.

/// Of things with the same number of parts each: the parts that all have in common, and for each thing the others.
///
/// A single thing keeps its first part as its name; so do things that are all the same.
pub fn names(things: &[Vec<&str>]) -> (String, Vec<String>) {
    let Some(first) = things.first() else { return Default::default() };
    let shared = |index: usize| things.iter().all(|thing| thing.get(index) == first.get(index));
    let (mut common, mut own): (Vec<usize>, Vec<usize>) = (0..first.len()).partition(|index| shared(*index));
    if own.is_empty() && !common.is_empty() {
        own.push(common.remove(0));
    }
    let join = |thing: &[&str], indexes: &[usize]| {
        let parts: Vec<&str> = indexes.iter().filter_map(|index| thing.get(*index)).copied().collect();
        // A line break comes after the dot, not before it.
        parts.join("\u{a0}· ")
    };
    (join(first, &common), things.iter().map(|thing| join(thing, &own)).collect())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn common_parts_are_named_once() {
        let (common, own) = names(&[vec!["m5.large", "a", "Linux"], vec!["m5.large", "b", "Linux"]]);
        assert_eq!((common.as_str(), own), ("m5.large\u{a0}· Linux", vec!["a".to_owned(), "b".to_owned()]));
        let (common, own) = names(&[vec!["m5.large", "a", "Linux"]]);
        assert_eq!((common.as_str(), own), ("a\u{a0}· Linux", vec!["m5.large".to_owned()]));
        assert_eq!(names(&[]), (String::new(), vec![]));
    }
}
