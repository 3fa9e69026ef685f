#![doc = include_str!("../README.md")]

mod asked;
mod error;
#[cfg(feature = "ncid")]
pub mod ncid;
mod notice;
mod notifier;
#[cfg_attr(
    not(feature = "all"),
    allow(unused_mut, unused_variables, dead_code, reason = "a program may choose few ways")
)]
mod settings;
pub mod sink;
mod summary;
#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "telegram-mock")]
pub mod telegram_mock;
mod template;
mod when;

pub use asked::{Answer, Asked, Wish};
pub use error::SinkError;
pub use notice::{Happening, Notice};
pub use notifier::{Notifier, SinkHealth, Undelivered};
pub use settings::NotifySettings;
pub use summary::{Period, SummaryClock};
pub use template::{Template, TemplateError};
pub use when::{NotAQuietTime, QuietTime, When};
