//! The log, recordings, rules, statistics.

use serde_json::json;

use crate::house::{LISTED, Page, SCRIPT};

#[test]
fn calls_are_found_and_paged() {
    let page = Page::new();
    let owner = page.owner();
    let all = owner.get("/api/calls").json();
    assert_eq!(all["calls"].as_array().unwrap().len(), 4);
    let found = owner.get("/api/calls?search=sunny").json();
    assert_eq!(found["calls"][0]["number"], LISTED);
    assert_eq!(found["calls"].as_array().unwrap().len(), 1);
    assert_eq!(owner.get("/api/calls?decision=ring").json()["calls"].as_array().unwrap().len(), 2);
    let mut seen = Vec::new();
    let mut path = "/api/calls?limit=3".to_owned();
    loop {
        let answer = owner.get(&path).json();
        seen.extend(answer["calls"].as_array().unwrap().iter().map(|c| c["id"].as_i64().unwrap()));
        let Some(next) = answer["next"].as_str() else { break };
        path = format!("/api/calls?limit=3&after={next}");
    }
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4]);
    let one = owner.get("/api/calls/1").json();
    assert_eq!(one["steps"], json!(["not on an allow list", "listed"]));
    assert_eq!(one["recording"], "one.wav", "no folder of this machine is told");
    for (path, status) in [
        ("calls/99", 404),
        ("calls/x", 404),
        ("calls?from=yesterday", 400),
        ("calls?after=zzz", 400),
        ("x", 404),
    ] {
        assert_eq!(owner.get(&format!("/api/{path}")).status, status, "{path}");
    }
    assert_eq!(owner.get("/api/calls?from=2100-01-01").json()["calls"], json!([]));
}

#[test]
fn recordings_are_heard_in_parts_seen_and_deleted() {
    let page = Page::new();
    let owner = page.owner();
    let whole = owner.get("/api/calls/1/sound");
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/wav")));
    assert!(whole.body.starts_with(b"RIFF"));
    let part = owner.get_with("/api/calls/1/sound", &[("Range", "bytes=4-11")]);
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[4..12]));
    assert_eq!(part.header("content-range"), Some(&*format!("bytes 4-11/{}", whole.body.len())));
    assert_eq!(owner.get_with("/api/calls/1/sound", &[("Range", "bytes=999999999-")]).status, 416);
    let kept = owner.get("/api/calls/1/sound?download=1");
    assert_eq!(kept.header("content-disposition"), Some("attachment; filename=\"one.wav\""));
    let wave = owner.get("/api/calls/1/wave").json();
    assert_eq!(wave["seconds"], 1.0);
    assert_eq!(wave["peaks"].as_array().unwrap().len(), 100);

    assert_eq!(owner.change("DELETE", "/api/calls/1", "").status, 200);
    assert!(!page.dir.path().join("rec/one.wav").exists());
    assert_eq!(owner.get("/api/calls/1/sound").status, 404);
    assert_eq!(owner.get("/api/calls/1").json()["recording"], json!(null), "the call stays");
}

/// The guard was started in another folder, or its folder was moved: the log names a path that is none here.
#[test]
fn a_recording_is_found_where_its_folder_was_moved() {
    let page = Page::new();
    let owner = page.owner();
    let mut log = call_log::CallLog::open(&page.dir.path().join("callblock.db")).unwrap();
    let mut call = log.call(1).unwrap().unwrap().call;
    call.recording = Some("./elsewhere/rec/one.wav".into());
    log.record(&call).unwrap();
    assert_eq!(owner.get("/api/calls/1/sound").status, 200);
    call.recording = Some("./elsewhere/secret.wav".into());
    log.record(&call).unwrap();
    assert_eq!(owner.get("/api/calls/1/sound").status, 404);
    assert_eq!(owner.change("DELETE", "/api/calls/1", "").status, 404);
}

#[test]
fn messages_are_heard_and_deleted() {
    let page = Page::new();
    let owner = page.owner();
    let messages = owner.get("/api/messages").json();
    let mail = messages["messages"].as_array().unwrap().iter().find(|m| m["file"] == "mail.wav").unwrap();
    let id = mail["id"].as_i64().unwrap();
    assert_eq!(mail["heard"], json!(null));
    assert_eq!(owner.post(&format!("/api/messages/{id}/heard"), "{}").status, 200);
    assert_eq!(owner.get(&format!("/api/messages/{id}/sound")).status, 200);
    assert_eq!(owner.get(&format!("/api/messages/{id}/wave")).status, 200);
    assert_eq!(owner.change("DELETE", &format!("/api/messages/{id}"), "").status, 200);
    assert!(!page.dir.path().join("rec/mail.wav").exists());
    assert_eq!(owner.post(&format!("/api/messages/{id}/heard"), "{}").status, 404);
}

