//! Names what differs in the looks of cells.

use crate::{
    terminal::Style,
    view::screen::{Cell, Row},
};

/// An attribute of a cell, and whether two cells differ in it.
type Attribute = (&'static str, fn(&Look, &Look) -> bool);

/// All attributes of a cell.
const ATTRIBUTES: [Attribute; 12] = [
    ("color", |old, new| {
        let color = |look: &Look| (look.style.foreground, look.style.brightens);
        color(old) != color(new)
    }),
    ("background", |old, new| {
        old.style.background != new.style.background
    }),
    ("bold", |old, new| old.style.bold != new.style.bold),
    ("dim", |old, new| old.style.dim != new.style.dim),
    ("italic", |old, new| old.style.italic != new.style.italic),
    ("underline", |old, new| {
        let line = |look: &Look| (look.style.underline, look.style.underline_color);
        line(old) != line(new)
    }),
    ("blink", |old, new| old.style.blink != new.style.blink),
    ("inverse", |old, new| {
        let inverse = |look: &Look| (look.style.inverse, look.style.reversed);
        inverse(old) != inverse(new)
    }),
    ("conceal", |old, new| old.style.conceal != new.style.conceal),
    ("strike", |old, new| old.style.strike != new.style.strike),
    ("overline", |old, new| {
        old.style.overline != new.style.overline
    }),
    ("link", |old, new| old.link != new.link),
];

/// How a cell looks.
#[derive(Clone, Copy, Default)]
struct Look<'a> {
    style: Style,
    link: Option<&'a str>,
}

impl<'a> From<Cell<'a>> for Look<'a> {
    fn from(cell: Cell<'a>) -> Look<'a> {
        Look {
            style: cell.style,
            link: cell.link,
        }
    }
}

/// The attributes in which cells differ, and how many cells do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// A bit for each of the attributes.
    attributes: u16,
    pub cells: usize,
}

impl Looks {
    /// What differs between two rows with the same characters.
    pub fn of_rows(old: &Row, new: &Row) -> Looks {
        let mut looks = Looks::default();
        let (mut old, mut new) = (old.cells(), new.cells());
        loop {
            // A row ends where it is blank.
            let (old, new) = match (old.next(), new.next()) {
                (None, None) => return looks,
                (old, new) => (old.map(Look::from), new.map(Look::from)),
            };
            looks.add(&old.unwrap_or_default(), &new.unwrap_or_default());
        }
    }

    /// What differs between two styles.
    pub fn of_styles(old: Style, new: Style) -> Looks {
        let mut looks = Looks::default();
        let look = |style| Look { style, link: None };
        looks.add(&look(old), &look(new));
        looks
    }

    fn add(&mut self, old: &Look, new: &Look) {
        let differing = (0..)
            .zip(ATTRIBUTES)
            .filter(|(_, (_, differ))| differ(old, new));
        let attributes = differing.fold(0, |bits, (bit, _)| bits | 1 << bit);
        self.attributes |= attributes;
        self.cells += usize::from(attributes != 0);
    }

    /// Adds those of other rows.
    pub fn join(&mut self, other: Looks) {
        self.attributes |= other.attributes;
        self.cells += other.cells;
    }

    pub fn is_empty(self) -> bool {
        self.cells == 0
    }

    /// The attributes in words.
    pub fn name(self) -> String {
        let attributes = (0..).zip(ATTRIBUTES);
        let names = attributes.filter(|(bit, _)| self.attributes & 1 << bit != 0);
        let names: Vec<&str> = names.map(|(_, (name, _))| name).collect();
        match names[..] {
            [name] => name.to_owned(),
            [name, other] => format!("{name} and {other}"),
            _ => "style".to_owned(),
        }
    }
}
