//! The page's server, asked as browsers and attackers ask it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod attacks;
mod calls;
mod crowd;
mod house;
mod lists;
mod live;
mod roles;
