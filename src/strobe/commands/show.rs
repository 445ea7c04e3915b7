//! `strobe show`: a recording in one of its views.

use crate::{
    cli::values,
    input::{self, SizeArgs},
    output,
};
use clap::{Args, ValueEnum};
use pictures::PictureArgs;
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};
use stroboscope::{
    settings::values::instant,
    view::{self, asciicast, notebook::Rule},
};

mod pictures;

mod events;

#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  Print a transcript in its canonical form, each event with the time since the start:
    strobe show build.strobe --instants

  Print the screen as it was after 1.2 seconds:
    strobe show build.strobe --as screen --at 1.2s

  Print everything that can be scrolled to:
    strobe show build.strobe --as screen --scrollback

  Draw an animated picture for a web page:
    strobe show build.strobe --as svg --theme auto --window >build.svg

  Draw what was visible after 1.2 seconds, and a moving picture where no SVG will do:
    strobe show build.strobe --as png --at 1.2s >build.png
    strobe show build.strobe --as gif --theme dracula --speed 2 >build.gif

  Turn an asciicast into a transcript:
    strobe show demo.cast >demo.strobe

  Let git show screens where transcripts have changed (with `*.strobe diff=strobe` in .gitattributes):
    git config diff.strobe.textconv 'strobe show --as frames'")]
pub struct ShowArgs {
    /// A transcript, an insta snapshot that holds one, or an asciicast; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show it as text, as screens or as a picture
    #[arg(
        long = "as",
        value_enum,
        default_value_t = View::Transcript,
        value_name = "VIEW",
        hide_possible_values = true,
        long_help = values::<View>("How to show it")
    )]
    view: View,
    /// Show what was visible at this instant (`--as screen`, or a picture)
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Duration>,
    /// Show the rows that scrolled away, too (`--as screen`)
    #[arg(long)]
    scrollback: bool,
    /// Print the time since the start in front of each event (`--as transcript`)
    #[arg(long)]
    instants: bool,
    /// By the rule of which notebook (`--as notebook`) [default: lab]
    #[arg(
        long,
        value_enum,
        value_name = "RULE",
        hide_possible_values = true,
        long_help = values::<RuleArg>("By the rule of which notebook (`--as notebook`) [default: lab]")
    )]
    rule: Option<RuleArg>,
    /// Leave out or replace what the format cannot hold (`--as asciicast`)
    #[arg(long)]
    lossy: bool,
    #[command(flatten)]
    pictures: PictureArgs,
    #[command(flatten)]
    size: SizeArgs,
}

/// A view of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// Its canonical text
    Transcript,
    /// The bytes, and those of stderr on standard error; not safe on a terminal
    Bytes,
    /// The final screen, and a line with the cursor, modes, title and bell
    Screen,
    /// Every screen that differs from the one before, with its instants
    Frames,
    /// What a notebook keeps of it
    Notebook,
    /// An asciicast, version 3
    Asciicast,
    /// An asciicast, version 2, which older players read, too
    Asciicast2,
    /// An animated picture, one file that needs nothing else
    Svg,
    /// A picture of the final screen, or of that at an instant (`--at`)
    Png,
    /// An animated picture, for pages that show no SVG
    Gif,
    /// An animated picture with all colors
    Apng,
}

impl View {
    /// Whether it is drawn.
    fn is_picture(self) -> bool {
        self.is_moving() || self == View::Png
    }

    /// Whether it moves.
    fn is_moving(self) -> bool {
        matches!(self, View::Svg | View::Gif | View::Apng)
    }

    /// The views of a kind, as a message names them.
    fn pictures(is: fn(View) -> bool) -> String {
        let views = View::value_variants().iter().filter(|view| is(**view));
        let names = views
            .filter_map(|view| Some(format!("`--as {}`", view.to_possible_value()?.get_name())));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// A rule by which notebooks fold a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RuleArg {
    /// The classic notebook, JupyterLab to 4.2, VS Code
    Classic,
    /// JupyterLab since 4.3, Notebook since 7.3
    Lab,
    /// An export by nbconvert of what no notebook has shown
    Nbconvert,
}

impl From<RuleArg> for Rule {
    fn from(rule: RuleArg) -> Rule {
        match rule {
            RuleArg::Classic => Rule::Rx,
            RuleArg::Lab => Rule::Lab,
            RuleArg::Nbconvert => Rule::NbConvert,
        }
    }
}

/// Shows one recording.
pub fn run(options: &ShowArgs) -> Result<ExitCode, Box<dyn Error>> {
    if options.at.is_some() && options.view != View::Screen && !options.view.is_picture() {
        return Err(format!(
            "`--at` goes with `--as screen`, and with pictures: {}",
            View::pictures(View::is_picture)
        )
        .into());
    }
    options.pictures.check(options.view, options.at)?;
    if options.scrollback && options.view != View::Screen {
        return Err("`--scrollback` goes with `--as screen`".into());
    }
    if options.instants && options.view != View::Transcript {
        return Err("`--instants` goes with the transcript, without `--as` another view".into());
    }
    if options.rule.is_some() && options.view != View::Notebook {
        return Err("`--rule` goes with `--as notebook`".into());
    }
    if options.lossy && !matches!(options.view, View::Asciicast | View::Asciicast2) {
        return Err("`--lossy` goes with `--as asciicast` and `--as asciicast2`".into());
    }
    match options.view {
        View::Bytes => return events::bytes(options),
        View::Screen => return events::screen(options),
        View::Frames => return events::frames(options),
        View::Transcript => {
            let text = input::canonical(&options.file, options.size, options.instants)?;
            output::print(text.as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let recording = input::recording(&options.file, options.size)?;
    if options.view.is_picture() {
        let picture = options
            .pictures
            .draw(options.view, &recording, options.at)?;
        output::print(&picture)?;
        let unknown = view::screen::unknown(&recording, options.at.unwrap_or(Duration::MAX));
        events::name_unknown(&unknown);
        return Ok(ExitCode::SUCCESS);
    }
    let text = match options.view {
        View::Notebook => {
            let rule = options.rule.unwrap_or(RuleArg::Lab);
            view::notebook(&recording, rule.into()).map_err(|error| {
                let name = input::name(&options.file);
                format!("{name}: {error}; `--rule lab` folds it as newer notebooks do")
            })?
        }
        View::Asciicast | View::Asciicast2 => {
            let version = if options.view == View::Asciicast {
                asciicast::Version::Three
            } else {
                asciicast::Version::Two
            };
            let fidelity = if options.lossy {
                asciicast::Fidelity::Lossy
            } else {
                asciicast::Fidelity::Exact
            };
            asciicast::write_version(&recording, version, fidelity).map_err(|error| {
                format!(
                    "{}: {error}; `--lossy` leaves it out",
                    input::name(&options.file)
                )
            })?
        }
        _ => unreachable!("is shown event by event, or drawn"),
    };
    output::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
