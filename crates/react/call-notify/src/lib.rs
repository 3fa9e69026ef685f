#![doc = include_str!("../README.md")]

#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "telegram-mock")]
pub mod telegram_mock;
