//! The command line.

use crate::{
    commands::{check, diff, play, record, recover, review, show},
    output, signals,
};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::{error::Error, process::ExitCode};

/// Snapshot tests for what a command-line program shows
///
/// strobe runs a program and writes a transcript: a text file with everything that the program wrote to its terminal, and
/// when. You commit the transcript. Later strobe runs the program again, and says what has changed.
#[derive(Debug, Parser)]
#[command(name = "strobe", version, max_term_width = WIDTH, after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// How many columns a help text has at most.
const WIDTH: usize = 100;

const EXAMPLES: &str = "\
Examples:
  Record a program, and commit the transcript:
    strobe record -o build.strobe -- my-cli build

  Run the programs of all transcripts below this folder again:
    strobe check

  Look at what has changed, and accept or reject it:
    strobe review

  Draw a transcript as an animated picture:
    strobe show build.strobe --as svg >build.svg";

// The options of one command take a tenth of a millisecond to define: those of the others are defined only for their help.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Run a program, and write its transcript
    Record(record::RecordArgs),
    /// Run the programs of transcripts again, and say what has changed
    Check(check::CheckArgs),
    /// Compare two transcripts, or two folders of them
    Diff(diff::DiffArgs),
    /// Show a transcript: as text, as screens, as a picture
    Show(show::ShowArgs),
    /// Look at what has changed, and accept or reject it
    Review(review::ReviewArgs),
    /// Play a transcript in the terminal, or two to compare
    Play(play::PlayArgs),
    /// Make a transcript of a recording that was interrupted
    Recover(recover::RecoverArgs),
    /// Print completions for a shell
    #[command(after_long_help = "\
Examples:
  strobe completions bash >~/.local/share/bash-completion/completions/strobe
  strobe completions fish >~/.config/fish/completions/strobe.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Cli {
    /// Carries the command out.
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        signals::report_file_size_limit()?;
        match self.command {
            Command::Record(options) => record::run(options),
            Command::Recover(options) => recover::run(&options),
            Command::Show(options) => show::run(&options),
            Command::Review(options) => review::run(&options),
            Command::Play(options) => play::run(&options),
            Command::Diff(options) => diff::run(&options),
            Command::Check(options) => check::run(&options),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "strobe", &mut script);
                output::print(&script)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// The long help of an option: what it does, and each of its values.
pub fn values<T: ValueEnum>(what: &str) -> String {
    let values = T::value_variants().iter().filter_map(T::to_possible_value);
    let values: Vec<_> = values
        .map(|value| {
            let help = value.get_help().map(ToString::to_string);
            (value.get_name().to_owned(), help.unwrap_or_default())
        })
        .collect();
    let width = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = values
        .iter()
        .map(|(name, help)| format!("\n  {name:width$}  {help}"));
    format!("{what}:{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Cli, WIDTH};
    use clap::{Command, CommandFactory};

    #[test]
    fn the_command_line_definition_is_valid() {
        Cli::command().debug_assert();
    }

    /// Every command that strobe has.
    fn commands() -> Vec<Command> {
        let mut strobe = Cli::command();
        strobe.build();
        let commands: Vec<_> = strobe.get_subcommands().cloned().collect();
        commands
            .into_iter()
            .filter(|command| command.get_name() != "help")
            .collect()
    }

    #[test]
    fn the_short_help_has_one_line_for_each_option() {
        for mut command in commands() {
            let options = command
                .get_arguments()
                .filter(|argument| argument.get_long().is_some())
                .count();
            let help = command.render_help().to_string();
            let is_option = |line: &&str| line.trim_start().starts_with('-');
            assert_eq!(help.lines().filter(is_option).count(), options, "{help}");
            let is_rest = |line: &str| line.starts_with("                ");
            assert!(!help.lines().any(is_rest), "{help}");
            assert!(
                help.lines().all(|line| line.chars().count() <= WIDTH),
                "{help}"
            );
        }
    }

    #[test]
    fn the_long_help_ends_with_examples() {
        for mut command in commands() {
            let help = command.render_long_help().to_string();
            let (_, examples) = help.rsplit_once("Examples:\n").expect("examples");
            let is_command = |line: &&str| line.contains("strobe ") || line.contains("'strobe ");
            assert!(examples.lines().any(|line| is_command(&line)), "{help}");
        }
    }
}
