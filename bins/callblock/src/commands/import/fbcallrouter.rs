//! The configuration of fbcallrouter, `config.php`.

use super::convert::Converted;
use super::php::{Value, parse};
use super::toml_text::{Toml, quote};

/// What the file says, as a configuration of callblock; and the secrets, which belong elsewhere.
pub(super) fn read(source: &str) -> Result<Converted, String> {
    let config = parse(source)?;
    let mut out = Toml::new("made from the configuration of fbcallrouter");
    let fritzbox = config.get("fritzbox");
    let (books, contact, filter) = (config.get("phonebook"), config.get("contact"), config.get("filter"));
    let position = |value: &Value| value.number().map(|n| format!("{n}"));
    let positions =
        |value: &Value| value.values().into_iter().filter_map(position).collect::<Vec<_>>().join(", ");

    out.section("numbers");
    out.key("country", &quote("DE"));
    out.section("fritzbox");
    if let Some(url) = fritzbox.get("url").text() {
        out.key("address", &quote(host(&url)));
    }
    if let Some(user) = fritzbox.get("user").text() {
        out.key("user", &quote(&user));
    }
    out.key("password-file", &quote("fritzbox-password"));
    out.note("positions as in the old file; names are safer, because positions shift");
    let allow = positions(books.get("whitelist"));
    out.key("allow-books", &format!("[{}]", if allow.is_empty() { "0" } else { &allow }));
    let deny = position(books.get("blacklist")).unwrap_or_else(|| "1".into());
    out.key("deny-books", &format!("[{deny}]"));
    if let Some(new) = position(books.get("newlist")) {
        out.key("new-contact-book", &new);
    }
    let days = books.get("refresh").number().unwrap_or(1.0).clamp(1.0, 365.0);
    out.key("refresh-hours", &format!("{}", (days * 24.0).round()));
    let own: Vec<_> =
        filter.get("msn").values().into_iter().filter_map(Value::text).map(|n| quote(&n)).collect();
    if !own.is_empty() {
        out.key("own-numbers", &format!("[{}]", own.join(", ")));
    }
    let tests: Vec<_> = config
        .get("test")
        .get("numbers")
        .values()
        .into_iter()
        .filter_map(Value::text)
        .map(|n| quote(&n))
        .collect();
    if !tests.is_empty() {
        out.key("test-numbers", &format!("[{}]", tests.join(", ")));
    }
    out.section("fritzbox.contact");
    if let Some(name) = contact.get("caller").text() {
        out.key("name", &quote(&name));
    }
    out.key("time-stamp", if contact.get("timestamp").flag() == Some(false) { "false" } else { "true" });
    let kind = contact.get("type").text().unwrap_or_default();
    let known = ["home", "mobile", "work", "fax_work", "fax_home"];
    out.key("number-type", &quote(if known.contains(&kind.as_str()) { &kind } else { "other" }));

    out.section("screen");
    out.key("action", &quote("bar"));
    let foreign = filter.get("blockForeign").flag() == Some(true);
    let rules = if foreign { "fbcallrouter" } else { "fbcallrouter-allow-foreign" };
    out.note("the cascade of fbcallrouter; rules of your own come first");
    out.key("rule-set", &format!("[{}]", quote(rules)));
    out.section("screen.lookup");
    out.note("limits as fbcallrouter kept them: a score of 9 at the most, 3 comments at the least");
    out.key("score", &format!("{}", filter.get("score").number().unwrap_or(6.0).clamp(1.0, 9.0)));
    out.key("votes", &format!("{}", filter.get("comments").number().unwrap_or(3.0).clamp(3.0, 1e6).round()));
    out.section("lookup");
    out.note("each unknown caller's number is sent to these sites, as before; see docs/privacy.md");
    let mut sites = vec!["werruft", "cleverdialer", "telefonspion", "werhatangerufen", "tellows"];
    if books.get("newlist").number().is_some() {
        sites.push("dasoertliche");
    }
    let sites: Vec<_> = sites.into_iter().map(quote).collect();
    out.key("sites", &format!("[{}]", sites.join(", ")));
    if config.get("logging").get("log").flag() == Some(true) {
        let folder = config.get("logging").get("logPath").text().unwrap_or_default();
        out.section("log");
        let folder = folder.trim_end_matches('/');
        let file =
            if folder.is_empty() { "callblock.log".to_owned() } else { format!("{folder}/callblock.log") };
        out.key("file", &quote(&file));
    }
    let mut secrets = Vec::new();
    if let Some(password) = fritzbox.get("password").text().filter(|p| !p.is_empty()) {
        secrets.push(("fritzbox-password", password));
    }
    mail(&mut out, config.get("email"), &mut secrets);
    Ok((out.finish(), secrets))
}

/// Mail as it was sent: of what is blocked and rung through, with what was found.
fn mail(out: &mut Toml, mail: &Value, secrets: &mut Vec<(&'static str, String)>) {
    let text = |key: &str| mail.get(key).text().filter(|value| !value.is_empty());
    let (Some(server), Some(receiver)) = (text("url"), text("receiver")) else { return };
    out.raw("\n[[notify.mail]]\n");
    out.key("server", &quote(host(&server)));
    let port = mail.get("port").number().filter(|port| (1.0..65_536.0).contains(port));
    if let Some(port) = port {
        out.key("port", &format!("{port:.0}"));
    }
    // PHPMailer's words.
    let security = match text("secure").as_deref() {
        Some("ssl") => "tls",
        Some("tls") => "starttls",
        _ if port == Some(465.0) => "tls",
        _ => "starttls",
    };
    out.key("security", &quote(security));
    if let (Some(user), Some(password)) = (text("user"), text("password")) {
        out.key("user", &quote(&user));
        out.key("password-file", &quote("mail-password"));
        secrets.push(("mail-password", password));
    }
    let sender = [text("sender"), text("user")].into_iter().flatten().find(|name| name.contains('@'));
    out.key("from", &quote(sender.as_deref().unwrap_or(&receiver)));
    out.key("to", &format!("[{}]", quote(&receiver)));
    out.raw("[notify.mail.when]\nevents = [\"ringing\", \"blocked\", \"list-changed\", \"line-down\", \"line-up\"]\n");
}

/// `http://fritz.box` is an address too.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}
