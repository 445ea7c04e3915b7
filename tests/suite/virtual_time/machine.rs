//! The programs that the machine has, as a new user would try them: in real time, and several times in virtual time.
//! `just programs` prints the table of `docs/programs.md`.

use crate::requirement::has_virtual_time;
use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use stroboscope::{recording::End, session::Session};

/// A program to try: its name in the table, what it needs on the machine, and what a shell runs in a folder of its own.
struct Trial {
    name: &'static str,
    needs: &'static [&'static str],
    command: &'static str,
    /// What is typed, as a script.
    typed: &'static str,
}

const fn trial(name: &'static str, needs: &'static [&'static str], command: &'static str) -> Trial {
    Trial {
        name,
        needs,
        command,
        typed: "",
    }
}

const fn typed(
    name: &'static str,
    needs: &'static [&'static str],
    command: &'static str,
    typed: &'static str,
) -> Trial {
    Trial {
        name,
        needs,
        command,
        typed,
    }
}

const ASYNCIO: &str = r#"python3 -c '
import asyncio
async def echo(reader, writer):
    while line := await reader.readline():
        await asyncio.sleep(.1); writer.write(line); await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for i in range(3):
        writer.write(b"%d\n" % i); print((await reader.readline()).decode().strip(), flush=True)
    writer.close(); server.close()
asyncio.run(main())'"#;

const HTTP: &str = r#"python3 -c '
import http.server, threading, time, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(.3); self.send_response(200); self.end_headers(); self.wfile.write(b"hi")
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for _ in range(3): print(urllib.request.urlopen("http://127.0.0.1:%d/" % server.server_port, timeout=5).read(), flush=True)
server.shutdown()'"#;

const MANAGER: &str = r#"cat >m.py <<'END'
from multiprocessing import Manager, Process
import time
def work(shared, i): time.sleep(.1 * i); shared[i] = i * i
if __name__ == "__main__":
    with Manager() as manager:
        shared = manager.dict(); workers = [Process(target=work, args=(shared, i)) for i in range(3)]
        [worker.start() for worker in workers]; [worker.join() for worker in workers]; print(dict(shared))
END
python3 m.py"#;

const NODE_HTTP: &str = r#"node -e '
const http = require("http");
const server = http.createServer((_, answer) => setTimeout(() => answer.end("ok"), 200)).listen(0, "127.0.0.1", () => {
  let asked = 0;
  const ask = () => http.get({ port: server.address().port }, answer => {
    answer.on("data", data => console.log(String(data)));
    answer.on("end", () => { if (++asked < 3) setTimeout(ask, 300); else server.close(); });
  });
  ask();
});'"#;

const PEXPECT: &str = r#"python3 -c '
import pexpect
child = pexpect.spawn("bash", ["-c", "sleep 1; read line; echo got $line"], timeout=5)
child.sendline("hello"); child.expect("got hello"); print("ok"); child.expect(pexpect.EOF)'"#;

const PYTEST: &str = r#"cat >test_slow.py <<'END'
import pytest, time
@pytest.mark.timeout(1, method="signal")
def test_slow(): time.sleep(5)
END
python3 -m pytest -q -p no:cacheprovider test_slow.py"#;

const TEXTUAL: &str = r##"cat >form.py <<END
from textual.app import App
from textual.widgets import Button, Input, Label
class Form(App):
    def compose(self):
        yield Input()
        yield Button("Greet")
        yield Label(id="greeting")
    def on_button_pressed(self, event):
        self.query_one("#greeting").update("Hello, " + self.query_one(Input).value)
Form().run()
END
python3 form.py"##;

const FORM: &str = r#"
after screen "Greet" 0.5 type "Ada" every 0.05
after screen "Ada" 0.2 click 5,5
after screen "Hello, Ada" 0.5 press C-q
"#;

const STOPPED: &str = r#"
after "> " send "sh -c 'echo begun; sleep 1; echo over'\r"
after "begun\r\n" 0.3 press C-z
after "> " send "jobs\r"
after "> " send "fg\r"
after "over\r\n" send "exit\r"
"#;

