//! The ways to tell, one file each.

#[cfg(feature = "command")]
pub mod command;
#[cfg(feature = "desktop")]
pub mod desktop;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "mqtt")]
pub mod mqtt;
#[cfg(feature = "telegram-notices")]
pub mod telegram;
#[cfg(feature = "udp")]
pub mod udp;
#[cfg(feature = "webhook")]
pub mod webhook;
