//! The demo keeps what it makes in a new folder of the user's own, and leaves everything else alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn demo(home: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(words)
        .args(["demo", "--fast"])
        .env("HOME", home)
        .env_remove("XDG_CACHE_HOME")
        .output()
        .unwrap()
}

#[test]
fn each_demo_has_a_new_folder_that_only_its_user_sees_and_its_end_names() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let earlier = home.path().join(".cache/callblock/demo-1");
    fs::create_dir_all(earlier.join("rec")).unwrap();
    fs::write(earlier.join("rec/precious.wav"), "somebody's own").unwrap();
    let out = demo(home.path(), &[]);
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}\n{}", String::from_utf8_lossy(&out.stderr));
    let folder = home.path().join(".cache/callblock/demo-2");
    assert!(folder.join("callblock.db").exists());
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let end = said.split_once("Look around:").unwrap().1;
    assert!(end.contains(&format!("  {}\n", folder.display())), "{end}");
    assert_eq!(fs::read_to_string(earlier.join("rec/precious.wav")).unwrap(), "somebody's own");
    assert_eq!(fs::read_dir(&earlier).unwrap().count(), 1, "nothing is put there");
}

#[test]
fn a_named_folder_with_a_configuration_or_a_log_of_its_own_is_refused() {
    let house = tempfile::tempdir().unwrap();
    let named = house.path().to_str().unwrap();
    for (file, text) in [("callblock.toml", "[screen]\n"), ("callblock.db", ""), ("greeting.wav", "")] {
        fs::write(house.path().join(file), text).unwrap();
        let out = demo(house.path(), &["--dir", named]);
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(73), "{said}");
        assert!(said.contains(file) && said.contains("leave --dir out"), "{said}");
        assert_eq!(fs::read_to_string(house.path().join(file)).unwrap(), text);
        assert_eq!(fs::read_dir(house.path()).unwrap().count(), 1, "nothing is made");
        fs::remove_file(house.path().join(file)).unwrap();
    }
}
