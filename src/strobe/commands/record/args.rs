//! The arguments of `strobe record`.

use crate::{
    cli::values,
    clock_args::ClockArgs,
    commands::diff::LevelArg,
    masks::{self, MaskArg},
    send_args::SendArgs,
};
use clap::{Args, ValueEnum};
use rustix::{
    stdio::{stdin, stdout},
    termios::isatty,
};
use std::{ffi::OsString, path::PathBuf, time::Duration};
use stroboscope::{
    recording::Network,
    settings::{
        bytes,
        values::{duration, size, variable},
    },
};

#[derive(Args, Debug)]
#[command(after_long_help = "\
In virtual time, sleeps and time-outs end at once, each at its own instant. The program is run twice. \
If the two runs differ, the transcript says `varies`, and only the final screen is compared.

What virtual time cannot do:
- Computing takes no virtual time: a spinner beside a computation shows one frame.
- The network and other programs have no virtual time. While the program waits for them, real time
  passes, and the transcript says `varies`.
- A parallel program runs one thread at a time.
- For all but root process ids stay real.
- It needs Linux on x86_64 and the right to trace programs; elsewhere there is `--clock real`.

In real time, with -o on a terminal, you see the program and can type to it; what you type is \
recorded. The transcript is then a script that types the same.

A script has a line for each thing that is done:
  after screen \"Name?\" type \"Ada\"    once the screen shows this, type a text
  press Down*3 Enter                 press keys by their names, as C-c, M-x, S-Tab, F5
  0.500 press C-c                    half a second after the line before
  after quiet 0.2 paste \"a\\nb\"       0.2 s after every thread has begun to wait
  after \"\\e[?1000h\" click 10,5       once the program has written this; column, row
  @2.000 resize 100x30               two seconds after the start; also: signal TERM, eof
  @3.000 expect screen /^Bye/        fail unless a row of the screen matches
  send \"\\x1b[99z\"                    send any bytes; send secret NAME: a variable of yours, unseen
A transcript is a script, too. docs/scripts.md has all of it.

`strobe.toml`, in this folder or above it, sets what is not given: docs/settings.md.

Examples:
  Record a program:
    strobe record -o build.strobe -- my-cli build

  Press Ctrl-C after half a second:
    strobe record --send '0.5:\\x03' -- my-cli watch

  Type by hand, and let a script type the same from then on:
    strobe record --clock real -o init.strobe -- my-cli init
    strobe record --script init.strobe -o init.strobe -- my-cli init")]
