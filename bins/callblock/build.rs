//! Makes the program smaller in memory: a fixed address, so that the loader mends no addresses at start (a megabyte and
//! a half that each guard would keep), functions that are alike folded into one, and those that run at start side by side,
//! where the linker can.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|is| is == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return;
    }
    println!("cargo:rustc-link-arg-bins=-no-pie");
    if is("TARGET", "x86_64-unknown-linux-gnu") && links_by_lld() {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
        // `figures/start-order` writes the list. What it names in vain, because the compiler is another one, stays put.
        let order = concat!(env!("CARGO_MANIFEST_DIR"), "/start-order.txt");
        println!("cargo:rerun-if-changed=start-order.txt");
        println!("cargo:rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
        // Not behind -Wl, which ends at a comma: the path may hold one.
        println!("cargo:rustc-link-arg-bins=-Xlinker");
        println!("cargo:rustc-link-arg-bins=--symbol-ordering-file={order}");
    }
}

/// Rust brings its own linker on this target since 1.90, unless another was asked for.
fn links_by_lld() -> bool {
    let other = std::env::var_os("RUSTC_LINKER").is_some()
        || std::env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    let version = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output()
        .map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let minor = version.ok().and_then(|said| said.split('.').nth(1)?.parse::<u32>().ok());
    !other && minor.is_some_and(|minor| minor >= 90)
}
