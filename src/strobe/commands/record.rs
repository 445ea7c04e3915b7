//! `strobe record`: runs a program and takes it down.

use super::diff::LevelArg;
use crate::{
    cli::values,
    clock_args::ClockArgs,
    command_line::tell,
    input::{self, SizeArgs},
    masks::{self, MaskArg},
    not_found,
    send_args::SendArgs,
    signals,
};
use clap::{Args, ValueEnum};
use rustix::{
    stdio::{stderr, stdin, stdout},
    termios::isatty,
};
use std::{
    env, error::Error, ffi::OsString, path::PathBuf, process::ExitCode, sync::mpsc, time::Duration,
};
use stroboscope::{
    file::Destination,
    recording::{Answers, Channel, Network},
    script::Script,
    session::{DEFAULT_LIMIT, DEFAULT_OUTPUT_LIMIT, Live, Session, SessionError},
    settings::{
        bytes,
        values::{duration, size, variable},
    },
    text,
};

use keep::Known;

mod folder;
mod keep;
mod so_far;

const TERM: &str = "xterm-256color";
const SIZE: (u16, u16) = (80, 24);

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
    output: Option<PathBuf>,
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
    channel: On,
    /// Size of the terminal [default: 80x24]
    ///
    /// Where you see the program, the default is the size of your terminal.
    #[arg(long, value_name = "COLUMNSxROWS", value_parser = size, help_heading = "Terminal")]
    size: Option<(u16, u16)>,
    /// Type for TERM, and for COLORTERM [default: xterm-256color]
    ///
    /// `xterm-256color,truecolor` also sets COLORTERM=truecolor, by which programs know that the terminal has all colors.
    #[arg(long, value_name = "TERM[,COLORTERM]", help_heading = "Terminal")]
    term: Option<String>,
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
    answers: AnswersArg,
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
    network: NetworkArg,
    /// Send the input that this script describes
    ///
    /// A script is a file of lines as below, or a transcript, whose inputs are sent again.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    script: Option<PathBuf>,
    #[command(flatten)]
    send: SendArgs,
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
    env: Vec<(String, Option<String>)>,
    /// Do not keep what this matches in the output; may be repeated
    #[arg(
        long,
        value_name = "MASK",
        long_help = masks::help(),
        help_heading = "Masks"
    )]
    mask: Vec<MaskArg>,
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
    level: Option<LevelArg>,
    /// Put a folder in front of PATH; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Environment")]
    path: Vec<PathBuf>,
    /// Run the program in this folder
    #[arg(long, value_name = "DIR", help_heading = "Environment")]
    cwd: Option<PathBuf>,
    /// End the program after this much real time [default: 30s]
    ///
    /// Where you see the program, there is no limit unless you set one.
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "Time")]
    limit: Option<Duration>,
    /// End the program once it has written more [default: 64MiB]
    #[arg(long, value_name = "BYTES", value_parser = bytes::parse, help_heading = "Output")]
    output_limit: Option<usize>,
    /// The program and its arguments
    ///
    /// All that follows the program belongs to it. Only a program whose name begins with `-` needs `--` before it.
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    time: ClockArgs,
}

/// What a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum On {
    /// A terminal
    Pty,
    /// Pipes, one for stdout and one for stderr
    Pipe,
}

/// Who answers what a program asks its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AnswersArg {
    /// The terminal; where you see the program, your own
    Terminal,
    /// Nobody: the program waits until it gives up
    None,
}

/// Which network a program finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NetworkArg {
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
    fn check_channel(&self) -> Result<(), String> {
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
    fn is_live(&self) -> bool {
        let is_on_terminal = || isatty(stdin()) && isatty(stdout());
        self.channel == On::Pty && self.time.is_real() && self.output.is_some() && is_on_terminal()
    }
}

/// Records a program.
pub fn run(mut options: RecordArgs) -> Result<ExitCode, Box<dyn Error>> {
    options.check_channel()?;
    options.output.take_if(|output| output.as_os_str() == "-");
    let masks = folder::complete(&mut options)?;
    let options = &options;
    let script = script(options)?;
    let known = Known {
        masks,
        secrets: script.secrets().into_iter().map(str::to_owned).collect(),
    };
    let virtual_time = options.time.virtual_time()?;
    let destination = match &options.output {
        None => None,
        Some(path) => Some(
            Destination::new(path)
                .map_err(|error| format!("cannot write `{}`: {error}", shown(path)))?,
        ),
    };
    let cancel = signals::listen()?;
    let live = if options.is_live() {
        Some(Live::new(stdin(), stdout(), signals::resized()?)?)
    } else {
        None
    };
    let mut session = session(options, script, live)?.cancelled_by(cancel);
    session = match virtual_time {
        Some(virtual_time) => session.virtual_time(virtual_time),
        None => session.real_time(),
    };
    for name in options.time.allowed() {
        session = session.allow(name);
    }
    let runs = options.time.runs();
    if options.mask.contains(&MaskArg::Auto) {
        session = masks::automatic(session, virtual_time.is_some(), runs)?;
    }
    tell_what_to_expect(options, &known, destination.as_ref());
    let (proposals, proposed) = mpsc::channel();
    session = session.propose_to(proposals);
    let explain = |error: &SessionError| {
        let hint = not_found::hint(error, &options.command[0]);
        explained(error) + &hint.unwrap_or_default()
    };
    match (&options.output, destination) {
        (Some(output), Some(destination)) if destination.is_regular() => {
            keep::in_file(&session, runs, (output, &destination), &known, explain)?;
        }
        (_, destination) => {
            keep::at_the_end(&session, runs, destination.as_ref(), &known, explain)?;
        }
    }
    masks::tell_proposed(&proposed.try_iter().collect::<Vec<_>>());
    Ok(ExitCode::SUCCESS)
}

