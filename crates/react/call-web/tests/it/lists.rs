//! The lists, and what the guard is asked.

use call_event::GuardCommand;
use serde_json::json;

use crate::house::Page;

#[test]
fn lists_are_seen_changed_imported_and_exported() {
    let page = Page::new();
    let owner = page.owner();
    let file = page.dir.path().join("deny.csv");
    let lists = owner.get("/api/lists").json();
    let list = &lists["lists"][0];
    assert_eq!(
        (&list["kind"], &list["entries"], &list["problem_count"]),
        (&json!("deny"), &json!(2), &json!(1)),
        "{list}"
    );
    let name = list["name"].as_str().unwrap().to_owned();
    let path = format!("/api/lists/{name}");
    let entries = owner.get(&format!("{path}/entries?limit=1")).json();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1);
    let next = owner.get(&format!("{path}/entries?after={}", entries["next"])).json();
    assert_eq!(next["entries"][0]["entry"], "0900*");
    assert_eq!(owner.get(&format!("{path}/entries?search=solar")).json()["entries"][0]["name"], "Solar");

    let entry = json!({ "entry": "0221 4710123", "name": "Köln, \"quoted\"" }).to_string();
    assert_eq!(owner.post(&format!("{path}/entries"), &entry).status, 200);
    assert!(std::fs::read_to_string(&file).unwrap().contains("0221"));
    assert_eq!(owner.get(&format!("{path}/entries?search=quoted")).json()["entries"][0]["by"], "web");
    assert_eq!(
        owner.change("DELETE", &format!("{path}/entries"), r#"{"entry":"02214710123"}"#).json()["removed"],
        1
    );
    assert_eq!(owner.change("DELETE", &format!("{path}/entries"), r#"{"entry":"02214710123"}"#).status, 404);
    let forged = json!({ "entry": "0221\n0301", "name": "x" }).to_string();
    assert_eq!(owner.post(&format!("{path}/entries"), &forged).status, 409, "one entry, one line");

    let text = "03012345678,New\nnonsense?!\n";
    let before = std::fs::read(&file).unwrap();
    let preview = owner.post(&format!("{path}/preview"), text).json();
    assert_eq!((&preview["taken"], &preview["problem_count"]), (&json!(1), &json!(1)), "{preview}");
    assert_eq!(std::fs::read(&file).unwrap(), before, "a preview changes nothing");
    let taken = owner.post(&format!("{path}/import"), text).json();
    assert_eq!((&taken["taken"], &taken["problem_count"]), (&json!(1), &json!(1)), "{taken}");
    let exported = owner.get(&format!("{path}/export"));
    assert!(exported.text().contains("03012345678"));
    assert!(exported.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(*page.house.changes.lock().unwrap(), 3);
}

#[test]
fn a_list_that_the_configuration_does_not_name_is_none() {
    let page = Page::new();
    let owner = page.owner();
    for name in ["..%2fsecret.wav", "secret.wav", "%2fetc%2fpasswd", "..", "deny.csv%00", "rec%2fone.wav"] {
        for what in ["entries", "export"] {
            let reply = owner.get(&format!("/api/lists/{name}/{what}"));
            assert!(matches!(reply.status, 404 | 400), "{name}: {}", reply.status);
        }
        let reply = owner.post(&format!("/api/lists/{name}/entries"), r#"{"entry":"030123"}"#);
        assert!(matches!(reply.status, 404 | 400), "{name}: {}", reply.status);
    }
}

#[test]
fn the_guard_is_asked() {
    let page = Page::new();
    let owner = page.owner();
    assert_eq!(owner.get("/api/status").json()["version"], "1");
    assert!(owner.get("/api/status").json().get("dir").is_none());
    let reply = owner.post("/api/command", r#"{"do":"block","number":"030123","name":"X"}"#);
    assert_eq!((reply.status, &reply.json()["answer"]), (200, &json!("done")));
    assert_eq!(owner.post("/api/command", r#"{"do":"hang-up"}"#).status, 409);
    assert_eq!(owner.post("/api/command", r#"{"do":"stop"}"#).status, 403);
    assert_eq!(owner.post("/api/command", r#"{"do":"watch"}"#).status, 403);
    assert_eq!(owner.post("/api/command", r#"{"do":"dance"}"#).status, 400);
    assert_eq!(owner.post("/api/lines/home/simulate", r#"{"number":"030"}"#).json()["text"], "030 calls");
    assert_eq!(owner.post("/api/lines/office/simulate", r#"{"number":"030"}"#).status, 409);
    assert_eq!(owner.post("/api/lines/home/doctor", "").status, 409);
    let asked = page.house.asked.lock().unwrap();
    assert!(!asked.contains(&GuardCommand::Stop));
    assert!(asked.contains(&GuardCommand::Block { number: "030123".into(), name: "X".into() }));
}