pub struct RecordArgs {
    /// Write the transcript to this file, and not to standard output, `-`
    ///
    /// If the file exists, it is replaced when the run is over. Meanwhile the transcript grows beside it, in
    /// `.FILE.recording`; if the run is interrupted, `strobe recover FILE` makes a transcript of that.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Run the program on a terminal or on pipes
    #[arg(
        long,
        value_enum,
        default_value_t = On::Pty,
        value_name = "pty|pipe",
        hide_possible_values = true,
        long_help = values::<On>("What the program runs on"),
        help_heading = "Terminal"
    )]
    pub(super) channel: On,
    /// Size of the terminal [default: 80x24]
    ///
    /// Where you see the program, the default is the size of your terminal.
    #[arg(long, value_name = "COLUMNSxROWS", value_parser = size, help_heading = "Terminal")]
    pub(super) size: Option<(u16, u16)>,
    /// Type for TERM, and for COLORTERM [default: xterm-256color]
    ///
    /// `xterm-256color,truecolor` also sets COLORTERM=truecolor, by which programs know that the terminal has all colors.
    #[arg(long, value_name = "TERM[,COLORTERM]", help_heading = "Terminal")]
    pub(super) term: Option<String>,
    /// Who answers what the program asks its terminal
    #[arg(
        long,
        value_enum,
        default_value_t = AnswersArg::Terminal,
        value_name = "terminal|none",
        hide_possible_values = true,
        long_help = values::<AnswersArg>("Who answers what the program asks its terminal, such as where the cursor is"),
        help_heading = "Terminal"
    )]
    pub(super) answers: AnswersArg,
    /// Which network the program finds
    #[arg(
        long,
        value_enum,
        default_value_t = NetworkArg::Host,
        value_name = "host|inside|none",
        hide_possible_values = true,
        long_help = values::<NetworkArg>("Which network the program finds"),
        help_heading = "Environment"
    )]
    pub(super) network: NetworkArg,
    /// Send the input that this script describes
    ///
    /// A script is a file of lines as below, or a transcript, whose inputs are sent again.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub(super) script: Option<PathBuf>,
    #[command(flatten)]
    pub(super) send: SendArgs,
    /// Set an environment variable, or pass yours on; may be repeated
    ///
    /// The environment is otherwise clean: PATH, LANG, TERM, TZ, and empty folders as HOME and TMPDIR. Of a variable that is
    /// passed on by its NAME alone the transcript has only the name.
    #[arg(
        long,
        value_name = "NAME[=VALUE]",
        value_parser = variable,
        help_heading = "Environment"
    )]
    pub(super) env: Vec<(String, Option<String>)>,
    /// Do not keep what this matches in the output; may be repeated
    #[arg(
        long,
        value_name = "MASK",
        long_help = masks::help(),
        help_heading = "Masks"
    )]
    pub(super) mask: Vec<MaskArg>,
    /// Let later runs be compared this closely
    ///
    /// The transcript has a line `level`. `strobe check --help` has the levels. Without such a line the clock decides, and
    /// whether the recording varies.
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        help_heading = "Comparing"
    )]
    pub(super) level: Option<LevelArg>,
    /// Put a folder in front of PATH; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Environment")]
    pub(super) path: Vec<PathBuf>,
    /// Run the program in this folder
    #[arg(long, value_name = "DIR", help_heading = "Environment")]
    pub(super) cwd: Option<PathBuf>,
    /// End the program after this much real time [default: 30s]
    ///
    /// Where you see the program, there is no limit unless you set one.
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "Time")]
    pub(super) limit: Option<Duration>,
    /// End the program once it has written more [default: 64MiB]
    #[arg(long, value_name = "BYTES", value_parser = bytes::parse, help_heading = "Output")]
    pub(super) output_limit: Option<usize>,
    /// The program and its arguments
    ///
    /// All that follows the program belongs to it. Only a program whose name begins with `-` needs `--` before it.
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
    #[command(flatten)]
    pub(super) time: ClockArgs,
}

/// What a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum On {
    /// A terminal
    Pty,
    /// Pipes, one for stdout and one for stderr
    Pipe,
}

/// Who answers what a program asks its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswersArg {
    /// The terminal; where you see the program, your own
    Terminal,
    /// Nobody: the program waits until it gives up
    None,
}

/// Which network a program finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NetworkArg {
    /// The system's
    Host,
    /// A loopback of its own, on which every port is free (Linux, for root)
    Inside,
    /// None (Linux, for root)
    None,
}

impl From<NetworkArg> for Network {
    fn from(network: NetworkArg) -> Network {
        match network {
            NetworkArg::Host => Network::Host,
            NetworkArg::Inside => Network::Inside,
            NetworkArg::None => Network::None,
        }
    }
}

impl RecordArgs {
    /// On pipes there is no terminal that could have a size, or answer.
    pub(super) fn check_channel(&self) -> Result<(), String> {
        let set = [
            ("size", self.size.is_some()),
            ("term", self.term.is_some()),
            ("answers", self.answers == AnswersArg::None),
        ];
        let mut set = set.iter().filter(|(_, is_set)| *is_set);
        match set.next().filter(|_| self.channel == On::Pipe) {
            None => Ok(()),
            Some((option, _)) => Err(format!(
                "`--{option}` is for a terminal, and the program runs on pipes: leave it out, or use `--channel pty`"
            )),
        }
    }

    /// Whether the program is seen, and may be typed to.
    pub(super) fn is_live(&self) -> bool {
        let is_on_terminal = || isatty(stdin()) && isatty(stdout());
        self.channel == On::Pty && self.time.is_real() && self.output.is_some() && is_on_terminal()
    }
}
