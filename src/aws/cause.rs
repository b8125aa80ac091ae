//! The chain of causes of an error.

use std::error::Error;

/// The error, what caused it, what caused that, and so on.
pub(crate) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The innermost cause, which is the most specific one.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let cause = causes(error).last().map(ToString::to_string).unwrap_or_default();
    cause.trim_end_matches('.').to_owned()
}

/// All causes from the outside in, except the outermost, which only says what was tried, and those
/// that the next one repeats.
pub(crate) fn inner_causes(error: &(dyn Error + 'static)) -> String {
    let all: Vec<String> =
        causes(error).map(|cause| cause.to_string().trim_end_matches('.').to_owned()).collect();
    let inner = if all.len() > 1 { &all[1..] } else { &all };
    let causes = inner.iter().enumerate().filter(|(index, cause)| {
        !cause.starts_with("an error occurred while loading")
            && inner.get(index + 1).is_none_or(|next| !next.contains(cause.as_str()))
    });
    causes.map(|(_, cause)| cause.as_str()).collect::<Vec<_>>().join(": ")
}
