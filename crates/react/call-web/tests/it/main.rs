//! The page's server, asked as browsers and attackers ask it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(unreachable_pub, reason = "one test program of several files")]

mod attacks;
mod calls;
mod crowd;
mod german;
mod house;
mod lists;
mod live;
mod roles;
