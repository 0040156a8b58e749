//! How text is folded for searching and sorting, so that both database engines agree (DESIGN, "Searching and sorting").

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest search that is looked at, in characters; what is beyond is cut.
pub const SEARCH_LIMIT: usize = 100;

/// Folded for `_search` and `_sort` columns: NFKD, marks stripped, case folded, white space run together.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Most names are so, and a wall has 100,000 of them.
    if text.is_ascii() {
        for word in text.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
        folded.make_ascii_lowercase();
        return folded;
    }
    let mut gap = false;
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_whitespace() {
            gap = !folded.is_empty();
            continue;
        }
        if gap {
            folded.push(' ');
            gap = false;
        }
        match c {
            'ß' | 'ẞ' => folded.push_str("ss"),
            _ => folded.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
        }
    }
    folded
}

/// A text in one line, for where nothing but its letters may count: control characters are left out or, where they part words, a space;
/// so are those that would turn the direction of what is written after them.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(|c: char| c.is_control() || turns(c)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| (!c.is_control() || c.is_whitespace()) && !turns(*c));
    Cow::Owned(kept.map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// A pattern for `LIKE ... ESCAPE '\'` that finds `query` anywhere in a folded column.
#[must_use]
pub fn like_infix(query: &str) -> String {
    let cut: String = query.chars().take(SEARCH_LIMIT).collect();
    let mut pattern = String::from("%");
    for c in fold(&cut).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_search_ignores_case_marks_and_width() {
        assert_eq!(fold("  Ångström\tCAFÉ "), "angstrom cafe");
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ｆｕｌｌ　ｗｉｄｔｈ"), "full width");
        assert_eq!(fold("İstanbul"), "istanbul");
    }

    #[test]
    fn f2_a_name_stands_in_one_line_and_turns_nothing_around() {
        assert!(matches!(one_line("Ångström 松本 שלום 👩‍👧"), Cow::Borrowed(_)));
        assert_eq!(one_line("a\u{202e}b\u{0}c\nd\te\u{2067}"), "abc d e");
    }

    #[test]
    fn a2_a_search_for_wildcards_finds_wildcards_only() {
        assert_eq!(like_infix("50%_\\"), "%50\\%\\_\\\\%");
    }
}