const TRIALS: &[Trial] = &[
    // Timers.
    trial("`timeout 1 sleep 5`", &[], "timeout 1 sleep 5"),
    trial("`timeout 5 sleep 1`", &[], "timeout 5 sleep 1"),
    trial(
        "`timeout --foreground -s INT 1 sleep 4`",
        &[],
        "timeout --foreground -s INT 1 sleep 4",
    ),
    trial(
        "`timeout -k 1 1 COMMAND`, which ignores SIGTERM",
        &[],
        "timeout -k 1 1 bash -c 'trap \"\" TERM; sleep 9; sleep 9'",
    ),
    trial("`bash`, `TMOUT=1; read`", &[], "TMOUT=1; read x; echo $?"),
    trial(
        "`perl`, `alarm`",
        &["perl"],
        "perl -e '$SIG{ALRM} = sub { print \"alarm\\n\" }; alarm 2; sleep 10; print time - $^T, \"\\n\"'",
    ),
    trial(
        "`python3`, `signal.setitimer`",
        &["python3"],
        "python3 -c 'import signal\nsignal.signal(signal.SIGALRM, lambda *_: print(\"tick\", flush=True))\nsignal.setitimer(signal.ITIMER_REAL, .1, .2)\nfor _ in range(5): signal.pause()'",
    ),
    trial("pytest with pytest-timeout", &["python3", "pytest"], PYTEST),
    trial(
        "`pv -L 100k`",
        &["pv"],
        "head -c 300000 /dev/zero | pv -L 100k >/dev/null",
    ),
    trial(
        "`git status`, `git clone --progress`",
        &["git"],
        "git init -q a; cd a; git -c user.name=a -c user.email=b commit -q --allow-empty -m c; git status; cd ..; git clone --progress a b",
    ),
    typed(
        "`vim FILE`, quit",
        &["vim"],
        "echo hello >f; vim -u NONE f",
        "@0.5 send \":q!\\r\"",
    ),
    typed(
        "`nvim FILE`, quit",
        &["nvim"],
        "echo hello >f; nvim -u NONE f",
        "@1 send \":q!\\r\"",
    ),
    typed(
        "`watch -n 1 date`, interrupted",
        &["watch"],
        "watch -n 1 date",
        "@3 send \"\\x03\"",
    ),
    trial(
        "`elixir`, `Process.sleep`",
        &["elixir"],
        "elixir -e 'for i <- 1..3 do IO.puts(i); Process.sleep(300) end'",
    ),
    trial("`ping -c 3 127.0.0.1`", &["ping"], "ping -c 3 127.0.0.1"),
    trial("`lsof -p $$`", &["lsof"], "lsof -p $$ | wc -l"),
    // Sockets inside.
    trial("asyncio streams in one process", &["python3"], ASYNCIO),
    trial("`http.server` in a thread, and urllib", &["python3"], HTTP),
    trial("multiprocessing with a manager", &["python3"], MANAGER),
    trial("Node: http server and client", &["node"], NODE_HTTP),
    trial(
        "`curl --limit-rate` from a server of the script",
        &["curl", "python3"],
        "head -c 1000000 /dev/zero >f; python3 -m http.server 18765 --bind 127.0.0.1 >log 2>&1 & sleep 1; curl -s --limit-rate 100k -o g http://127.0.0.1:18765/f; cmp f g && echo same; kill %1",
    ),
    trial(
        "`redis-server` and its client",
        &["redis-server"],
        "redis-server --port 17777 --save '' >log & sleep 1; redis-cli -p 17777 set a 1; redis-cli -p 17777 get a; kill %1; wait",
    ),
    // Terminals of their own.
    trial(
        "`script -qc COMMAND`",
        &["script"],
        "script -qc 'echo hi; sleep 1; echo bye' /dev/null",
    ),
    trial(
        "`unbuffer`",
        &["unbuffer"],
        "unbuffer bash -c 'echo hi; sleep 1; echo bye'",
    ),
    trial(
        "`expect`",
        &["expect"],
        "expect -c 'spawn bash -c \"sleep 1; read x; echo got \\$x\"; send \"hello\\r\"; expect \"got\"; expect eof'",
    ),
    trial("pexpect", &["python3", "pexpect"], PEXPECT),
    trial(
        "`tmux new COMMAND`",
        &["tmux"],
        "tmux -L strobe new 'echo hi; sleep 1'",
    ),
    // Watched files.
    trial(
        "`tail -f` with a writer",
        &[],
        "touch f; (for i in 1 2 3; do sleep 1; echo $i >>f; done) & timeout 5 tail -f f",
    ),
    trial(
        "`entr` with a writer",
        &["entr"],
        "echo x >f; (sleep 1; echo y >f; sleep 1; echo z >f) & ls f | timeout 4 entr -n echo changed",
    ),
    // Random numbers.
    trial("`perl`, `rand`", &["perl"], "perl -e 'print rand, \"\\n\"'"),
    trial(
        "sqlite's `random()`",
        &["python3"],
        "python3 -c 'import sqlite3; print(sqlite3.connect(\":memory:\").execute(\"select random()\").fetchone())'",
    ),
    trial("`shuf`, `mktemp -u`", &[], "shuf -n 3 -i 1-100; mktemp -u"),
    // Job control.
    trial(
        "`kill -STOP %1; jobs`",
        &[],
        "set -m; sleep 5 & kill -STOP %1; sleep 0.1; jobs | sed 's/ *[0-9][0-9]* / /'; kill -KILL %1",
    ),
    typed(
        "`bash -i`: Ctrl-Z, `jobs`, `fg`",
        &[],
        "PS1='> ' bash --norc -i",
        STOPPED,
    ),
    typed(
        "`zsh -i`: the same",
        &["zsh"],
        "PS1='> ' zsh -f -i",
        STOPPED,
    ),
    // Locks and named pipes.
    trial(
        "`flock`, which another one holds",
        &["flock"],
        "flock l sleep 2 & sleep 0.1; flock -w 1 l true || echo late; flock l echo locked; wait",
    ),
    trial(
        "`mkfifo`, a writer and a reader",
        &[],
        "mkfifo p; (sleep 1; echo one; sleep 1; echo two) >p & while read -r line; do echo \"$line\"; done <p",
    ),
    // What is not the same on every machine, or in every run.
    trial(
        "`make`, after a source has changed",
        &["make"],
        "printf 'out: in\\n\\tsleep 1; cp in out\\n' >Makefile; echo a >in; make; make; sleep 1; touch in; make",
    ),
    trial(
        "`bash`, `$RANDOM`, `$$`, `$!`",
        &[],
        "echo $RANDOM $$; sleep 1 & echo $!; wait",
    ),
    trial(
        "`nproc`, `hostname`, `uptime`, `free`",
        &["free"],
        "nproc; hostname; uptime; free",
    ),
    trial(
        "`ps -ef`, `top -b -n 1`",
        &["ps", "top"],
        "ps -ef; top -b -n 1",
    ),
    // Questions to the terminal.
    typed(
        "`fzf --height 6`, typed to",
        &["fzf"],
        "seq 100 | fzf --height 6",
        "after screen \"100/100\" press 4 2 Enter",
    ),
    typed(
        "prompt_toolkit, a prompt",
        &["python3", "prompt_toolkit"],
        "python3 -c 'from prompt_toolkit import prompt; print(prompt(\"Name? \"))'",
        "after screen \"Name?\" 0.3 press a b Enter",
    ),
    trial(
        "enlighten, 20 steps",
        &["python3", "enlighten"],
        "python3 -c 'import enlighten, time\nbar = enlighten.get_manager().counter(total=20)\nfor _ in range(20): time.sleep(.1); bar.update()'",
    ),
    typed(
        "`vim FILE`, by the names of keys",
        &["vim"],
        "echo hello >f; vim -u NONE f; cat f",
        "@0.5 press A\n@0.6 type \", world\"\n@1 press Escape : w q Enter",
    ),
    typed(
        "textual, a form: typed, clicked, quit",
        &["python3", "textual"],
        TEXTUAL,
        FORM,
    ),
    typed(
        "`htop`, quit",
        &["htop"],
        "htop",
        "after screen \"Quit\" 2 press F10",
    ),
    // Servers, transfers, and programs that fill the screen.
    trial("`rsync --daemon` and its client", &["rsync"], RSYNC),
    trial(
        "`wget --limit-rate` from a server of the script",
        &["python3", "wget"],
        "head -c 300000 /dev/zero >f; python3 -m http.server -b 127.0.0.1 18741 >/dev/null 2>&1 & sleep 1
        wget --limit-rate=100k -O /dev/null http://127.0.0.1:18741/f; kill $!; wait",
    ),
    trial(
        "`parallel --bar`",
        &["parallel"],
        "parallel --bar -j2 'sleep 1; echo {}' ::: a b c d",
    ),
    trial(
        "`dialog --gauge`",
        &["dialog"],
        "for i in 10 50 100; do echo $i; sleep 1; done | dialog --gauge wait 8 40",
    ),
    typed(
        "`screen`, typed to",
        &["screen"],
        "screen -s bash",
        "after screen \"#\" type \"echo hi; sleep 1; exit\\n\"",
    ),
    typed(
        "`emacs -nw`, typed to",
        &["emacs"],
        "echo hello >f; emacs -nw -Q f",
        "after screen \"hello\" type \"abc\"\n0.5 press C-x C-s\n1 press C-x C-c",
    ),
    trial(
        "`asciinema rec`, `play`",
        &["asciinema"],
        "asciinema rec -q -c 'echo a; sleep 1; echo b' f.cast; asciinema play f.cast",
    ),
    trial(
        "`python3` with threads, replaced by `sh`",
        &["python3"],
        "python3 -c 'import os, threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\nos.execlp(\"sh\", \"sh\", \"-c\", \"sleep 1; echo replaced\")'",
    ),
    typed(
        "`mc`, quit",
        &["mc"],
        "touch a b c; mc",
        "after screen \"10Quit\" 1 press F10",
    ),
    typed(
        "`nano`, typed to",
        &["nano"],
        "nano f; cat f",
        "after screen \"Exit\" type \"hello\\n\"\n0.5 press C-o\n0.2 press Enter\n0.2 press C-x",
    ),
    typed(
        "`kak`, typed to",
        &["kak"],
        "kak f; cat f",
        "@1 type \"ihello\"\n@1.5 press Escape\n@2 type \":wq\\n\"",
    ),
    trial(
        "`mosquitto` and its clients",
        &["mosquitto", "mosquitto_sub"],
        "mosquitto -p 18743 >log 2>&1 & sleep 0.5; mosquitto_sub -p 18743 -t t -C 2 & sleep 0.5
        mosquitto_pub -p 18743 -t t -m one; sleep 1; mosquitto_pub -p 18743 -t t -m two; sleep 0.5; kill %1; wait",
    ),
    trial(
        "`borg create --progress`",
        &["borg"],
        "mkdir a; seq 10000 >a/f; borg init -e none r; borg create --progress r::one a; borg list --short r",
    ),
    trial(
        "`socat`, a server that forks",
        &["socat"],
        "socat TCP-LISTEN:18744,fork,bind=127.0.0.1 EXEC:cat & sleep 0.5; for i in 1 2; do echo $i | socat - TCP:127.0.0.1:18744; done; kill %1; wait",
    ),
    trial(
        "a server whose port `nc -z` has probed",
        &["curl", "nc", "python3"],
        "python3 -m http.server -b 127.0.0.1 18745 >log 2>&1 & until nc -z 127.0.0.1 18745; do sleep 0.2; done
        curl -s -o f http://127.0.0.1:18745/; kill %1; wait; echo $?",
    ),
    trial(
        "`ffmpeg -re`",
        &["ffmpeg"],
        "ffmpeg -nostats -re -f lavfi -i testsrc=duration=2:size=160x120:rate=10 -f null - 2>/dev/null; echo $?",
    ),
];