/// In real time a person may wait for long: says for what, and what is lost if strobe is killed.
fn tell_what_to_expect(options: &RecordArgs, known: &Known, destination: Option<&Destination>) {
    if !options.time.is_real() {
        return;
    }
    let is_regular = destination.is_some_and(Destination::is_regular);
    if is_regular && !(options.mask.is_empty() && known.secrets.is_empty()) {
        tell(
            "strobe: what is masked is known at the end: if strobe is killed before (SIGKILL), the recording is lost",
        );
    }
    if options.is_live() || !isatty(stderr()) {
        return;
    }
    let limit = humantime::format_duration(options.limit.unwrap_or(DEFAULT_LIMIT));
    let hint = match (options.channel, &options.output) {
        (On::Pty, None) => "; with `-o FILE` you see the program and can type to it",
        _ => "",
    };
    tell(&format!(
        "strobe: recording in real time, until the program ends or for {limit} (`--limit`){hint}"
    ));
}

/// What a session says, with the option that helps.
fn explained(error: &SessionError) -> String {
    match error {
        SessionError::NoVirtualTime(_) | SessionError::Unsupported { .. } => {
            format!("{error}; in real time it runs: `--clock real`")
        }
        SessionError::Network(_) => {
            format!("{error}; that takes root, in the system's network it runs: `--network host`")
        }
        SessionError::LiveInVirtualTime => format!("{error}: `--clock real`"),
        _ => error.to_string(),
    }
}

/// What is done to the program.
fn script(options: &RecordArgs) -> Result<Script, Box<dyn Error>> {
    let Some(path) = &options.script else {
        return Ok(options.send.script());
    };
    let text =
        input::text(path, SizeArgs::default()).map_err(|error| format!("the script {error}"))?;
    let script = text.parse::<Script>();
    Ok(script.map_err(|error| format!("{}: {error}", shown(path)))?)
}

fn session(
    options: &RecordArgs,
    script: Script,
    live: Option<Live>,
) -> Result<Session, Box<dyn Error>> {
    let (program, arguments) = options.command.split_first().ok_or("there is no command")?;
    let own_size = live.as_ref().and_then(Live::size);
    let (columns, rows) = options.size.or(own_size).unwrap_or(SIZE);
    let term = options.term.as_deref().unwrap_or(TERM);
    let (term, colorterm) = match term.split_once(',') {
        Some((term, colorterm)) => (term, Some(colorterm)),
        None => (term, None),
    };
    let channel = match options.channel {
        On::Pty => Channel::Pty {
            columns,
            rows,
            term: term.to_owned(),
        },
        On::Pipe => Channel::Pipe,
    };
    let limit = options.limit.unwrap_or(if live.is_some() {
        Duration::MAX
    } else {
        DEFAULT_LIMIT
    });
    let mut session = Session::new(program)
        .args(arguments)
        .channel(channel)
        .answers(match options.answers {
            AnswersArg::Terminal => Answers::Terminal,
            AnswersArg::None => Answers::None,
        })
        .network(options.network.into())
        .script(script)
        .timeout(limit)
        .output_limit(options.output_limit.unwrap_or(DEFAULT_OUTPUT_LIMIT));
    if let Some(level) = options.level {
        session = session.level(level.into());
    }
    for mask in options.mask.iter().filter_map(MaskArg::mask) {
        session = session.mask(mask.clone());
    }
    if let Some(colorterm) = colorterm {
        session = session.env("COLORTERM", colorterm);
    }
    for (name, value) in &options.env {
        if value.is_none() && env::var_os(name).is_none() {
            let name = shown(name.as_ref());
            tell(&format!(
                "strobe: `{name}` is not set here, nor in the program"
            ));
        }
        session = match value {
            Some(value) => session.env(name, value),
            None => session.pass_env(name),
        };
    }
    for folder in &options.path {
        session = session.path(
            folder
                .canonicalize()
                .map_err(|error| format!("`--path {}`: {error}", shown(folder)))?,
        );
    }
    if let Some(cwd) = &options.cwd {
        session = session.current_dir(cwd);
    }
    // The transcript's folder; on standard output it is taken for the present one.
    let folder = options
        .output
        .as_deref()
        .and_then(|path| path.parent())
        .filter(|folder| !folder.as_os_str().is_empty());
    session = session.folder(folder.unwrap_or(std::path::Path::new(".")));
    Ok(match live {
        Some(live) => session.live(live),
        None => session,
    })
}

fn shown(path: &std::path::Path) -> String {
    text::escape(path.as_os_str().as_encoded_bytes(), 4096)
}
