//! Which program has a serial port, as Linux tells it.

use std::fs;
use std::path::{Path, PathBuf};

/// A program that has a port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortUser {
    /// The number of its process.
    pub process: u32,
    /// What it is called.
    pub program: String,
    /// How many files it keeps for itself; the port is one of them if it is one that keeps ports so.
    pub kept_files: usize,
}

impl PortUser {
    fn new(process: u32, kept_files: usize) -> Option<Self> {
        let program = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
        Some(Self { process, program: program.trim().to_owned(), kept_files })
    }

    /// The files that it has open; none if they may not be seen, as those of another user.
    pub fn open_files(&self) -> Vec<PathBuf> {
        open_files(self.process).collect()
    }

    /// The service that it runs as, by the name that the service manager knows.
    pub fn service(&self) -> Option<String> {
        let groups = fs::read_to_string(format!("/proc/{}/cgroup", self.process)).ok()?;
        let last = groups.lines().filter_map(|line| line.rsplit('/').next());
        last.filter(|name| name.ends_with(".service")).map(str::to_owned).next()
    }
}

/// The ports that programs keep for themselves, at one moment. Asking touches no port; the kernel may take ten
/// milliseconds to answer.
///
/// ```
/// let kept = voice_modem::KeptPorts::now();
/// assert!(kept.user_of("/dev/null".as_ref()).is_none(), "nobody can keep that");
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeptPorts {
    locks: Vec<Lock>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Lock {
    process: u32,
    file: FileId,
}

/// Major and minor number of the file system, and the file in it.
type FileId = (u32, u32, u64);

impl KeptPorts {
    /// As it is now; empty where the system does not tell.
    pub fn now() -> Self {
        Self::of(&fs::read_to_string("/proc/locks").unwrap_or_default())
    }

    fn of(text: &str) -> Self {
        Self { locks: text.lines().filter_map(lock).collect() }
    }

    /// Whether anything at all is kept by anybody else.
    pub fn is_empty(&self) -> bool {
        self.locks.iter().all(|lock| lock.process == std::process::id())
    }

    /// The other program that keeps this port, whatever link leads to it.
    pub fn user_of(&self, port: &Path) -> Option<PortUser> {
        let file = file_id(port)?;
        let kept = self.locks.iter().filter(|lock| lock.file == file);
        let process = kept.map(|lock| lock.process).find(|process| *process != std::process::id())?;
        PortUser::new(process, self.locks.iter().filter(|lock| lock.process == process).count())
    }
}

/// `1: FLOCK  ADVISORY  WRITE 1234 00:06:417 0 EOF`; a process that cannot be seen from here counts 0 or less.
fn lock(line: &str) -> Option<Lock> {
    let mut words = line.split_ascii_whitespace().skip(1);
    (words.next()? == "FLOCK").then_some(())?;
    let process = words.nth(2)?.parse().ok().filter(|process| *process > 0)?;
    let mut parts = words.next()?.split(':');
    let mut number = || u32::from_str_radix(parts.next()?, 16).ok();
    let (major, minor) = (number()?, number()?);
    Some(Lock { process, file: (major, minor, parts.next()?.parse().ok()?) })
}

#[cfg(target_os = "linux")]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::metadata(path).ok()?;
    Some((rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()), found.ino()))
}

#[cfg(not(target_os = "linux"))]
fn file_id(_path: &Path) -> Option<FileId> {
    None
}

fn open_files(process: u32) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten();
    entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
}

/// The other program that has a port: one that keeps it, or else one that just has it open.
pub(crate) fn user_of(port: &Path) -> Option<PortUser> {
    if let Some(user) = KeptPorts::now().user_of(port) {
        return Some(user);
    }
    let real = fs::canonicalize(port).ok()?;
    let processes = fs::read_dir("/proc").ok()?;
    let mut processes = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let own = std::process::id();
    let process = processes.find(|p: &u32| *p != own && open_files(*p).any(|file| file == real))?;
    PortUser::new(process, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_of_locks_is_read() {
        let text = "1: FLOCK  ADVISORY  WRITE 612 00:06:417 0 EOF\n\
                    1: -> FLOCK  ADVISORY  WRITE 613 00:06:417 0 EOF\n\
                    2: POSIX  ADVISORY  READ 700 fe:00:7137581 128 128\n\
                    3: FLOCK  ADVISORY  WRITE 612 fe:01:99 0 EOF\n\
                    4: FLOCK  ADVISORY  WRITE 0 fe:01:98 0 EOF\n\
                    5: OFDLCK ADVISORY  READ -1 00:06:5 0 EOF\n";
        let lock = |file| Lock { process: 612, file };
        assert_eq!(KeptPorts::of(text).locks, [lock((0, 6, 417)), lock((0xfe, 1, 99))]);
        for end in 0..text.len() {
            let _ = KeptPorts::of(&text[..end]);
        }
        assert!(KeptPorts::of("").is_empty() && !KeptPorts::of(text).is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_of_our_own_has_no_other_user() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().lock().unwrap();
        assert_eq!(user_of(file.path()), None);
    }
}
