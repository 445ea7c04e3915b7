//! Secrets are typed and not kept: they are in no file and in no message.

use super::sh;
use crate::{
    capture::OnPty,
    requirement::has_virtual_time,
    workshop::{Text, Workshop},
};
use std::{fs, path::Path};
use stroboscope::{
    Recording, Script,
    recording::Level,
    session::{SecretError, Session, SessionError},
};

const SECRET: &str = "hunter2";

/// A program gets the secret, and this is recorded; another secret makes no difference, nor does real time but to writes.
#[track_caller]
fn records(command: &str, script: &str, expected: &str) {
    let is_virtual = has_virtual_time();
    let session = sh(command, script);
    for secret in [SECRET, "Ge heim"] {
        let run = |session: Session| session.secret("PASSWORD", secret).run().unwrap();
        let real = run(session.clone().real_time()).at_level(Level::Bytes);
        assert!(!real.to_string().contains(secret), "{real}");
        if is_virtual {
            let recording = run(session.clone());
            assert_eq!(recording.at_level(Level::Bytes).events(), real.events());
            let text = recording.at_level(Level::Writes).to_string();
            let (_, events) = text.split_once("\n\n").unwrap();
            assert_eq!(events, expected, "{secret}");
        }
    }
}

#[test]
fn what_the_terminal_echoes_of_a_secret_is_masked() {
    records(
        "printf 'Password: '; read -r p; sleep 0.1; printf 'got %s.\\n' \"$p\"",
        "after screen \"Password\" 0.1 send secret PASSWORD\n0.1 press Enter",
        "0.000 \"Password: \"\n\
         @0.000 after screen \"Password\" 0.100 send secret PASSWORD\n\
         0.000 <PASSWORD 7>\n\
         @0.000 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"got \" <PASSWORD 7> \".\\r\\n\"\n\
         @0.000 exit 0\n",
    );
}

#[test]
fn a_secret_that_is_not_echoed_leaves_its_name() {
    records(
        "stty -echo; printf 'Password: '; read -r p; echo; stty echo",
        "after screen \"Password\" send secret PASSWORD\n0.1 press Enter",
        "0.000 \"Password: \"\n\
         @0.000 after screen \"Password\" send secret PASSWORD\n\
         @0.000 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         @0.000 exit 0\n",
    );
}

#[test]
fn a_secret_that_a_program_writes_in_pieces_is_masked() {
    if !has_virtual_time() {
        return;
    }
    // As a form does that draws its field again at each key, and then itself.
    let command = "stty -echo; printf 'Token? '; read -r p; for i in 1 2 3 4 5 6 7; do \
        printf '\\r\\033[KToken? \\033[1m%s\\033[m' \"$(printf %s \"$p\" | cut -c -$i)\"; sleep 0.1; done; printf '\\r\\n'; \
        for i in 1 3 5 7; do printf %s \"$(printf %s \"$p\" | cut -c $i-$((i + 1)))\"; sleep 0.1; done";
    let session = sh(
        command,
        "after screen \"Token\" send secret TOKEN\npress Enter",
    );
    let recording = session.secret("TOKEN", SECRET).run().unwrap();
    let text = recording.to_string();
    let (_, events) = text.split_once("\n\n").unwrap();
    let fields = [
        "TOKEN 1", "TOKEN 2", "TOKEN 3", "TOKEN 4", "TOKEN 5", "TOKEN 6", "TOKEN",
    ];
    let drawn = fields.map(|field| format!("\"\\r\\e[KToken? \\e[1m\" <{field}> \"\\e[m\"\n"));
    let expected = format!(
        "0.000 \"Token? \"\n\
         @0.000 after screen \"Token\" send secret TOKEN\n\
         @0.000 press Enter \"\\r\"\n\
         0.000 {}\
         0.100 \"\\r\\r\\n\"\n\
         0.000 <TOKEN 2>\n0.100 <...TOKEN 2>\n0.100 <...TOKEN 2>\n0.100 <...TOKEN 1>\n\
         @1.100 exit 0\n",
        drawn.join("0.100 ")
    );
    assert_eq!(events, expected);
}

