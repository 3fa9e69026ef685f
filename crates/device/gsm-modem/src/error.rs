//! What keeps a GSM modem from being used at all.

/// What keeps a GSM modem from being used at all. A stick that is only gone is no error: it is reported as
/// [`GsmEvent::Down`](crate::GsmEvent::Down) and tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The thread could not be started.
    #[error("the thread for the GSM modem could not be started; is the system out of memory?")]
    Thread(#[source] std::io::Error),
}
