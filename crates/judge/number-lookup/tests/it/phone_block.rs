//! PhoneBlock: its list kept here, and questions that tell nobody which number they are about.

use std::time::{Duration, SystemTime};

use number_lookup::phone_block::{Community, hash};
use number_lookup::{LookupSettings, Lookups, Outcome, Query};

use crate::number;
use crate::server::{Server, send};

fn settings(server: &Server, more: &str) -> LookupSettings {
    toml(&format!("[phoneblock]\ntoken = \"pbt_x\"\nurl = \"{}\"\n{more}", server.url()))
}

fn toml(text: &str) -> LookupSettings {
    toml::from_str(text).unwrap()
}

#[test]
fn the_list_is_taken_whole_and_then_by_increments() {
    let server = Server::start(|head, _, stream| {
        let body = if head.starts_with("GET /blocklist?format=json&since=0 ") {
            r#"{"version": 7, "numbers": [{"phone": "+493023125555", "votes": 20, "rating": "G_FRAUD"},
                {"phone": "+493023125556", "votes": 50, "rating": "C_POLL"}]}"#
        } else if head.starts_with("GET /blocklist?format=json&since=7 ") {
            r#"{"version": 9, "numbers": [{"phone": "+493023125555", "votes": 0}]}"#
        } else if head.starts_with("GET /whitelist ") {
            r#"{"numbers": [{"phone": "+493023125556", "label": "x"}]}"#
        } else {
            r#"{"numbers": [{"phone": "+49221", "wildcard": true}]}"#
        };
        send(stream, "200 OK", "", body.as_bytes());
    });
    let folder = tempfile::tempdir().unwrap();
    let own = settings(&server, "").phoneblock.unwrap();
    let mut list = Community::new(own.clone(), folder.path());
    let now = SystemTime::now();
    assert!(list.is_due(now));
    assert_eq!(list.sync(now).unwrap(), 2);
    assert!(!list.is_due(now + Duration::from_secs(3600)));
    let find = |list: &Community, text: &str| {
        list.find(&Query::new(&number(text)).unwrap()).map(|a| (a.score.unwrap(), a.votes))
    };
    assert_eq!(find(&list, "03023125555"), Some((9, 20)));
    assert_eq!(find(&list, "03023125556"), Some((1, u32::MAX)), "the own white list wins");
    assert_eq!(find(&list, "022147100"), Some((9, u32::MAX)), "the own black list has ranges");
    let mut again = Community::new(own, folder.path());
    assert_eq!(again.len(), 2, "it is kept on disk");
    assert_eq!(again.sync(now).unwrap(), 1);
    assert_eq!(find(&again, "03023125555"), None, "no votes: deleted");
    assert!(server.asked().iter().all(|head| head.to_lowercase().contains("authorization: bearer pbt_x")));
}

#[test]
fn a_prefix_of_the_hash_is_all_that_is_sent() {
    let whole = "+493023125555";
    let server = Server::start(|_, _, stream| {
        let body = r#"{"numbers": [{"phone": "+4930999", "votes": 900, "rating": "G_FRAUD"},
            {"phone": "+493023125555", "votes": 6, "rating": "E_ADVERTISING", "unknownField": 1}],
            "range10": [{"prefix": "+49302312566", "votes": 30, "cnt": 9}]}"#;
        send(stream, "200 OK", "", body.as_bytes());
    });
    let folder = tempfile::tempdir().unwrap();
    let lookups = Lookups::new(&settings(&server, "mode = \"prefix\""), folder.path()).unwrap();
    let ask = |text: &str| lookups.look_closely(&number(text), Duration::from_secs(20)).remove(0).outcome;
    assert!(matches!(ask("030 23125555"), Outcome::Known(a) if a.score == Some(8) && a.votes == 6));
    assert!(matches!(ask("030 23125666"), Outcome::Known(a) if a.votes == 30), "its range has a bad name");
    assert!(matches!(ask("030 23125777"), Outcome::Unknown));
    let asked = server.asked().join("");
    assert!(asked.contains(&format!("sha1={}&", &hash(whole)[..4])), "{asked}");
    assert!(!asked.contains("23125555") && !asked.contains(&hash(whole)[..6]));
}

#[test]
fn a_blocked_number_is_reported_only_by_consent() {
    let (told, heard) = std::sync::mpsc::channel();
    let server = Server::start(move |head, _, stream| {
        send(stream, "204 No Content", "", b"");
        let _ = told.send(head.lines().next().unwrap_or_default().to_owned());
    });
    let folder = tempfile::tempdir().unwrap();
    let silent = Lookups::new(&settings(&server, "mode = \"prefix\""), folder.path()).unwrap();
    silent.blocked(&number("030 23125555"));
    let open = Lookups::new(&settings(&server, "mode = \"prefix\"\nreport = true"), folder.path()).unwrap();
    open.blocked(&number("030 23125556"));
    let first = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(first, "POST /report-call/%2B493023125556 HTTP/1.1");
}

#[test]
fn lists_are_downloaded_in_three_forms_and_never_emptied_by_a_bad_one() {
    let server = Server::start(|head, _, stream| {
        let body = match head.split(' ').nth(1).unwrap() {
            "/plain" => "# spam\n+493023125555\n0900*\n",
            "/csv" => "+49 30 23125555,lottery\nnonsense\n",
            // The MD5 of +493023125555.
            "/md5" => "type,md5\nspam,HASH\nbad row\n",
            _ => "<html>gone</html>",
        };
        let hash: String = md5_of("+493023125555");
        send(stream, "200 OK", "", body.replace("HASH", &hash).as_bytes());
    });
    let folder = tempfile::tempdir().unwrap();
    let lists = ["plain", "csv", "md5"].map(|form| {
        format!("[[list]]\nname = \"{form}\"\nurl = \"{}/{form}\"\nformat = \"{form}\"\n", server.url())
    });
    let lookups = Lookups::new(&toml(&lists.concat()), folder.path()).unwrap();
    lookups.refresh();
    let answers = lookups.look_up(&number("030 23125555"), Duration::from_secs(20));
    let labels: Vec<_> = answers.iter().map(|a| (&*a.source, a.label.as_deref().unwrap_or(""))).collect();
    assert_eq!(labels, [("plain", ""), ("csv", "lottery"), ("md5", "spam")]);
    // The next start reads the copy; a server that has gone mad does not empty it.
    let mad = lists[0].replace("/plain\"", "/gone\"");
    let again = Lookups::new(&toml(&mad), folder.path()).unwrap();
    again.refresh();
    assert_eq!(again.look_up(&number("030 23125555"), Duration::from_secs(20)).len(), 1);
}

fn md5_of(text: &str) -> String {
    use md5::Digest as _;
    md5::Md5::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
