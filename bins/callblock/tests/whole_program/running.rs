//! Starting, stopping, reloading, and being asked.

use std::fs;
use std::time::{Duration, Instant};

use call_event::{GuardCommand, GuardReply};
use line_sim::voice_modem::{CallerAct, Sound};

use crate::house::{BLOCKED, House, STRANGER, caller};

#[test]
fn a_stop_in_a_call_ends_it_on_hook_with_a_valid_recording() {
    let runs = ["TERM", "INT"].map(|signal| {
        std::thread::spawn(move || {
            let mut house = House::new("record:60", "");
            house.guard();
            let speech = CallerAct::Say(Sound::Tones { hertz: vec![440.0], milliseconds: 20_000 });
            assert!(house.sim.ring(caller(BLOCKED).then(speech)));
            house.sim.wait_for(Duration::from_secs(10), |s| s.heard_bytes > 0 || s.connected).unwrap();
            // Some sound is to be in the recording.
            house
                .sim
                .wait_for_event(Duration::from_secs(10), |e| {
                    matches!(e, line_sim::voice_modem::SimEvent::Voice(_))
                })
                .unwrap();
            std::thread::sleep(Duration::from_millis(700));
            let began = Instant::now();
            house.signal(signal);
            assert!(house.wait_for_end(Duration::from_secs(2)).success(), "{}", house.said());
            let took = began.elapsed();
            house.on_hook();
            let call = house.logged(1).remove(0).call;
            let recorded = telephone_audio::read_wav(call.recording.as_ref().expect("recorded")).unwrap();
            assert!(recorded.len() > 2000, "{} samples after {took:?}", recorded.len());
        })
    });
    for run in runs {
        run.join().unwrap();
    }
}

#[test]
fn a_second_guard_on_the_folder_is_refused() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let out = house.command().arg("run").output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(75), "{said}");
    assert!(said.contains("another guard runs") && said.contains(&house.process().to_string()), "{said}");
    house.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_guard_on_the_line_is_refused_whatever_its_folder_and_however_it_names_the_modem() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let other = tempfile::tempdir().unwrap();
    let link = other.path().join("modem");
    std::os::unix::fs::symlink(house.sim.path(), &link).unwrap();
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["--dir", other.path().to_str().unwrap(), "--device", link.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(75), "{said}");
    let folder = house.dir.path().display();
    for words in [
        format!(
            "line home: {} is guarded already by callblock (process {})",
            link.display(),
            house.process()
        ),
        format!("with the folder {folder}; stop that guard (`callblock --dir {folder} tell stop`)"),
        "--device".into(),
    ] {
        assert!(said.contains(&words), "{words} is not in {said}");
    }
    // The first one never noticed.
    let status = house.status().unwrap();
    assert_eq!((status.lines[0].health.as_str(), status.lines[0].losses), ("up", 0));
    house.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn a_guard_waits_for_another_one_that_is_about_to_end() {
    let mut house = House::new("record:60", "");
    house.guard();
    assert!(house.sim.ring(caller(BLOCKED)));
    house.sim.wait_for(Duration::from_secs(20), |status| status.off_hook).unwrap();
    let other = tempfile::tempdir().unwrap();
    let log = fs::File::create(other.path().join("said")).unwrap();
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["--dir", other.path().to_str().unwrap(), "--device", house.sim.path().to_str().unwrap()])
        .stderr(log)
        .spawn()
        .unwrap();
    house.stop();
    let socket = other.path().join("control.sock");
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(GuardReply::Status(status)) = call_guard::ask(&socket, &GuardCommand::Status)
            && status.lines[0].health == "up"
        {
            break;
        }
        let said = fs::read_to_string(other.path().join("said")).unwrap();
        assert!(second.try_wait().unwrap().is_none(), "{said}");
        assert!(Instant::now() < until, "the second guard never gets the line: {said}");
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = call_guard::ask(&socket, &GuardCommand::Stop);
    assert!(second.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn another_program_on_the_port_is_named_and_waited_for() {
    let mut house = House::new("hang-up", "");
    let holder = voice_modem::VoiceModem::open(voice_modem::Settings::on_port(
        call_event::LineId::new("other"),
        house.sim.path(),
    ));
    let holder = holder.unwrap();
    house.start(&["run"]);
    let status = house.wait_until("the line is busy", |status| status.lines[0].health == "down");
    let told = &status.lines[0].device;
    let process = format!("(process {})", std::process::id());
    assert!(told.contains("another program uses the port") && told.contains(&process), "{told}");
    drop(holder);
    house.wait_until("the line is up", |status| status.lines[0].health == "up");
    house.stop();
}

#[test]
fn a_reload_takes_the_new_configuration_and_refuses_a_bad_one() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let config = house.path("callblock.toml");
    let good = fs::read_to_string(&config).unwrap();
    fs::write(&config, good.replace("action = \"hang-up\"", "action = \"record:1\"")).unwrap();
    house.signal("HUP");
    wait_for_text(&house, "are read again");
    let status = house.call(caller(BLOCKED), 1);
    assert_eq!(status.last_calls[0].action, "record");

    fs::write(&config, good.replace("action =", "acton =")).unwrap();
    house.signal("HUP");
    wait_for_text(&house, "did you mean");
    assert!(house.said().contains("the old configuration stays"), "{}", house.said());
    let status = house.call(caller(BLOCKED), 2);
    assert_eq!(status.last_calls[0].action, "record", "the last good one holds");
    house.stop();
}

