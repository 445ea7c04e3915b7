//! A transcript that grows in a file beside its destination while the program runs, and what is left of one.
//!
//! The file is called `.NAME.recording`. It is a transcript at any moment, but for the end: a line that says so follows the
//! last event, and the next event takes that line's place. What it holds goes to the disk twice a second. At the end it
//! takes the destination's name. Whatever ends strobe before that leaves it, and `strobe recover` makes a transcript of it.

use self::{
    growing::GrowingFile,
    queue::{Item, Queue},
};
use crate::{
    file::{Destination, release},
    recording::{Event, EventSink, Header, Outline},
    text,
    transcript::{self, EventWriter},
};
use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

pub use left::{Left, is_lost, left};
pub use recover::{RecoverError, Recovered, recover};

mod growing;
mod left;
mod name;
mod queue;
mod recover;

/// How often the file is written to the disk.
const SYNC: Duration = Duration::from_millis(500);
/// How much text is written at once.
const WRITE: usize = 256 << 10;

/// A transcript that is not finished.
pub struct Unfinished {
    destination: Destination,
    path: PathBuf,
    file: Arc<File>,
    queue: Arc<Queue>,
    writer: Option<JoinHandle<io::Result<Written>>>,
    syncer: Option<JoinHandle<()>>,
}

/// What became of a transcript that was given up.
#[derive(Debug)]
pub struct Abandoned {
    /// Whether it is there, to be recovered.
    pub is_kept: bool,
    /// Why not everything could be written to it.
    pub failed: Option<io::Error>,
}

/// What was written.
struct Written {
    file: Arc<File>,
    /// How much of the file is transcript.
    len: u64,
    /// How much of that is the header.
    head: String,
}

/// Takes the events of one run for an unfinished transcript.
#[derive(Debug)]
struct Events(Arc<Queue>);

impl Unfinished {
    /// Begins a transcript that will be in a regular file. Returns what takes its events, too.
    ///
    /// # Errors
    /// What the system says of the file that grows.
    pub fn begin(destination: &Destination) -> io::Result<(Unfinished, Box<dyn EventSink>)> {
        let (path, file) = name::create(destination)?;
        let queue = Arc::new(Queue::default());
        let file = Arc::new(file);
        let writer = thread::Builder::new().name("strobe-write".to_owned());
        let (of_writer, events, growing) =
            (Arc::clone(&queue), Arc::clone(&queue), Arc::clone(&file));
        let writer = writer.spawn(move || {
            let written = write(&of_writer, growing);
            if let Err(error) = &written {
                of_writer.fail(error);
            }
            written
        });
        let (of_syncer, to_sync) = (Arc::clone(&queue), Arc::clone(&file));
        let syncer = thread::Builder::new().name("strobe-sync".to_owned());
        let syncer = syncer.spawn(move || {
            while of_syncer.wait_for_end(SYNC) {
                if of_syncer.has_written()
                    && let Err(error) = to_sync.sync_data()
                {
                    return of_syncer.fail(&error);
                }
            }
        });
        let unfinished = Unfinished {
            destination: destination.clone(),
            path,
            file,
            queue,
            writer: Some(writer?),
            syncer: Some(syncer?),
        };
        Ok((unfinished, Box::new(Events(events))))
    }

    /// Gives the transcript its name. `outline` is what is known of it at the end; its header may have grown.
    ///
    /// # Errors
    /// What the system says. What there is of the transcript then lies beside its destination, as the error says.
    pub fn finish(self, outline: &Outline) -> io::Result<()> {
        let destination = self.destination.clone();
        self.finish_as(outline, &destination)
    }

    /// Does the same with another name in the same folder.
    ///
    /// # Errors
    /// As there.
    pub fn finish_as(mut self, outline: &Outline, destination: &Destination) -> io::Result<()> {
        let written = self.end_writing()?;
        let head = transcript::head(outline.header());
        if head == written.head && destination.folder() == self.destination.folder() {
            // What marks it as unfinished.
            written.file.set_len(written.len)?;
            return destination.put(&written.file, &self.path);
        }
        let (path, file) = name::create(destination)?;
        let rewritten =
            rewrite(&written, &head, &file).and_then(|()| destination.put(&file, &path));
        // What cannot take its name is not needed: the unfinished one holds the same.
        fs::remove_file(if rewritten.is_err() {
            &path
        } else {
            &self.path
        })?;
        rewritten
    }

    /// Gives the transcript up, and keeps the file if anything can be made of it.
    #[must_use]
    pub fn abandon(mut self) -> Abandoned {
        // What could not be written is missing; what was written may be whole.
        let written = self.end_writing();
        let _ = self.file.sync_all();
        let is_kept = left::holds_event(&self.file);
        if !is_kept {
            let _ = fs::remove_file(&self.path);
        }
        Abandoned {
            is_kept,
            failed: written.err().or_else(|| self.queue.failure()),
        }
    }

    /// Removes the file: nobody needs what it holds.
    pub fn remove(mut self) {
        let _ = self.end_writing();
        let _ = fs::remove_file(&self.path);
    }

    /// Where the transcript grows, as messages show it.
    #[must_use]
    pub fn name(&self) -> String {
        shown(&self.path)
    }

    /// Waits until everything is in the file, and nobody writes to it any more.
    fn end_writing(&mut self) -> io::Result<Written> {
        self.queue.close();
        if let Some(syncer) = self.syncer.take() {
            syncer.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        let joined = self.writer.take().map(JoinHandle::join);
        let written = joined.unwrap_or_else(|| Ok(Err(io::ErrorKind::Other.into())));
        written.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Drop for Unfinished {
    /// The file stays, and is whole up to here.
    fn drop(&mut self) {
        if self.writer.is_some() {
            let _ = self.end_writing();
        }
    }
}

impl Drop for Written {
    /// A child of another thread may have the file open until its exec.
    fn drop(&mut self) {
        release(&self.file);
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unfinished").field(&self.path).finish()
    }
}

impl EventSink for Events {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.0.push(Item::Head(transcript::head(header)))
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        self.0.push(Item::Event(event))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Copies the events to a new file, below another header.
fn rewrite(written: &Written, head: &str, mut file: &File) -> io::Result<()> {
    file.write_all(head.as_bytes())?;
    let mut old = &*written.file;
    let before = written.head.len() as u64;
    old.seek(SeekFrom::Start(before))?;
    // The system copies from file to file.
    io::copy(&mut old.take(written.len - before), &mut file).map(drop)
}

/// Writes what comes until nothing more does.
fn write(queue: &Queue, file: Arc<File>) -> io::Result<Written> {
    let mut growing = GrowingFile::new(&file);
    let mut head = String::new();
    let (mut writer, mut text) = (EventWriter::default(), Vec::new());
    while let Some(items) = queue.take() {
        for item in items {
            match item {
                Item::Head(first) => {
                    text.extend_from_slice(first.as_bytes());
                    head = first;
                }
                Item::Event(event) => writer.write(&event, &mut text),
            }
            if text.len() >= WRITE {
                growing.append(&mut text)?;
                queue.note_write();
            }
        }
        growing.append(&mut text)?;
        queue.note_write();
        text.shrink_to(WRITE);
    }
    Ok(Written {
        len: growing.len(),
        file,
        head,
    })
}

fn shown(path: &Path) -> String {
    text::escape(path.as_os_str().as_encoded_bytes(), 4096)
}
