//! A timed receive gives up at its deadline, takes what comes before it, and notices that the sender is gone.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

pub fn main() {
    let (sender, receiver) = channel();
    let producer = thread::spawn(move || {
        for number in 1..=2 {
            thread::sleep(Duration::from_millis(150));
            sender.send(number).unwrap();
        }
        thread::sleep(Duration::from_millis(50));
    });
    loop {
        match receiver.recv_timeout(Duration::from_millis(100)) {
            Ok(number) => println!("received {number}"),
            Err(RecvTimeoutError::Timeout) => println!("nothing"),
            Err(RecvTimeoutError::Disconnected) => break println!("gone"),
        }
    }
    producer.join().unwrap();
}
