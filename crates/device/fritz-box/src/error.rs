//! What can go wrong with a FRITZ!Box.

use std::io;
use std::path::PathBuf;

use crate::Fault;

/// What went wrong, with the remedy where a person has one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The box cannot be found by its name.
    #[error("cannot find `{address}`: {source}; give the box's IP address, such as 192.168.178.1")]
    Unknown {
        /// The name.
        address: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// The call monitor's port is closed.
    #[error("{peer}: the call monitor is off; dial #96*5* on a telephone of the box to switch it on")]
    MonitorOff {
        /// The address and port.
        peer: Box<str>,
    },
    /// No connection.
    #[error("cannot reach {peer}: {source}")]
    Unreachable {
        /// The address and port.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// TR-064 is switched off.
    #[error(
        "{peer} does not answer: switch on \"Allow access for applications\" in the box under \
         Home Network > Network > Network Settings ({source})"
    )]
    Tr064Off {
        /// The address and port.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// The connection broke.
    #[error("{peer}: {source}")]
    Broken {
        /// The address and port.
        peer: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// The answer is not HTTP, too long, or cut.
    #[error("{peer}: {what}")]
    BadAnswer {
        /// The address and port.
        peer: Box<str>,
        /// What is wrong with it.
        what: Box<str>,
    },
    /// An HTTP status that is none of the others.
    #[error("{peer} answered {status} to {path}")]
    Status {
        /// The address and port.
        peer: Box<str>,
        /// What was asked for.
        path: Box<str>,
        /// The HTTP status.
        status: u16,
    },
    /// User or password is wrong.
    #[error("{peer} refused the user `{user}`: check user and password (System > FRITZ!Box Users)")]
    WrongPassword {
        /// The address and port.
        peer: Box<str>,
        /// The user.
        user: Box<str>,
    },
    /// No user is set.
    #[error("no user for the FRITZ!Box is set: give `user` and `password-file` in [fritzbox]")]
    NoUser,
    /// The box knows the action but did not do it.
    #[error("{action}: {fault}")]
    Fault {
        /// The action.
        action: Box<str>,
        /// What the box said.
        fault: Fault,
    },
    /// The box has no such action.
    #[error("this box offers no {service} {action}: a newer FRITZ!OS may")]
    NoAction {
        /// The service.
        service: Box<str>,
        /// The action.
        action: Box<str>,
    },
    /// The answer lacks something.
    #[error("{action}: the answer has no {field}")]
    Missing {
        /// The action.
        action: Box<str>,
        /// The field.
        field: Box<str>,
    },
    /// An XML file that cannot be read.
    #[error("{what} of the box cannot be read: {why}")]
    Xml {
        /// Which file.
        what: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// No such phone book.
    #[error("the box has no phone book `{book}`; it has {known}")]
    NoBook {
        /// The book asked for.
        book: Box<str>,
        /// The books that it has.
        known: Box<str>,
    },
    /// The positions of the books changed between looking and writing.
    #[error("phone book {position} is now called `{found}` and not `{expected}`: nothing was written")]
    BookMoved {
        /// The position.
        position: u16,
        /// The name expected.
        expected: Box<str>,
        /// The name found.
        found: Box<str>,
    },
    /// The book belongs to an account elsewhere.
    #[error(
        "the phone book `{book}` is a copy of one that is kept elsewhere (an online account), so the box takes no \
         entries for it: create a book of its own in the box, for example `Spam`"
    )]
    MirroredBook {
        /// The book.
        book: Box<str>,
    },
    /// No book is set for what is to be entered.
    #[error("no phone book is set for that: give `{key}` in [fritzbox]")]
    NoBookSet {
        /// The key of the settings.
        key: &'static str,
    },
    /// The settings want nothing written.
    #[error("nothing is written, because [fritzbox] says `block-by = \"notice\"`")]
    OnlyNotices,
    /// An entry that is not there.
    #[error("`{what}` does not stand in {book}")]
    NoEntry {
        /// The number or name looked for.
        what: Box<str>,
        /// Where.
        book: Box<str>,
    },
    /// Not a number that a phone book can hold.
    #[error("`{0}` is not a telephone number")]
    NotANumber(Box<str>),
    /// The entry was accepted but is not there.
    #[error("the box took the entry for {number}, but it does not stand in `{book}`: is the book full?")]
    NotWritten {
        /// The number.
        number: Box<str>,
        /// The book.
        book: Box<str>,
    },
    /// The certificate is another than the one remembered.
    #[error(
        "{peer} shows another certificate than before: if the box was replaced or reset, delete {}",
        file.as_ref().map_or_else(|| "the certificate file".into(), |f| f.display().to_string())
    )]
    OtherCertificate {
        /// The address and port.
        peer: Box<str>,
        /// Where the old one is remembered.
        file: Option<PathBuf>,
    },
    /// The password cannot be read.
    #[error(transparent)]
    Password(secret::Error),
    /// Encryption is wanted but not built in.
    #[error("this program was built without encryption: set `encrypted = false` in [fritzbox]")]
    NoTls,
    /// A file of ours.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

impl Error {
    /// Whether trying again later, without anybody doing anything, may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unknown { .. }
            | Self::Unreachable { .. }
            | Self::Tr064Off { .. }
            | Self::Broken { .. }
            | Self::BadAnswer { .. }
            | Self::Status { .. }
            | Self::BookMoved { .. }
            | Self::NotWritten { .. }
            | Self::MonitorOff { .. } => true,
            Self::Fault { fault, .. } => fault.may_pass(),
            _ => false,
        }
    }
}
