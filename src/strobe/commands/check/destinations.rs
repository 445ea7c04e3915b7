//! Where a check writes its reports.

use super::CheckArgs;
use crate::report::Report;
use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use stroboscope::file::Destination;

/// Where reports are written.
pub struct Destinations {
    html: Option<(PathBuf, Destination)>,
    junit: Option<(PathBuf, Destination)>,
    markdown: Option<(PathBuf, Destination)>,
    /// Whether what the file of Markdown has already is kept.
    appends: bool,
}

impl Destinations {
    /// Found out before anything is run, and not when the runs have been made.
    pub fn new(options: &CheckArgs) -> Result<Destinations, Box<dyn Error>> {
        let destination = |path: &Option<PathBuf>| match path {
            None => Ok(None),
            Some(path) => match Destination::new(path) {
                Ok(destination) => Ok(Some((path.clone(), destination))),
                Err(error) => Err(cannot_write(path, &error)),
            },
        };
        let (html, junit, markdown) = (
            destination(&options.html)?,
            destination(&options.junit)?,
            destination(&options.markdown)?,
        );
        let named = [("html", &html), ("junit", &junit), ("markdown", &markdown)];
        for (index, (name, one)) in named.iter().enumerate() {
            for (other_name, other) in &named[index + 1..] {
                if let (Some((_, one)), Some((_, other))) = (one, other)
                    && one.is_same_file(other)
                {
                    return Err(format!(
                        "--{name} and --{other_name} would both write {one}: name two files"
                    )
                    .into());
                }
            }
        }
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from);
        let summary = summary.and_then(|path| Destination::new(&path).ok());
        let appends = match (&markdown, summary) {
            (Some((_, markdown)), Some(summary)) => markdown.is_same_file(&summary),
            _ => false,
        };
        Ok(Destinations {
            html,
            junit,
            markdown,
            appends,
        })
    }

    /// The files that are written.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let all = [&self.html, &self.junit, &self.markdown];
        all.into_iter().flatten().map(|(path, _)| path.as_path())
    }

    /// Writes every report that was asked for.
    pub fn write(&self, report: &Report) -> Result<(), Box<dyn Error>> {
        if let Some((path, destination)) = &self.html {
            let written = destination.write(report.html().as_bytes());
            written.map_err(|error| cannot_write(path, &error))?;
        }
        if let Some((path, destination)) = &self.junit {
            let written = destination.write(report.junit()?.as_bytes());
            written.map_err(|error| cannot_write(path, &error))?;
        }
        if let Some((path, destination)) = &self.markdown {
            let text = report.markdown();
            let written = if self.appends {
                let file = OpenOptions::new().append(true).create(true).open(path);
                file.and_then(|mut file| file.write_all(text.as_bytes()))
            } else {
                destination.write(text.as_bytes())
            };
            written.map_err(|error| cannot_write(path, &error))?;
        }
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("cannot write `{}`: {error}", crate::input::name(path))
}
