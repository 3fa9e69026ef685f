//! The configuration of the Airport1 tools, `config.py`.

use super::toml_text::{Toml, quote};

/// What the file says, as a configuration of callblock; and the password, which belongs elsewhere.
pub(super) fn read(source: &str) -> Result<(String, Option<String>), String> {
    let of = |name: &str| source.lines().find_map(|line| assigned(line, name));
    let address =
        of("FRITZ_IP_ADDRESS").ok_or("there is no FRITZ_IP_ADDRESS in it: is it the right config.py?")?;
    let mut out = Toml::new("made from the configuration of the Airport1 tools");
    out.section("numbers");
    out.key("country", &quote("DE"));
    out.section("fritzbox");
    out.key("address", &quote(&address));
    for (name, key) in [("FRITZ_TCP_PORT", "tr064-port"), ("FRITZ_TLS_PORT", "tr064-tls-port")] {
        if let Some(port) = of(name).and_then(|p| p.parse::<u16>().ok()) {
            out.key(key, &port.to_string());
        }
    }
    let user = of("FRITZ_USERNAME").unwrap_or_default();
    if user == "dslf-config" {
        out.note("the old tools used the box's default user; boxes since FRITZ!OS 7.24 want a named one");
    }
    out.key("user", &quote(&user));
    out.key("password-file", &quote("fritzbox-password"));
    out.key("allow-books", "[0]");
    out.note("the book for unwanted callers was an argument of the blocker: name it here");
    out.key("deny-books", "[1]");
    if let Some(url) = of("TELEGRAM_BOT_URL").filter(|u| !u.is_empty()) {
        out.raw(
            "\n# Notices went to Telegram; see docs/configuration.md for the section that does so now.\n",
        );
        let chat = url.split("chat_id=").nth(1).and_then(|r| r.split('&').next()).unwrap_or_default();
        out.note(&format!("chat: {chat}; the bot's token stands in TELEGRAM_BOT_URL of the old file"));
    }
    Ok((out.finish(), of("FRITZ_PASSWORD").filter(|p| !p.is_empty())))
}

/// The text or number of a line `NAME = 'value'  # comment`.
fn assigned(line: &str, name: &str) -> Option<String> {
    let value = line.trim().strip_prefix(name)?.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        Some(quote) => {
            let mut out = String::new();
            let mut chars = value.chars().skip(1);
            loop {
                match chars.next()? {
                    '\\' => out.push(chars.next()?),
                    c if c == quote => return Some(out),
                    c => out.push(c),
                }
            }
        }
        None => {
            let word = value.split([' ', '#']).next()?.trim();
            word.chars().all(|c| c.is_ascii_digit()).then(|| word.to_owned())
        }
    }
}
