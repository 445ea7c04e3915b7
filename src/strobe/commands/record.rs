//! `strobe record`: runs a program and takes it down.

use crate::{
    command_line::tell,
    input::{self, SizeArgs},
    masks::{self, MaskArg},
    not_found, signals,
};
use rustix::{
    stdio::{stderr, stdin, stdout},
    termios::isatty,
};
use std::{env, error::Error, process::ExitCode, sync::mpsc, time::Duration};
use stroboscope::{
    file::Destination,
    recording::{Answers, Channel},
    script::Script,
    session::{DEFAULT_LIMIT, DEFAULT_OUTPUT_LIMIT, Live, Session, SessionError},
    text,
};

use args::{AnswersArg, On};
use keep::Known;

pub use args::RecordArgs;

mod args;
mod folder;
mod keep;
mod so_far;

const TERM: &str = "xterm-256color";
const SIZE: (u16, u16) = (80, 24);

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
