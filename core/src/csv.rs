//! Comma-separated values (RFC 4180) for people who open them in a spreadsheet.
//!
//! A spreadsheet runs what begins like a formula. Such a cell gets an apostrophe in front, which shows that
//! it is text (OWASP, CSV injection).

/// A table as text: rows of cells, each ended by CR LF.
#[derive(Debug, Default)]
pub struct Csv(String);

impl Csv {
    /// A table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        let mut csv = Self::default();
        csv.row(columns);
        csv
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.0.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let quoted = formula || text.contains(['"', ',', '\n', '\r']);
        if quoted {
            self.0.push('"');
        }
        if formula {
            self.0.push('\'');
        }
        self.0.push_str(&text.replace('"', "\"\""));
        if quoted {
            self.0.push('"');
        }
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_shown_as_text() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(&["=1+1", "plain"]);
        csv.row(&["@x,\"y\"", "two\nlines"]);
        csv.row(&["0.5", ""]);
        assert_eq!(
            csv.into_text(),
            "a,b\r\n\"'=1+1\",plain\r\n\"'@x,\"\"y\"\"\",\"two\nlines\"\r\n0.5,\r\n"
        );
    }
}
