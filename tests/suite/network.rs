//! The network that a program finds: the system's, a loopback of its own, or none.

use std::net::TcpListener;
use stroboscope::{
    recording::{Network, Recording},
    session::{Session, SessionError},
};

/// Lists the network's devices, and connects to a port.
fn recorded(network: Network, port: u16) -> Option<Recording> {
    let script = format!(
        "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '; \
         (exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected) 2>&1 | sed -n 's/.*: //; $p'"
    );
    let session = Session::new("bash").args(["-c", &script]).pipe();
    match session.real_time().network(network).run() {
        Ok(recording) => Some(recording),
        Err(SessionError::Network(error)) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn output(recording: &Recording) -> String {
    String::from_utf8(recording.output()).unwrap()
}

#[test]
fn a_program_reaches_the_system_itself_or_nobody() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let host = recorded(Network::Host, port).unwrap();
    assert!(output(&host).ends_with("connected\n"), "{host}");
    assert!(!host.to_string().contains("\nnetwork:"));
    let Some(inside) = recorded(Network::Inside, port) else {
        return;
    };
    assert_eq!(output(&inside), "lo\nConnection refused\n");
    assert!(inside.to_string().contains("\nnetwork: inside\n"));
    let none = recorded(Network::None, port).unwrap();
    assert_eq!(output(&none), "lo\nNetwork is unreachable\n");
    assert!(none.to_string().contains("\nnetwork: none\n"));
    // It is the same when it is run again.
    let again = Session::again(&none, ".".as_ref()).unwrap().run().unwrap();
    assert_eq!(output(&again), output(&none));
}