fn wait_for_text(house: &House, text: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while !house.said().contains(text) {
        assert!(Instant::now() < until, "{text:?} is never said:\n{}", house.said());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_edited_list_counts_for_the_next_call() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let status = house.call(caller(STRANGER), 1);
    assert_eq!(status.last_calls[0].decision, "ring");
    fs::write(house.path("lists/blocked.csv"), format!("{STRANGER},New\n")).unwrap();
    let status = house.call(caller(STRANGER), 2);
    assert_eq!(status.last_calls[0].decision, "block");
    house.stop();
}

#[test]
fn the_status_is_told_to_people_and_programs() {
    let mut house = House::new("hang-up", "");
    house.guard();
    house.call(caller(BLOCKED), 1);
    let out = house.command().arg("status").output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        text.contains("1 call: 1 blocked, 0 rang; 0 messages")
            && text.contains("home")
            && text.contains(BLOCKED),
        "{text}"
    );
    let out = house.command().args(["status", "--json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["counts"]["blocked"], 1);
    house.stop();
    let out = house.command().arg("status").output().unwrap();
    assert_eq!(out.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&out.stderr).contains("no guard runs"));
}

#[test]
fn a_folder_that_is_named_from_where_one_stands_has_its_lists() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("my/house/lists")).unwrap();
    let list = "[[screen.list]]\nfile = \"lists/black.csv\"\nkind = \"deny\"\n";
    fs::write(place.path().join("my/house/callblock.toml"), list).unwrap();
    fs::write(place.path().join("my/house/lists/black.csv"), format!("{BLOCKED},Bad\n")).unwrap();
    for words in [&["list", "check"][..], &["check", BLOCKED], &["check-config"], &["list", "find", BLOCKED]]
    {
        for named in
            [&["--dir", "my/house"][..], &["--config", "my/house/callblock.toml", "--dir", "my/house"]]
        {
            let out = std::process::Command::new(env!("CARGO_BIN_EXE_callblock"))
                .args(named)
                .args(words)
                .current_dir(place.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
            assert!(out.status.success() && !said.contains("No such file"), "{named:?} {words:?}: {said}");
            assert!(words[0] != "check" || said.contains("listed as \"Bad\""), "{said}");
        }
    }
}

#[test]
fn output_that_nobody_reads_any_more_is_no_fault() {
    use std::io::Read as _;
    let rows: [&[&str]; 4] =
        [&["man"], &["completions", "bash"], &["service", "install", "--print"], &["help"]];
    for words in rows {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_callblock"))
            .args(words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(status.success() && said.is_empty(), "{words:?}: {status}: {said}");
    }
}
