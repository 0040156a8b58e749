//! CSV as spreadsheets write it: bytes to text, and text to rows with their line numbers.

use csv::{ReaderBuilder, StringRecord};
use model::import::{COLUMNS_MOST, Encoding, ROWS_MOST, Unreadable};

/// What may stand between two fields, the likeliest first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A file that was read whole.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug)]
pub(crate) struct Row {
    /// Where it begins, from 1.
    pub(crate) line: u32,
    pub(crate) fields: StringRecord,
}

/// The file as text.
pub(crate) fn decode(bytes: Vec<u8>, encoding: Encoding) -> Result<String, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    let text = match encoding {
        Encoding::Utf8 => match String::from_utf8(bytes) {
            Ok(text) => match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned(),
                None => text,
            },
            Err(error) => {
                let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
                // UTF-16 has a NUL in every other place, which says more.
                return Err(match bytes.iter().position(|byte| *byte == 0) {
                    Some(nul) => Unreadable::Nul { line: line_at(bytes, nul) },
                    None => Unreadable::NotUtf8 { line: line_at(bytes, at) },
                });
            }
        },
        Encoding::Windows1252 => match bytes.iter().map(|byte| windows_1252(*byte)).collect() {
            Some(text) => text,
            None => {
                let at = bytes.iter().position(|byte| windows_1252(*byte).is_none()).unwrap_or_default();
                return Err(Unreadable::NotWindows1252 { line: line_at(&bytes, at) });
            }
        },
    };
    match text.find('\0') {
        Some(at) => Err(Unreadable::Nul { line: line_at(text.as_bytes(), at) }),
        None => Ok(text),
    }
}

fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// The character of a byte (WHATWG's index, without the controls that it fills the gaps with).
fn windows_1252(byte: u8) -> Option<char> {
    const UPPER: [u16; 32] = [
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
        0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
    ];
    match byte {
        0x80..=0x9f => {
            UPPER.get(usize::from(byte - 0x80)).filter(|code| **code != 0).and_then(|code| char::from_u32(u32::from(*code)))
        }
        _ => Some(char::from(byte)),
    }
}

/// The rows of a text. Lines that are empty but for separators are no rows. `on_row` hears how many there are so far.
pub(crate) fn read(text: &str, on_row: impl Fn(u32)) -> Result<Sheet, Unreadable> {
    let separator = separator_of(text);
    let mut reader = ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    let mut count = 0;
    let mut fields = StringRecord::new();
    loop {
        let start = reader.position().clone();
        // The text is UTF-8 and lengths are not compared: nothing else can fail while a slice is read.
        if !matches!(reader.read_record(&mut fields), Ok(true)) {
            break;
        }
        let raw = text.get(span(start.byte(), reader.position().byte())).unwrap_or_default();
        let row = raw.trim_start_matches(['\r', '\n']);
        let skipped = raw.len() - row.len();
        let line = counted(start.line()).saturating_add(line_at(raw.as_bytes(), skipped) - 1);
        if has_open_quote(row, separator) {
            return Err(Unreadable::OpenQuote { line });
        }
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let Some(header) = &header else {
            header = Some(header_of(&fields)?);
            continue;
        };
        if is_uneven(&fields, header.len()) {
            let (fields, columns) = (counted(fields.len() as u64), counted(header.len() as u64));
            return Err(Unreadable::Uneven { line, fields, columns });
        }
        count += 1;
        if count <= ROWS_MOST {
            rows.push(Row { line, fields: fields.clone() });
            on_row(count);
        }
    }
    if count > ROWS_MOST {
        return Err(Unreadable::TooManyRows { rows: count });
    }
    match header {
        None => Err(Unreadable::Empty),
        Some(_) if rows.is_empty() => Err(Unreadable::OnlyHeader),
        Some(header) => Ok(Sheet { header, rows }),
    }
}

fn span(from: u64, to: u64) -> std::ops::Range<usize> {
    usize::try_from(from).unwrap_or_default()..usize::try_from(to).unwrap_or_default()
}

fn counted(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether a quotation mark was opened and swallowed what follows. An odd one within a line may as well be an inch sign.
fn has_open_quote(row: &str, separator: u8) -> bool {
    let is_odd = row.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    is_odd && (row.trim_end().contains('\n') || ends_within_quotes(row, separator))
}

fn ends_within_quotes(row: &str, separator: u8) -> bool {
    let (mut is_quoted, mut is_start) = (false, true);
    let mut bytes = row.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if is_quoted {
            // A doubled one stands for itself.
            is_quoted = byte != b'"' || bytes.next_if_eq(&b'"').is_some();
        } else {
            is_quoted = is_start && byte == b'"';
            is_start = byte == separator;
        }
    }
    is_quoted
}

/// A spreadsheet may leave separators behind the last column.
fn is_uneven(fields: &StringRecord, columns: usize) -> bool {
    fields.len() < columns || fields.iter().skip(columns).any(|field| !field.trim().is_empty())
}

/// What separates the most fields of the first line.
fn separator_of(text: &str) -> u8 {
    let columns = |separator: u8| {
        let mut reader = ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(text.as_bytes());
        let mut first = StringRecord::new();
        match reader.read_record(&mut first) {
            Ok(true) => first.len(),
            Ok(false) | Err(_) => 0,
        }
    };
    // Of those with equally many the first.
    SEPARATORS.into_iter().rev().max_by_key(|separator| columns(*separator)).unwrap_or(b',')
}

