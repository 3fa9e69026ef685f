//! Runs the log's scenarios on a PostgreSQL server: `server_scenarios "host=/tmp/pg dbname=test"`.
//!
//! Each scenario gets a database of its own, made and dropped here; the user must be allowed to do that.
//! `restart COMMAND` as further arguments names a program that is called with `stop` and `start` to take
//! the server away and bring it back in the middle of the last scenario.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

#[path = "../tests/scenarios/mod.rs"]
mod scenarios;

use std::process::Command;
use std::time::{Duration, Instant};

use call_log::{CallLog, ListChange, Query, SiteLink, Span};
use scenarios::{call, noon};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().expect("how to reach the server, without a database name");
    let control = arguments.next().expect("a program that takes `stop` and `start`");
    let at = |database: &str| format!("{server} dbname={database}");
    let admin = |sql: String| {
        postgres::Client::connect(&at("postgres"), postgres::NoTls).unwrap().batch_execute(&sql).unwrap();
    };
    for (name, scenario) in scenarios::ALL {
        admin("CREATE DATABASE callblock_test".into());
        scenario(&mut CallLog::connect(&at("callblock_test")).unwrap());
        // Connecting again finds the layout up to date.
        drop(CallLog::connect(&at("callblock_test")).unwrap());
        admin("DROP DATABASE callblock_test WITH (FORCE)".into());
        println!("ok {name}");
    }
    admin("CREATE DATABASE callblock_sites".into());
    let server = at("callblock_sites");
    two_sites_count_together(&server);
    println!("ok two_sites_count_together");
    a_newer_layout_is_left_alone(&server);
    println!("ok a_newer_layout_is_left_alone");
    a_site_goes_on_without_the_server(&server, &control);
    println!("ok a_site_goes_on_without_the_server");
}

fn two_sites_count_together(server: &str) {
    let threads: Vec<_> = ["a", "b", "c"]
        .into_iter()
        .map(|site| {
            let server = server.to_owned();
            std::thread::spawn(move || {
                let mut log = CallLog::connect(&server).unwrap();
                for i in 0..200 {
                    let mut one = call(i, "03023125555");
                    one.site = site.into();
                    log.record(&one).unwrap();
                    if i % 20 == 0 {
                        // Another site may be counting: then this one counts later.
                        match log.count_new() {
                            Ok(_) => {}
                            Err(error) => assert!(error.is_temporary(), "{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let mut log = CallLog::connect(server).unwrap();
    assert_eq!(log.statistics(&Span::default()).unwrap().total.calls, 600);
    log.count_all_new().unwrap();
    assert_eq!(log.statistics(&Span::default()).unwrap().total.calls, 600);
    assert_eq!(log.statistics(&Span::default()).unwrap().callers[0].count.calls, 600);
}

fn a_newer_layout_is_left_alone(server: &str) {
    let mut client = postgres::Client::connect(server, postgres::NoTls).unwrap();
    client.batch_execute("INSERT INTO callblock_layout (version) VALUES (99)").unwrap();
    let error = CallLog::connect(server).unwrap_err();
    assert!(matches!(error, call_log::LogError::Newer { found: 99, .. }), "{error}");
    client.batch_execute("DELETE FROM callblock_layout WHERE version = 99").unwrap();
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(40);
    while !done() {
        assert!(Instant::now() < end, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn a_site_goes_on_without_the_server(server: &str, control: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = |site: &str| folder.path().join(format!("{site}.sqlite"));
    let mut own: Vec<CallLog> = ["north", "south"]
        .iter()
        .map(|site| {
            let mut log = CallLog::open(&file(site)).unwrap();
            log.keep_for_delivery();
            log
        })
        .collect();
    let links: Vec<SiteLink> = ["north", "south"]
        .iter()
        .map(|site| {
            let server = server.to_owned();
            SiteLink::start(file(site), move || CallLog::connect(&server), site)
        })
        .collect();
    let mut write = |from: u64| {
        for log in &mut own {
            for i in from..from + 300 {
                let mut one = call(i, "0152 28817386");
                log.record(&one).unwrap();
                one.rings = 5;
                log.record(&one).unwrap();
            }
        }
    };
    write(0);
    wait_until("the first delivery", || links.iter().all(|l| l.health().delivered > 0));

    let run = |what: &str| assert!(Command::new(control).arg(what).status().unwrap().success());
    run("stop");
    write(300);
    wait_until("the loss to be noticed", || links.iter().all(|l| l.health().failing.is_some()));
    write(600);
    run("start");
    wait_until("everything to be delivered", || {
        file("north").exists()
            && ["north", "south"].iter().all(|s| CallLog::open(&file(s)).unwrap().undelivered().unwrap() == 0)
    });
    let mut log = CallLog::connect(server).unwrap();
    for site in ["north", "south"] {
        let mut count = 0;
        let query = Query { site: Some(site.into()), ..Query::default() };
        log.each_call(&query, |logged| {
            count += 1;
            assert_eq!(logged.call.rings, 5, "the last writing is the one that stays");
            Ok::<_, call_log::LogError>(())
        })
        .unwrap();
        assert_eq!(count, 900, "nothing lost and nothing twice at {site}");
    }

    // A change of a list at one site is heard at the other within moments.
    let mut north = CallLog::open(&file("north")).unwrap();
    north.keep_for_delivery();
    north.record_list_change(&ListChange::new(noon(), "deny", true, "0900*", "web")).unwrap();
    let heard = links[1].changes().recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!((heard.entry.as_str(), heard.site.as_str()), ("0900*", "north"));
    wait_until("the shared list", || {
        CallLog::open(&file("south")).unwrap().list_entries("deny").unwrap().len() == 1
    });
    assert!(links[0].changes().is_empty(), "a site does not hear its own changes");
}
