//! Who may come in, and what they may do.

use call_web::{Error, WebServer, WebSettings};
use secret::PasswordHash;

use crate::house::{Page, Session, send, settings};

const OWNER: &str = "three words are good";
const READER: &str = "only for looking";

fn hashed(password: &str) -> Option<String> {
    Some(PasswordHash::of(password).unwrap().as_str().into())
}

fn guarded() -> Page {
    Page::with(WebSettings {
        owner_password: hashed(OWNER),
        reader_password: hashed(READER),
        hosts: vec!["callblock.home".into()],
        ..settings()
    })
}

#[test]
fn others_need_a_password_or_it_does_not_start() {
    let page = Page::new();
    let house = || page.house.clone() as std::sync::Arc<dyn call_web::House>;
    let open = WebSettings { listen: "0.0.0.0:0".parse().unwrap(), ..settings() };
    assert!(matches!(WebServer::start(&open, house()), Err(Error::NeedsPassword { .. })));
    let reader_only = WebSettings { reader_password: hashed(READER), ..open.clone() };
    assert!(matches!(reader_only.check(), Err(Error::NeedsPassword { .. })));
    let plain = WebSettings { owner_password: Some("secret".into()), ..settings() };
    assert!(matches!(WebServer::start(&plain, house()), Err(Error::BadHash { which: "owner-password" })));
    let taken = WebSettings { listen: page.address(), ..settings() };
    assert!(matches!(WebServer::start(&taken, house()), Err(Error::Listen { .. })));
}

#[test]
fn nobody_sees_or_does_anything_without_the_password() {
    let page = guarded();
    let session = send(page.address(), "GET", "/api/session", &[], b"");
    assert_eq!((&session.json()["role"], session.header("set-cookie")), (&"none".into(), None));
    for path in [
        "status",
        "events",
        "calls",
        "calls/1",
        "calls/1/sound",
        "messages",
        "lists",
        "rules",
        "statistics",
        "lookup?number=1",
        "lists/deny.csv/export",
    ] {
        assert_eq!(send(page.address(), "GET", &format!("/api/{path}"), &[], b"").status, 401, "{path}");
        let forged = [("Cookie", "callblock=0000")];
        assert_eq!(send(page.address(), "GET", &format!("/api/{path}"), &forged, b"").status, 401, "{path}");
    }
    for path in ["command", "check", "replay", "logout", "lists/deny.csv/entries"] {
        assert_eq!(send(page.address(), "POST", &format!("/api/{path}"), &[], b"{}").status, 401, "{path}");
    }
    assert!(page.house.asked.lock().unwrap().is_empty());
    assert_eq!(send(page.address(), "GET", "/", &[], b"").status, 200, "the page itself holds no secret");
}

#[test]
fn readers_look_and_owners_change() {
    let page = guarded();
    let reader = Session::with_password(page.address(), READER);
    assert_eq!(reader.get("/api/session").json()["role"], "reader");
    assert_eq!(reader.get("/api/calls").status, 200);
    assert_eq!(reader.post("/api/check", r#"{"number":"030"}"#).status, 200);
    for (method, path) in [
        ("POST", "command"),
        ("DELETE", "calls/1"),
        ("DELETE", "messages/1"),
        ("POST", "messages/1/heard"),
        ("POST", "lists/deny.csv/entries"),
        ("DELETE", "lists/deny.csv/entries"),
        ("POST", "lists/deny.csv/preview"),
        ("POST", "lists/deny.csv/import"),
        ("POST", "lines/home/doctor"),
        ("POST", "lines/home/simulate"),
    ] {
        assert_eq!(reader.change(method, &format!("/api/{path}"), "{}").status, 403, "{path}");
    }
    assert!(page.dir.path().join("rec/one.wav").exists());

    let owner = Session::with_password(page.address(), OWNER);
    assert_eq!(owner.post("/api/command", r#"{"do":"block-last"}"#).status, 200);
    let gone = owner.post("/api/logout", "{}");
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(owner.get("/api/calls").status, 401, "the session is over on this side too");
    assert_eq!(reader.get("/api/calls").status, 200);
}

#[test]
fn cookies_are_strict() {
    let page = guarded();
    let body = format!("{{\"password\":\"{OWNER}\"}}");
    let reply = send(page.address(), "POST", "/api/login", &[], body.as_bytes());
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let named = send(
        page.address(),
        "GET",
        "/",
        &[("Host", &format!("callblock.home:{}", page.address().port()))],
        b"",
    );
    assert_eq!(named.status, 200);
}

#[test]
fn guessing_ends_soon_and_the_right_password_no_longer_helps() {
    let page = guarded();
    let try_one = |password: &str| {
        let body = serde_json::json!({ "password": password }).to_string();
        send(page.address(), "POST", "/api/login", &[], body.as_bytes())
    };
    let refused = (0..20).find_map(|n| {
        let reply = try_one(&format!("guess {n}"));
        assert!(matches!(reply.status, 401 | 429));
        (reply.status == 429).then_some((n, reply))
    });
    let (tries, reply) = refused.expect("nobody guesses for ever");
    assert!(tries <= 10 && reply.header("retry-after").is_some());
    assert_eq!(try_one(OWNER).status, 429);
    assert_eq!(try_one(&"x".repeat(10_000)).status, 429);
}

#[test]
fn readers_cannot_guess_on_by_logging_in_between() {
    let page = guarded();
    let try_one = |password: &str| {
        let body = serde_json::json!({ "password": password }).to_string();
        send(page.address(), "POST", "/api/login", &[], body.as_bytes()).status
    };
    for n in 0..8 {
        assert_eq!(try_one(&format!("guess {n}")), 401);
        if n < 7 {
            assert_eq!(try_one(READER), 200, "logging in costs no try");
        }
    }
    assert_eq!(try_one("one more guess"), 429);
}
