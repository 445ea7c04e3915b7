//! Operating system commands: titles, colors, hyperlinks.

use super::{
    palette::{self, Dynamic},
    state::State,
};

/// The most titles that are kept to be restored, as in xterm.
const MAX_TITLES: usize = 10;
/// The most characters that are kept of a title.
const MAX_TITLE: usize = 1000;
/// The most bytes of a hyperlink's address; a longer one is no link (VTE).
const MAX_ADDRESS: usize = 2083;
/// The most addresses that are kept.
const MAX_ADDRESSES: usize = 1 << 14;
/// Among how many of the newest ones an address is looked for.
const RECENT: usize = 64;

/// Commands that change nothing that is drawn, answered or typed here: properties and files of the window, notifications,
/// pointers, fonts, the clipboard, colors of what is not drawn, marks of prompts and folders, and what shells, editors and
/// iTerm2 tell their terminals.
const WITHOUT_EFFECT: &[u32] = &[
    3, 5, 6, 7, 9, 13, 14, 15, 16, 17, 18, 19, 22, 50, 52, 99, 105, 106, 113, 114, 115, 116, 117,
    118, 119, 133, 176, 440, 555, 633, 697, 777, 3008, 5522, 9001,
];

impl State {
    /// Carries out a command.
    pub fn command(&mut self, payload: &[u8], by_bell: bool) {
        let text = String::from_utf8_lossy(payload);
        let (number, rest) = text.split_once(';').unwrap_or((&text, ""));
        let Some(number) = crate::text::number::<u32>(number).filter(|_| !number.is_empty()) else {
            return self.unknown.add(|| "OSC without a number".to_owned());
        };
        let end = if by_bell { "\x07" } else { "\x1b\\" };
        let known = match number {
            0 => {
                self.icon = title(rest);
                self.title = title(rest);
                true
            }
            1 => {
                self.icon = title(rest);
                true
            }
            2 => {
                self.title = title(rest);
                true
            }
            4 => self.set_colors(rest, end),
            104 => self.reset_colors(rest),
            8 => {
                self.link(rest);
                true
            }
            10..=12 => self.set_dynamic(number, rest, end),
            110..=112 => {
                if let Some(which) = Dynamic::numbered(number - 100) {
                    self.palette.set_dynamic(which, None);
                }
                true
            }
            _ if WITHOUT_EFFECT.contains(&number) => {
                if rest.split(';').any(|part| part == "?") {
                    self.unanswered.add(|| format!("OSC {number} ; ?"));
                }
                true
            }
            _ => false,
        };
        if !known {
            self.unknown.add(|| format!("OSC {number}"));
        }
    }

    /// Sets or reports entries of the palette: `INDEX;COLOR;…`.
    fn set_colors(&mut self, pairs: &str, end: &str) -> bool {
        let mut words = pairs.split(';');
        while let (Some(index), Some(color)) = (words.next(), words.next()) {
            let Some(index) = crate::text::number::<u8>(index) else {
                return false;
            };
            if color == "?" {
                let value = palette::report(self.palette.indexed(index));
                self.reply("OSC 4", format!("\x1b]4;{index};{value}{end}"));
            } else if let Some(color) = palette::parse(color) {
                self.palette.set(index, color);
            } else {
                return false;
            }
        }
        true
    }

    fn reset_colors(&mut self, indices: &str) -> bool {
        if indices.is_empty() {
            self.palette.reset(None);
            return true;
        }
        indices.split(';').fold(true, |known, index| {
            let index = crate::text::number::<u8>(index);
            if index.is_some() {
                self.palette.reset(index);
            }
            known && index.is_some()
        })
    }

    /// Sets or reports default colors; each further color is for the next number.
    fn set_dynamic(&mut self, first: u32, colors: &str, end: &str) -> bool {
        for (number, color) in (first..).zip(colors.split(';')) {
            let Some(which) = Dynamic::numbered(number) else {
                return true;
            };
            if color == "?" {
                let value = palette::report(self.palette.dynamic(which));
                self.reply(
                    &format!("OSC {number}"),
                    format!("\x1b]{number};{value}{end}"),
                );
            } else if let Some(color) = palette::parse(color) {
                self.palette.set_dynamic(which, Some(color));
            } else {
                return false;
            }
        }
        true
    }

    /// Begins or ends a hyperlink: `PARAMETERS;ADDRESS`.
    fn link(&mut self, rest: &str) {
        let address = rest.split_once(';').map_or("", |(_, address)| address);
        self.pen.link = 0;
        if address.is_empty() || address.len() > MAX_ADDRESS {
            return;
        }
        let start = self.links.len().saturating_sub(RECENT);
        let mut recent = self.links[start..].iter();
        let index = match recent.position(|link| **link == *address) {
            Some(index) => start + index,
            None if self.links.len() < MAX_ADDRESSES => {
                self.links.push(address.into());
                self.links.len() - 1
            }
            None => {
                return self
                    .unknown
                    .add(|| format!("more than {MAX_ADDRESSES} hyperlinks"));
            }
        };
        self.pen.link = u16::try_from(index + 1).unwrap_or(0);
    }

    pub fn push_title(&mut self) {
        if self.titles.len() < MAX_TITLES {
            self.titles.push((self.title.clone(), self.icon.clone()));
        }
    }

    pub fn pop_title(&mut self, which: u16) {
        if let Some((title, icon)) = self.titles.pop() {
            if which != 1 {
                self.title = title;
            }
            if which != 2 {
                self.icon = icon;
            }
        }
    }
}

fn title(text: &str) -> String {
    text.chars().take(MAX_TITLE).collect()
}
