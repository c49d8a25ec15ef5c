//! How long a backend may take: a deployment's setting.

/// How long a backend may take, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until the response headers of a stream.
    pub headers: u32,
    /// From the headers to the first byte of a stream.
    pub first: u32,
    /// Between two bytes of a stream.
    pub idle: u32,
    /// For the whole answer; for a plain one also until its headers.
    pub total: u32,
}

impl Default for Deadlines {
    /// Large models think for a minute; nothing useful takes ten.
    fn default() -> Self {
        Self {
            headers: 60_000,
            first: 60_000,
            idle: 60_000,
            total: 600_000,
        }
    }
}

impl Deadlines {
    /// Four numbers of milliseconds, `headers,first,idle,total`; the defaults for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut numbers = text
            .split(',')
            .map(|number| number.trim().parse::<u32>().ok());
        let mut next = || numbers.next().flatten().filter(|ms| *ms > 0);
        match (next(), next(), next(), next()) {
            (Some(headers), Some(first), Some(idle), Some(total)) => Self {
                headers,
                first,
                idle,
                total,
            },
            _ => Self::default(),
        }
    }
}