#[test]
fn a_secret_is_sent_on_pipes_too() {
    let script = "after \"?\" send secret PASSWORD\nsend \"\\n\"\neof";
    let session = sh("printf '?'; read -r p; echo \"$p\" >&2", script)
        .pipe()
        .real_time();
    let text = session
        .secret("PASSWORD", SECRET)
        .run()
        .unwrap()
        .to_string();
    assert!(text.contains(" stderr <PASSWORD 7> \"\\n\"\n"), "{text}");
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn a_secret_that_is_not_known_is_named() {
    let run = |session: Session| session.run().map_err(|error| error.to_string());
    let session = sh("true", "send secret NO_SUCH_SECRET").real_time();
    assert_eq!(
        run(session.clone()).unwrap_err(),
        "the script sends the secret `NO_SUCH_SECRET`, which is not known: set the environment variable `NO_SUCH_SECRET` to it"
    );
    for unusable in ["", "two\nlines"] {
        let error = session.clone().secret("NO_SUCH_SECRET", unusable).run();
        assert!(matches!(
            error,
            Err(SessionError::Secret(SecretError::Unusable(name))) if name == "NO_SUCH_SECRET"
        ));
    }
    let debug = format!("{:?}", session.secret("NO_SUCH_SECRET", SECRET));
    assert!(!debug.contains(SECRET), "{debug}");
}

#[test]
fn a_line_that_means_a_secret_is_answered_with_its_form() {
    for (line, message) in [
        (
            "send secret",
            "line 1, column 12: expected the name of a secret, such as `send secret PASSWORD`, and not the secret itself: letters, digits, `_` and `-`, a letter first",
        ),
        (
            "send --secret TOKEN",
            "line 1, column 6: a secret is sent by its name: `send secret TOKEN`",
        ),
        (
            "type secret TOKEN",
            "line 1, column 6: a secret is sent by its name: `send secret TOKEN`",
        ),
        (
            "paste secret",
            "line 1, column 7: a secret is sent by its name: `send secret PASSWORD`",
        ),
    ] {
        let error = line.parse::<Script>().unwrap_err();
        assert_eq!(error.to_string(), message, "{line}");
    }
}

/// Strobe with the secret in its environment.
#[track_caller]
fn strobe(shop: &Workshop, secret: &str, arguments: &[&str], status: u8) -> Text {
    let mut command = shop.command(arguments);
    command
        .env("PASSWORD", secret)
        .env("STROBE_LOG", shop.path("log"));
    Text::of(&mut command, status)
}

/// Nothing in the folder, and nothing that was printed, has the secret.
#[track_caller]
fn is_nowhere(folder: &Path, texts: &[Text]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let is_there = bytes
            .windows(SECRET.len())
            .any(|bytes| bytes == SECRET.as_bytes());
        assert!(!is_there, "{}", path.display());
    }
    for text in texts {
        assert!(
            !text.stdout.contains(SECRET) && !text.stderr.contains(SECRET),
            "{}{}",
            text.stdout,
            text.stderr
        );
    }
}

#[test]
fn a_secret_of_the_environment_is_in_no_file_and_no_message() {
    if !has_virtual_time() {
        return;
    }
    let shop = Workshop::new();
    shop.program(
        "login",
        "printf 'Password: '; read -r p; echo \"welcome, $p\"; cat version",
    );
    shop.write("version", "1\n");
    shop.write(
        "script",
        "after screen \"Password\" send secret PASSWORD\npress Enter\n",
    );
    let record = [
        "record",
        "--script",
        "script",
        "-o",
        "login.strobe",
        "--",
        "./login",
    ];
    let mut texts = vec![strobe(&shop, SECRET, &record, 0)];
    let text = shop.read("login.strobe");
    assert!(
        text.contains("\"welcome, \" <PASSWORD 7> \"\\r\\n\""),
        "{text}"
    );
    // Who checks it has another one.
    let same = strobe(&shop, "another one", &["check"], 0);
    assert!(
        same.stderr.contains("send secret PASSWORD"),
        "{}",
        same.stderr
    );
    shop.write("version", "2\n");
    let reports = [
        "check",
        "--junit",
        "j.xml",
        "--markdown",
        "m.md",
        "--html",
        "r.html",
    ];
    texts.push(strobe(&shop, SECRET, &reports, 1));
    assert!(shop.path("login.strobe.new").exists());
    // A script that fails says what came.
    shop.write("fails", "send secret PASSWORD\npress Enter\nafter \"welcome\" send \"\"\nafter \"Bye\" press Enter\n");
    let fails = [
        "record", "--script", "fails", "-o", "f.strobe", "--", "./login",
    ];
    texts.push(strobe(&shop, SECRET, &fails, 2));
    let came = &texts.last().unwrap().stderr;
    assert!(
        came.contains("since the last match came \", <PASSW"),
        "{came}"
    );
    assert!(shop.path("f.strobe.failed").exists());
    assert!(shop.read("log").contains(" write(1, …, "));
    is_nowhere(&shop.path("."), &texts);
    let mut unset = shop.command(&["check", "login.strobe"]);
    let unset = Text::of(unset.env_remove("PASSWORD"), 2).stdout;
    assert!(
        unset.contains("the secret `PASSWORD`, which is not known"),
        "{unset}"
    );
}

