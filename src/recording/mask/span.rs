//! A part of a write that was not kept.

/// A part of a write's bytes that was not kept: in its place stands the mask's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Masked {
    /// Where in the write's bytes it begins.
    pub at: usize,
    /// The name that it was masked by.
    pub name: String,
    /// How many columns it took; as many bytes stand for it.
    pub columns: usize,
    /// Whether it goes on what was masked before it, in the write above or before a control sequence.
    pub continues: bool,
}

impl Masked {
    /// A part that begins at this byte.
    #[must_use]
    pub fn new(at: usize, name: &str, columns: usize, continues: bool) -> Masked {
        Masked {
            at,
            name: name.to_owned(),
            columns,
            continues,
        }
    }

    /// How many columns its name takes.
    #[must_use]
    pub fn own_columns(&self) -> usize {
        self.name.len() + 2
    }

    /// The byte after it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.at.saturating_add(self.columns)
    }

    /// What stands for it: `<name>`, cut or padded to its columns; of a part that continues another the end of that.
    #[must_use]
    pub fn text(&self) -> String {
        let name = format!("<{}>", self.name);
        let (own, columns) = (name.len(), self.columns);
        match columns.checked_sub(own) {
            Some(blanks) => name + &" ".repeat(blanks),
            None if self.continues => name[own - columns..].to_owned(),
            None => name[..columns].to_owned(),
        }
    }
}

/// A write: its bytes, and what of it is masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub bytes: Vec<u8>,
    pub masked: Vec<Masked>,
}

impl Written {
    /// A write of which everything is kept.
    pub fn unmasked(bytes: &[u8]) -> Written {
        Written {
            bytes: bytes.to_vec(),
            masked: Vec::new(),
        }
    }

    /// Appends another write. What was masked across both is one part.
    pub fn append(&mut self, bytes: &[u8], masked: &[Masked]) {
        let mut copied = 0;
        for part in masked {
            self.bytes.extend_from_slice(&bytes[copied..part.at]);
            copied = part.end();
            self.push(&part.name, part.columns, part.continues);
        }
        self.bytes.extend_from_slice(&bytes[copied..]);
    }

    /// Appends a part that is masked.
    pub fn push(&mut self, name: &str, columns: usize, continues: bool) {
        let at = self.bytes.len();
        let is_joined = |last: &mut Masked| continues && last.name == name && last.end() == at;
        let part = match self.masked.pop_if(is_joined) {
            Some(last) => Masked {
                columns: last.columns + columns,
                ..last
            },
            None => Masked::new(at, name, columns, continues),
        };
        self.bytes.truncate(part.at);
        self.bytes.extend_from_slice(part.text().as_bytes());
        self.masked.push(part);
    }
}