/// The names of the columns; one without a name is called by its place.
fn header_of(fields: &StringRecord) -> Result<Vec<String>, Unreadable> {
    let mut names: Vec<String> = Vec::new();
    let columns = counted(fields.len() as u64);
    if columns > COLUMNS_MOST {
        return Err(Unreadable::TooManyColumns { columns });
    }
    for (place, name) in fields.iter().enumerate() {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            names.push(format!("Column {}", place + 1));
            continue;
        }
        if names.iter().any(|other| model::text::fold(other) == model::text::fold(&name)) {
            return Err(Unreadable::DuplicateHeader { name: cut(&name, 80) });
        }
        names.push(name);
    }
    Ok(names)
}

/// At most `most` characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A cell without the apostrophe that keeps it from being a formula where lists are exported (DOMAIN A12).
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(u32, Vec<String>)>, Unreadable> {
        let sheet = read(text, |_| ())?;
        Ok(sheet.rows.iter().map(|row| (row.line, row.fields.iter().map(str::to_owned).collect())).collect())
    }

    fn row(line: u32, fields: &[&str]) -> (u32, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn a18_each_separator_is_found() {
        for separator in [",", ";", "\t"] {
            let text =
                ["Company", "Email"].join(separator) + "\r\n" + &["\"Aster, Ltd; \"\"North\"\"\"", "a@b.example"].join(separator);
            assert_eq!(rows(&text), Ok(vec![row(2, &["Aster, Ltd; \"North\"", "a@b.example"])]), "{separator:?}");
        }
        assert_eq!(rows("Company\nAster"), Ok(vec![row(2, &["Aster"])]));
    }

    #[test]
    fn a18_lines_are_counted_as_an_editor_counts_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "\"1", "2\",x", "", ",,", "y,z", ""].join(end);
            assert_eq!(rows(&text), Ok(vec![row(2, &[&format!("1{end}2"), "x"]), row(6, &["y", "z"])]), "{end:?}");
        }
    }

    #[test]
    fn a18_a_broken_line_is_named() {
        let uneven = |line, fields| Err(Unreadable::Uneven { line, fields, columns: 2 });
        assert_eq!(rows("a,b\n1,2\n3\n4,5"), uneven(3, 1));
        assert_eq!(rows("a,b\n1,2\n3,4,5\n6,7"), uneven(3, 3));
        assert_eq!(rows("a,b\n1,2,,\n3,4").map(|rows| rows.len()), Ok(2));
        // The quotation mark that was never closed, in the last and in the first column, in the middle and at the end.
        assert_eq!(rows("a,b\n1,2\n3,\"4\n5,6\n7,8"), Err(Unreadable::OpenQuote { line: 3 }));
        assert_eq!(rows("a,b\n1,2\n\"3,4\n5,6\n7,8"), Err(Unreadable::OpenQuote { line: 3 }));
        assert_eq!(rows("a,b\n1,2\n\"3,4"), Err(Unreadable::OpenQuote { line: 3 }));
        assert!(rows("a,b\n1,2\n\"3,4\n\"5\",6\n7,8").is_err());
        assert_eq!(rows("a,b\n5\" pipe,2"), Ok(vec![row(2, &["5\" pipe", "2"])]));
    }

    #[test]
    fn a18_what_is_no_table_of_customers_is_said() {
        assert_eq!(decode(Vec::new(), Encoding::Utf8), Err(Unreadable::Empty));
        assert_eq!(rows("\u{20}\r\n\r\n"), Err(Unreadable::Empty));
        assert_eq!(rows("Company,Email\r\n,\r\n"), Err(Unreadable::OnlyHeader));
        assert_eq!(rows("Company, company \n1,2"), Err(Unreadable::DuplicateHeader { name: "company".into() }));
        assert_eq!(read("Company,,\n1,2,3", |_| ()).map(|sheet| sheet.header.join("|")), Ok("Company|Column 2|Column 3".into()));
        assert_eq!(rows(&format!("{}\n1", "a,".repeat(200))), Err(Unreadable::TooManyColumns { columns: 201 }));
        let many = format!("Company\n{}", "x\n".repeat(10_001));
        assert_eq!(rows(&many), Err(Unreadable::TooManyRows { rows: 10_001 }));
    }

    #[test]
    fn a18_an_encoding_is_believed_only_where_it_fits() {
        let utf8 = |bytes: &[u8]| decode(bytes.to_vec(), Encoding::Utf8);
        assert_eq!(utf8("\u{feff}Ärzte".as_bytes()), Ok("Ärzte".into()));
        assert_eq!(utf8(b"a\nb\n\xc4rzte"), Err(Unreadable::NotUtf8 { line: 3 }));
        assert_eq!(utf8(b"a\nb\0"), Err(Unreadable::Nul { line: 2 }));
        assert_eq!(utf8(b"\xff\xfea\0b\0"), Err(Unreadable::Nul { line: 1 }));
        let western = |bytes: &[u8]| decode(bytes.to_vec(), Encoding::Windows1252);
        assert_eq!(western(b"\xc4rzte \x80 \x9f"), Ok("Ärzte € Ÿ".into()));
        assert_eq!(western(b"a\n\x81"), Err(Unreadable::NotWindows1252 { line: 2 }));
    }

    #[test]
    fn a12_what_was_exported_comes_back_as_it_was() {
        let cells = ["'+44 20", "'s-Hertogenbosch", "+44", "'=1+1"].map(unguarded);
        assert_eq!(cells, ["+44 20", "'s-Hertogenbosch", "+44", "=1+1"]);
    }
}