#[test]
fn texts_and_secrets_of_the_command_line_are_sent_in_its_order() {
    let shop = Workshop::new();
    let record = ["record", "--channel", "pipe", "--clock", "real"];
    let sends = [
        "--send",
        "0:<",
        "--send-secret",
        "0:PASSWORD",
        "--send",
        "0:>\\n",
    ];
    let command = ["--", "sh", "-c", "read -r line; echo \"$line\""];
    let text = strobe(&shop, SECRET, &[&record[..], &sends, &command].concat(), 0);
    assert!(
        text.stdout.contains("\"<\" <PASSWORD 7> \">\\n\""),
        "{}",
        text.stdout
    );
}

#[test]
fn what_a_person_types_without_an_echo_is_a_secret() {
    let shop = Workshop::new();
    let file = shop.path("live.strobe");
    let asks = "printf 'User: '; read -r u; stty -echo; printf 'Password: '; read -r p; printf 'Again: '; read -r q; \
        printf 'Old: '; read -r o; stty echo; echo \"$u:$p:$q:$o\"; sleep 0.2; printf 'Exit? '; read -r x";
    let record = ["record", "--clock", "real", "-o", file.to_str().unwrap()];
    let mut typist = OnPty::command(
        env!("CARGO_BIN_EXE_strobe"),
        &[&record[..], &["--", "sh", "-c", asks]].concat(),
    );
    for (shown, typed) in [
        ("User: ", "ada\r"),
        ("Password: ", "hunte\x7f\x7fter2\r"),
        ("Again: ", "hunter2\r"),
        ("Old: ", "qwertz\r"),
        ("Exit? ", "yes\r"),
    ] {
        typist.wait_for(shown);
        typist.send(typed.as_bytes());
    }
    let (shown, _) = typist.end();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("ada:hunter2:hunter2:qwertz"), "{shown}");
    assert!(
        shown.contains("which sends the secret `SECRET2`: a run takes it from the environment variable `SECRET2`"),
        "{shown}"
    );
    let text = shop.read("live.strobe");
    let recording: Recording = text.parse().unwrap();
    assert_eq!(
        recording.secrets().collect::<Vec<_>>(),
        ["SECRET", "SECRET", "SECRET2"]
    );
    assert!(text.contains(" type \"ada\"\n"), "{text}");
    let masked = "ada:\" <SECRET 7> \":\" <SECRET 7> \":\" <SECRET2 6> \"";
    // Real time cuts writes as it likes.
    let joined = recording.at_level(Level::Bytes).to_string();
    assert!(joined.contains(masked), "{joined}");
    for typed in ["hunte", "qwertz", "ter2"] {
        assert!(!text.contains(typed), "{typed}: {text}");
    }
    // What was recorded is a script that types the same.
    let again = Session::again(&recording, &shop.path(".")).unwrap();
    let again = again
        .secret("SECRET", "geheim")
        .secret("SECRET2", "alt")
        .run();
    let again = again.unwrap().at_level(Level::Bytes).to_string();
    assert!(
        again.contains("ada:\" <SECRET 6> \":\" <SECRET 6> \":\" <SECRET2 3>"),
        "{again}"
    );
}
