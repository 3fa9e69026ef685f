//! The downloaded list of known spammers, kept fresh by a thread of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use callblock::Failure;
use number_lookup::{DownloadedList, ListFormat, ListSettings, Query};
use phone_number::{Numbering, ShownNumber};

use crate::config::ListsSection;

/// How soon a download that failed is tried again.
const RETRY: Duration = Duration::from_secs(15 * 60);

/// The list as it was last read; empty until then, so that the phone starts without a network.
#[derive(Debug, Clone)]
pub(crate) struct Spammers(Arc<Mutex<Arc<DownloadedList>>>);

impl Spammers {
    /// Reads the copy of the last run, and goes on downloading as long as the program lives.
    pub(crate) fn start(section: &ListsSection, folder: &Path) -> Result<Option<Self>, Failure> {
        let Some(url) = &section.spammers_url else { return Ok(None) };
        let hours = section.spammers_refresh.map_or(24, |s| s.0.as_secs().div_ceil(3600).clamp(1, 24 * 365));
        let settings = ListSettings {
            name: "spammers".into(),
            url: url.clone(),
            format: ListFormat::Md5,
            every_hours: u32::try_from(hours).ok(),
            score: None,
        };
        let folder = folder.to_owned();
        let first = DownloadedList::new(settings.clone(), &folder);
        let shared = Self(Arc::new(Mutex::new(Arc::new(first))));
        let to = shared.clone();
        thread::Builder::new()
            .name("spammers".into())
            .spawn(move || {
                loop {
                    let mut list = DownloadedList::new(settings.clone(), &folder);
                    if list.is_due(SystemTime::now()) {
                        match list.download(SystemTime::now()) {
                            Ok(count) => {
                                log::info!("{count} known spammers");
                                *to.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(list);
                            }
                            Err(error) => log::warn!("{error}; the list read before stays in use"),
                        }
                    }
                    thread::sleep(RETRY);
                }
            })
            .map_err(|e| {
                Failure::new(Failure::SOFTWARE, format!("no thread for the list of spammers: {e}"))
            })?;
        Ok(Some(shared))
    }

    /// What the list says of a number.
    pub(crate) fn find(&self, number: &ShownNumber, numbering: &Numbering) -> Option<String> {
        let list = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let answer = list.find(&Query::new(&numbering.resolve(number))?)?;
        Some(match answer.label {
            Some(label) => {
                format!("a known spammer: {}", call_event::CallerName::from_line(label.as_bytes())?)
            }
            None => "a known spammer".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn defect_08_a_list_that_was_downloaded_is_in_use_with_any_line_ends() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = server.local_addr().expect("an address");
        let serve = move || {
            let (stream, _) = server.accept().expect("asked");
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let list = "type,md5\r\ncall center,4bc3b4f3d4234937b222bbcbd1842f86\r\nbroken row\r\n";
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", list.len());
            (&stream).write_all((head + list).as_bytes()).expect("answered");
        };
        let folder = tempfile::tempdir().expect("a folder");
        let section = ListsSection {
            spammers_url: Some(format!("http://{address}/list.csv")),
            ..ListsSection::default()
        };
        let spammers = Spammers::start(&section, folder.path()).expect("started").expect("set");
        let numbering = Numbering::new("DE", Some("30")).expect("a plan");
        let found = |text| spammers.find(&ShownNumber::new(text).expect("a number"), &numbering);
        assert_eq!(found("+493023125666"), None, "the phone starts without the list");
        let server = thread::spawn(serve);
        let until = Instant::now() + Duration::from_secs(30);
        while found("030 23125-666").is_none() && Instant::now() < until {
            thread::yield_now();
        }
        assert_eq!(found("030 23125-666").as_deref(), Some("a known spammer: call center"));
        assert_eq!(found("+493023125001"), None);
        server.join().expect("served");
    }
}
