//! A headless Chromium, driven by its own protocol over a pipe (chromedevtools.github.io/devtools-protocol). Where there is
//! none, tests say so and are skipped.

use crate::{
    bounded::{Bounded, Run, TOOL_LIMIT},
    requirement::is_met,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{ChildStdin, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;

/// What Chromium is called.
const NAMES: &str = "for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $name && exit; done; exit 1";

/// A browser with one page.
pub struct Browser {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Value,
    last: u64,
    /// What happened since the page was opened, by the names of the protocol.
    events: Vec<Value>,
    _process: Bounded,
    _profile: TempDir,
}

impl Browser {
    /// A new browser; `None` where there is none.
    #[track_caller]
    pub fn start() -> Option<Browser> {
        let found = Command::new("sh").args(["-c", NAMES]).run_tool();
        if !is_met("chromium", found.status.success()) {
            return None;
        }
        let program = String::from_utf8(found.stdout).unwrap();
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                program.trim(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = Bounded::spawn(&mut command, TOOL_LIMIT);
        let mut browser = Browser {
            to: process.child().stdin.take().unwrap(),
            from: BufReader::new(process.child().stdout.take().unwrap()),
            session: Value::Null,
            last: 0,
            events: Vec::new(),
            _process: process,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.call("Target.attachToTarget", &target)["sessionId"].clone();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        let size = json!({"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.call("Emulation.setDeviceMetricsOverride", &size);
        Some(browser)
    }

    /// Opens a file, with what follows `#`.
    #[track_caller]
    pub fn open(&mut self, file: &Path, hash: &str) {
        // Another page in between, so that the same file is loaded again.
        self.navigate("about:blank");
        self.events.clear();
        self.navigate(&format!("file://{}#{hash}", file.display()));
    }

    #[track_caller]
    fn navigate(&mut self, url: &str) {
        let loaded = self.count("Page.loadEventFired");
        let answer = self.call("Page.navigate", &json!({ "url": url }));
        assert_eq!(answer.get("errorText"), None, "{url}");
        while self.count("Page.loadEventFired") == loaded {
            let message = self.receive();
            self.events.push(message);
        }
    }

    fn count(&self, event: &str) -> usize {
        let named = self.events.iter().filter(|known| known["method"] == event);
        named.count()
    }

    /// What happened since the page was opened, of one name.
    pub fn events(&mut self, event: &str) -> Vec<Value> {
        // What has been sent by now comes before the answer.
        self.value("0");
        let named = self.events.iter().filter(|known| known["method"] == event);
        named.map(|known| known["params"].clone()).collect()
    }

    /// The value of an expression of JavaScript, or of what it promises.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let how = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &how);
        assert_eq!(answer.get("exceptionDetails"), None, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression holds.
    #[track_caller]
    pub fn wait(&mut self, expression: &str) {
        self.value(&format!(
            "new Promise((done) => {{ const look = () => ({expression}) ? done() : setTimeout(look, 10); look(); }})"
        ));
    }

    /// Presses a key.
    #[track_caller]
    pub fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        self.call(
            "Input.dispatchKeyEvent",
            &json!({"type": "keyDown", "key": key, "text": text}),
        );
        self.call(
            "Input.dispatchKeyEvent",
            &json!({"type": "keyUp", "key": key}),
        );
    }

    /// Sets what the viewer prefers, such as `prefers-color-scheme`.
    #[track_caller]
    pub fn prefer(&mut self, feature: &str, value: &str) {
        let features = json!({"features": [{"name": feature, "value": value}]});
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// Calls a method of the protocol.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        self.to
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        loop {
            let message = self.receive();
            if message["id"] == self.last {
                assert_eq!(message.get("error"), None, "{method}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    #[track_caller]
    fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).unwrap();
        assert_eq!(
            message.pop(),
            Some(0),
            "the browser has ended, or was too slow"
        );
        serde_json::from_slice(&message).unwrap()
    }
}
