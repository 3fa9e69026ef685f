//! The configuration of the Airport1 tools, `config.py`.

use super::convert::Converted;
use super::toml_text::{Toml, quote};

/// What the file says, as a configuration of callblock; and the secrets, which belong elsewhere.
pub(super) fn read(source: &str) -> Result<Converted, String> {
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
    let mut secrets = Vec::new();
    if let Some(password) = of("FRITZ_PASSWORD").filter(|p| !p.is_empty()) {
        secrets.push(("fritzbox-password", password));
    }
    if let Some((token, chat)) = of("TELEGRAM_BOT_URL").as_deref().and_then(telegram) {
        out.raw("\n[[notify.telegram]]\n");
        out.key("token-file", &quote("telegram-token"));
        out.key("chats", &format!("[{chat}]"));
        secrets.push(("telegram-token", token));
    }
    Ok((out.finish(), secrets))
}

/// The bot's token and the chat in `https://api.telegram.org/botTOKEN/sendMessage?chat_id=CHAT&text=`.
fn telegram(url: &str) -> Option<(String, i64)> {
    let (token, rest) = url.split_once("/bot")?.1.split_once('/')?;
    let chat = rest.split_once("chat_id=")?.1.split('&').next()?.parse().ok()?;
    (!token.is_empty()).then(|| (token.to_owned(), chat))
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