/// Both ends write small pieces, and wait for each other with a time-out of a minute.
const RSYNC: &str = r#"mkdir m; echo hi >m/f
printf '%s\n' 'use chroot = no' "uid = $UID" 'log file = /dev/null' '[m]' "path = $PWD/m" >c
rsync --daemon --no-detach --port 18742 --config=c & sleep 0.5
rsync --port 18742 -a --stats localhost::m/ out/ | grep files; kill $!; wait"#;

impl Trial {
    /// A need of it that the machine does not have.
    fn missing(&self) -> Option<&'static str> {
        let is_there = |need: &&str| {
            let path = env::var_os("PATH").unwrap_or_default();
            let is_program = env::split_paths(&path).any(|folder| folder.join(need).exists());
            let is_module = || {
                let find = format!("import {need}");
                let python = Session::new("python3").args(["-c", &find]).real_time();
                let found = python.run();
                found.is_ok_and(|run| run.end().1 == End::Exit(0))
            };
            is_program || is_module()
        };
        let mut needs = self.needs.iter();
        needs.find(|need| !is_there(need)).copied()
    }

    fn session(&self, folder: &Path) -> Session {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).collect::<Vec<PathBuf>>();
        let path = env::join_paths(folders.iter().filter(|folder| folder.is_absolute())).unwrap();
        Session::new("bash")
            .args([OsStr::new("-c"), OsStr::new(self.command)])
            .env("PATH", path)
            .current_dir(folder)
            .script(self.typed.parse().unwrap())
            .pty(80, 24)
    }

    /// A row of the table: how long it takes in real and in virtual time, and what its recordings say.
    fn row(&self, count: usize) -> Option<String> {
        if let Some(missing) = self.missing() {
            return Some(format!("| {} | | | not tried: no {missing} |", self.name));
        }
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let native = self.session(folder.path()).real_time().run();
        let native = native.map_or_else(|error| error.to_string(), |_| seconds(begun.elapsed()));
        let mut recordings = BTreeSet::new();
        let mut times = Vec::new();
        for _ in 0..count {
            // Each begins with an empty folder of the same name.
            fs::remove_dir_all(folder.path()).unwrap();
            fs::create_dir(folder.path()).unwrap();
            let begun = Instant::now();
            let run = self.session(folder.path()).run();
            times.push(begun.elapsed());
            recordings.insert(match run {
                Ok(recording) => (recording.header().varies.join("; "), recording.to_string()),
                Err(error) => (error.to_string(), String::new()),
            });
        }
        times.sort_unstable();
        let distinct = recordings.len();
        let (why, _) = recordings.last()?;
        let said = match (why.as_str(), distinct) {
            ("", 1) => "works".to_owned(),
            ("", distinct) => format!("**{distinct} recordings, unmarked**"),
            (why, distinct) => format!("{distinct}: {why}"),
        };
        let took = seconds(times[times.len() / 2]);
        Some(format!("| {} | {native} | {took} | {said} |", self.name))
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// `just programs` runs it.
#[test]
#[ignore = "tries what the machine has; `just programs` runs it"]
fn programs_of_this_machine() {
    if !has_virtual_time() {
        return;
    }
    let count = env::var("STROBE_PROGRAMS").map_or(3, |count| count.parse().unwrap());
    println!("| program | real time | in virtual time | of {count} runs |\n|---|---|---|---|");
    let mut unmarked = Vec::new();
    for trial in TRIALS {
        let Some(row) = trial.row(count) else {
            return;
        };
        println!("{row}");
        if row.contains("**") {
            unmarked.push(row);
        }
    }
    assert!(unmarked.is_empty(), "{}", unmarked.join("\n"));
}