#[test]
fn what_lies_outside_the_recordings_is_neither_served_nor_deleted() {
    let page = Page::new();
    let owner = page.owner();
    for call in [3, 4] {
        assert_eq!(owner.get(&format!("/api/calls/{call}/sound")).status, 404);
        assert_eq!(owner.get(&format!("/api/calls/{call}/wave")).status, 404);
        assert_eq!(owner.change("DELETE", &format!("/api/calls/{call}"), "").status, 404);
    }
    let messages = owner.get("/api/messages").json();
    let stolen = messages["messages"].as_array().unwrap().iter().find(|m| m["file"] == "secret.wav").unwrap();
    let path = format!("/api/messages/{}", stolen["id"]);
    assert_eq!(owner.get(&format!("{path}/sound")).status, 404);
    assert_eq!(owner.change("DELETE", &path, "").status, 404);
    #[cfg(unix)]
    {
        // A link inside that leads outside is outside.
        std::fs::remove_file(page.dir.path().join("rec/one.wav")).unwrap();
        std::os::unix::fs::symlink(page.dir.path().join("secret.wav"), page.dir.path().join("rec/one.wav"))
            .unwrap();
        assert_eq!(owner.get("/api/calls/1/sound").status, 404);
    }
    assert!(page.dir.path().join("secret.wav").exists());
}

#[test]
fn a_script_in_a_name_stays_text() {
    let page = Page::new();
    let reply = page.owner().get("/api/calls?search=alert");
    assert_eq!(reply.json()["calls"][0]["name"], SCRIPT);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn sql_in_a_search_is_searched_for() {
    let page = Page::new();
    let owner = page.owner();
    for text in [
        "%27%3B%20DROP%20TABLE%20calls%3B--",
        "%22%20OR%201%3D1",
        "%25",
        "_",
        "*",
        "%5C",
        "NEAR(a%20b)",
        "a%22b",
    ] {
        let reply = owner.get(&format!("/api/calls?search={text}"));
        assert_eq!(reply.status, 200, "{text}: {}", reply.text());
        assert_eq!(reply.json()["calls"], json!([]), "{text}");
        assert_eq!(owner.get(&format!("/api/calls?line={text}&action={text}&who={text}")).status, 200);
    }
    assert_eq!(owner.get("/api/calls").json()["calls"].as_array().unwrap().len(), 4);
}

#[test]
fn numbers_are_checked_and_calls_replayed() {
    let page = Page::new();
    let owner = page.owner();
    let rules = owner.get("/api/rules").json();
    assert_eq!(rules["rules"][0]["name"], "withheld");
    let answer = owner.post("/api/check", &json!({ "number": LISTED }).to_string()).json();
    assert_eq!((&answer["decision"], &answer["area"]), (&json!("block"), &json!("Berlin")));
    assert!(answer["steps"].as_array().unwrap().iter().any(|s| s["decided"] == true));
    let answer = owner.post("/api/check", r#"{"number":"withheld","at":"2026-12-24T18:30:00Z"}"#).json();
    assert_eq!(answer["rule"], "withheld");
    assert_eq!(owner.post("/api/check", r#"{"number":"1","at":"soon"}"#).status, 400);
    assert_eq!(owner.post("/api/check", "[").status, 400);
    let replayed = owner.post("/api/replay", r#"{"days":30}"#).json();
    assert_eq!((&replayed["calls"], &replayed["changed"]), (&json!(4), &json!(1)), "{replayed}");
    assert_eq!(replayed["changes"][0]["now"], "ring");
    let statistics = owner.get("/api/statistics").json();
    assert_eq!((&statistics["total"]["calls"], &statistics["total"]["blocked"]), (&json!(4), &json!(2)));
    assert_eq!(owner.get("/api/lookup?number=030").json()["answers"][0]["name"], "030");
    assert_eq!(owner.get("/api/lookup").status, 400);
}
