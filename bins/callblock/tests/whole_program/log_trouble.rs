//! The call log cannot be written: the guard says why and what to do, goes on guarding, and delivers later.

use std::fs;

use call_log::CallLog;
use line_sim::voice_modem::CallerAct;

use crate::house::{BLOCKED, House, STRANGER, caller};

/// Two calls while the log is in trouble, then what mends it; both calls are in the log afterwards.
fn calls_come_all_the_same(house: &mut House, said: &[&str], mend: impl FnOnce(&House)) {
    house.guard();
    house.call(caller(BLOCKED), 1);
    house.on_hook();
    house.call(caller(STRANGER).rings(2).then(CallerAct::HangUp), 2);
    let status = house.wait_until("the trouble is told", |status| status.log_trouble.is_some());
    assert_eq!((status.counts.calls, status.counts.blocked), (2, 1), "it goes on guarding");
    let trouble = status.log_trouble.unwrap();
    for words in said {
        assert!(trouble.contains(words), "{words:?} in {trouble:?}");
    }
    let shown = house.command().arg("status").output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains(said[0]), "{shown:?}");
    mend(house);
    house.wait_until("the trouble is over", |status| status.log_trouble.is_none());
    let calls = house.logged(2);
    let numbers: Vec<_> = calls.iter().filter_map(|c| c.call.number()).collect();
    assert_eq!(numbers, [BLOCKED, STRANGER]);
    assert!(calls.iter().all(|c| !c.call.ending.is_empty()), "as they ended");
    house.stop();
}

#[test]
fn a_log_of_a_newer_version() {
    let mut house = House::new("hang-up", "");
    let file = house.path("callblock.db");
    drop(CallLog::open(&file).unwrap());
    let version =
        |n: i64| rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", n).unwrap();
    let known: i64 = rusqlite::Connection::open(&file)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    version(known + 1);
    calls_come_all_the_same(&mut house, &["knows layouts up to", "update the program"], |_| version(known));
}

#[test]
fn a_damaged_log() {
    let mut house = House::new("hang-up", "");
    fs::write(house.path("callblock.db"), [b'x'; 8192]).unwrap();
    calls_come_all_the_same(&mut house, &["damaged"], |house| {
        fs::rename(house.path("callblock.db"), house.path("damaged.db")).unwrap();
    });
}

#[test]
fn another_programs_database_in_the_logs_place() {
    let mut house = House::new("hang-up", "");
    let file = house.path("callblock.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    calls_come_all_the_same(&mut house, &["callblock.db"], |house| {
        fs::rename(house.path("callblock.db"), house.path("theirs.db")).unwrap();
    });
}

#[test]
fn a_log_that_another_program_locks() {
    let mut house = House::new("hang-up", "");
    let file = house.path("callblock.db");
    drop(CallLog::open(&file).unwrap());
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    calls_come_all_the_same(&mut house, &["another program"], |_| other.execute_batch("ROLLBACK").unwrap());
}
