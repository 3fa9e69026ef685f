//! Lists in every format, good and bad, read, changed, aged and compiled.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use call_screen::list::{
    CompiledList, Edited, Note, add_entry, age_jcblock, compile, each_entry, export, import, mark_match,
    remove_entries,
};
use call_screen::{List, ListFormat, ListKind, ListSet, ListSettings, Loaded, MatchField};
use phone_number::Numbering;

fn berlin() -> Numbering {
    Numbering::new("DE", Some("030")).unwrap()
}

fn read(name: &str, text: &str) -> List {
    List::read(name, text.as_bytes().to_vec(), ListFormat::Auto, MatchField::Any, &berlin())
}

fn hit(list: &List, number: &str, name: &str) -> Option<(u32, String)> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    list.find(number, name, &berlin(), now).map(|hit| (hit.line, hit.note.name.into()))
}

fn at(line: u32, name: &str) -> Option<(u32, String)> {
    Some((line, name.into()))
}

#[test]
fn pycallblock_lists() {
    let list = read(
        "blacklist.csv",
        "01234567,\n056789123,Ben\n05055034455,\"Look, there's a comma\"\n\n# no entry\n030 23125-555 ,Spaced\n\
         0900*,Premium\n\"03012345\",\"two\nlines\"\n0301,\"a \"\"quoted\"\" word\"\n",
    );
    assert!(list.problems().is_empty(), "{:?}", list.problems());
    assert_eq!(hit(&list, "01234567", ""), at(1, ""));
    assert_eq!(hit(&list, "056789123", ""), at(2, "Ben"));
    assert_eq!(hit(&list, "+495055034455", ""), at(3, "Look, there's a comma"));
    assert_eq!(hit(&list, "03023125555", ""), at(6, "Spaced"));
    assert_eq!(hit(&list, "0900 1 234567", ""), at(7, "Premium"));
    assert_eq!(hit(&list, "03012345", "").unwrap().0, 8);
    assert_eq!(hit(&list, "0301", ""), at(10, "a \"quoted\" word"));
    assert_eq!(hit(&list, "1234567", ""), None);
}

#[test]
fn an_entry_ends_and_an_ended_one_hides_no_lasting_one() {
    let list = read(
        "list.csv",
        "03011111,Ended,star key,2026-01-01,2026-06-01\n03011111,Lasting\n03022222,Ended,web,,2026-06-01\n\
         03033333,Holds,web,,2999-01-01\n",
    );
    assert_eq!(hit(&list, "03011111", ""), at(2, "Lasting"));
    assert_eq!(hit(&list, "03022222", ""), None);
    assert_eq!(hit(&list, "03033333", ""), at(4, "Holds"));
    assert_eq!(list.note(4).by.as_deref(), Some("web"));
}

#[test]
fn jcblock_lists() {
    let text = "# jcblock blacklist\n\
                8005551212?        062210        Telemarketer\n\
                V4231749020?       ++++++        Spoofed id\n\
                NMBR = 809?        ------        Caribbean\n\
                no question mark here at all\n\
                short?\n\
                this key is far too long for it? 062210\n\
                CHARITY?           061510        *-KEY ENTRY\n";
    let list = read("blacklist.dat", text);
    let lines: Vec<u32> = list.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 6, 7]);
    assert_eq!(hit(&list, "18005551212", ""), at(2, "Telemarketer"));
    assert_eq!(hit(&list, "1", "V4231749020000150314"), at(3, "Spoofed id"));
    assert_eq!(hit(&list, "8095550123", ""), at(4, "Caribbean"));
    assert_eq!(hit(&list, "18095550123", ""), None);
    assert_eq!(hit(&list, "1", "SOME CHARITY"), at(8, "*-KEY ENTRY"));
    assert_eq!(hit(&list, "1", "some charity"), None);
    let numbers = List::read("b.dat", text.into(), ListFormat::Jcblock, MatchField::Number, &berlin());
    assert_eq!(hit(&numbers, "1", "SOME CHARITY"), None);
}

#[test]
fn callattendant_and_ncid_lists() {
    let list = read(
        "blacklist.csv",
        "PhoneNo,Name,Reason,SystemDateTime\n03023125001,SPAMMER,\"Caller, known\",2026-01-02 03:04:05.678\n,empty,,\n",
    );
    assert_eq!(list.format(), ListFormat::Callattendant);
    assert_eq!(hit(&list, "03023125001", ""), at(2, "SPAMMER"));
    assert_eq!(list.note(2).added, Some(1_767_323_045));
    assert_eq!(list.problem_count(), 1);

    let us = Numbering::new("US", Some("607")).unwrap();
    let text =
        "# comment\n\"WIRELESS CALLER\"\n4075551212 # Sales\n^1?614\n\"^V\" #= Spoofed\nexact name\n\"open\n";
    let list = List::read("ncidd.blacklist", text.into(), ListFormat::Auto, MatchField::Any, &us);
    let find =
        |number: &str, name: &str| list.find(number, name, &us, SystemTime::UNIX_EPOCH).map(|hit| hit.line);
    assert_eq!(list.format(), ListFormat::Ncid);
    assert_eq!(find("4075551212", ""), Some(3));
    assert_eq!(find("14075551212", ""), Some(3));
    assert_eq!(find("6145550123", ""), Some(4));
    assert_eq!(find("16145550123", ""), Some(4));
    assert_eq!(find("1", "wireless caller"), Some(2));
    assert_eq!(find("1", "V42317490200"), Some(5));
    assert_eq!(find("2125550123", "WIRELESS"), None);
    assert_eq!(list.problems()[0].line, 7);
}

#[test]
fn plain_vcard_and_json_lists() {
    let plain = read(
        "list.txt",
        "# mine\n030 23125555 # Solar\n0900*\n/^\\+4918/ # shared cost\ncountry:GR\nname:*LOTTO*\n",
    );
    assert_eq!(hit(&plain, "03023125555", ""), at(2, "Solar"));
    assert_eq!(hit(&plain, "01805123456", ""), at(4, "shared cost"));
    assert_eq!(hit(&plain, "00302101234567", ""), at(5, ""));
    assert_eq!(hit(&plain, "0301", "The lotto people"), at(6, ""));
    assert!(plain.minds_names());

    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erika Muster\r\nTEL;TYPE=CELL:0152 28817386\r\nTEL:030 23125556\r\nEND:VCARD\r\n";
    let vcard = read("family.vcf", card);
    assert_eq!(hit(&vcard, "+4915228817386", "").unwrap().1, "Erika Muster");
    assert_eq!(hit(&vcard, "03023125556", "").unwrap().1, "Erika Muster");

    let json = read(
        "list.json",
        r#"{"numbers": ["03011111", {"number": "0900*", "name": "Premium", "by": "web"}, 3011111,
            {"phone": "+4930222", "wildcard": true, "label": "Range"}, {"name": "no number"}]}"#,
    );
    assert_eq!(hit(&json, "03011111", ""), at(1, ""));
    assert_eq!(hit(&json, "0900123456", ""), at(2, "Premium"));
    assert_eq!(hit(&json, "0302223", ""), at(4, "Range"));
    let places: Vec<u32> = json.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(places, [3, 5]);
}

#[test]
fn ten_thousand_bad_lines_are_each_reported_and_the_rest_is_kept() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut text = String::new();
    let mut bad = Vec::new();
    let mut good = Vec::new();
    for line in 1..=20_000u32 {
        if random.bool() && bad.len() < 10_000 || 20_000 - line < u32::try_from(10_000 - bad.len()).unwrap() {
            let junk = match random.u8(0..6) {
                0 => format!("hello{line},x"),
                1 => format!("03{},x", "é".repeat(random.usize(1..20))),
                2 => "/(/,broken".to_owned(),
                3 => format!("0301..{},x", random.u32(0..9)),
                4 => "country:XX,nowhere".to_owned(),
                _ => format!("{},too long", "1".repeat(65)),
            };
            writeln!(text, "{junk}").unwrap();
            bad.push(line);
        } else {
            let number = format!("030{:08}", 10_000_000 + line);
            writeln!(text, "{number},Caller {line}").unwrap();
            good.push((number, line));
        }
    }
    assert_eq!(bad.len(), 10_000);
    let list = read("bad.csv", &text);
    let reported: Vec<u32> = list.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(reported, bad);
    assert!(list.problems().iter().all(|problem| &*problem.file == "bad.csv" && !problem.reason.is_empty()));
    assert_eq!(list.len(), good.len());
    for (number, line) in good {
        assert_eq!(hit(&list, &number, ""), at(line, &format!("Caller {line}")));
    }
}

#[test]
fn any_bytes_are_a_list_with_problems() {
    let formats = [
        ListFormat::Auto,
        ListFormat::Csv,
        ListFormat::Jcblock,
        ListFormat::Callattendant,
        ListFormat::Ncid,
        ListFormat::Plain,
        ListFormat::Vcard,
        ListFormat::Json,
    ];
    bolero::check!().with_iterations(3_000).for_each(|bytes: &[u8]| {
        for format in formats {
            let list = List::read("any", bytes.to_vec(), format, MatchField::Record, &berlin());
            let _ = list.find("03023125555", "A NAME", &berlin(), SystemTime::UNIX_EPOCH);
            each_entry(bytes, list.format(), &berlin(), &mut |_, text, _| assert!(!text.is_empty()));
        }
    });
}

#[test]
fn a_list_is_never_half_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.csv");
    fs::write(&file, "03011111,A\n").unwrap();
    let settings =
        [ListSettings::new(ListKind::Deny, "list.csv"), ListSettings::new(ListKind::Allow, "missing.csv")];
    let (set, report) = ListSet::open(&settings, folder.path(), &berlin());
    assert!(matches!(&report[0], Loaded::Read { entries: 1, problems: 0, .. }));
    assert!(matches!(&report[1], Loaded::Failed { reason, .. } if reason.contains("missing.csv")));
    let (same, report) = set.reload(&berlin());
    assert!(report.is_empty(), "{report:?}");
    assert!(std::sync::Arc::ptr_eq(same.lists()[0].list().unwrap(), set.lists()[0].list().unwrap()));

    call_screen::list::write_atomically(&file, b"03011111,A\n03022222,B\n").unwrap();
    let (next, report) = set.reload(&berlin());
    assert!(matches!(&report[..], [Loaded::Read { entries: 2, .. }]));
    assert_eq!(set.lists()[0].list().unwrap().len(), 1);
    assert_eq!(next.lists()[0].list().unwrap().len(), 2);

    fs::remove_file(&file).unwrap();
    let (kept, report) = next.reload(&berlin());
    assert!(matches!(&report[..], [Loaded::Failed { .. }]));
    assert_eq!(kept.lists()[0].list().unwrap().len(), 2);
    assert!(kept.lists()[0].failure().is_some());
}

#[test]
fn entries_are_added_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["list.csv", "list.txt", "list.json", "ncidd.blacklist"] {
        let file = folder.path().join(name);
        let add = |text: &str, note: &Note| add_entry(&file, ListFormat::Auto, text, note, &berlin());
        let note = Note { by: Some("star key".into()), ..Note::named("Solar, Inc.") };
        assert!(matches!(add("03023125555", &note), Ok(Edited::Added(1))), "{name}");
        assert!(matches!(add("+49 30 23125555", &note), Ok(Edited::AlreadyThere(1))), "{name}");
        assert!(matches!(add("03023125556", &Note::default()), Ok(Edited::Added(2))), "{name}");
        assert!(add("no number at all", &note).is_err() || name.starts_with("ncidd"), "{name}");
        assert!(add("0301\n0302", &note).is_err(), "{name}");
        let list = List::open(&ListSettings::new(ListKind::Deny, &file), Path::new("."), &berlin()).unwrap();
        assert_eq!(hit(&list, "03023125555", ""), at(1, "Solar, Inc."), "{name}");
        let removed = remove_entries(&file, ListFormat::Auto, &berlin(), "004930 23125555").unwrap();
        assert_eq!(removed, 1, "{name}");
        let list = List::open(&ListSettings::new(ListKind::Deny, &file), Path::new("."), &berlin()).unwrap();
        assert_eq!(hit(&list, "03023125555", ""), None, "{name}");
        assert!(hit(&list, "03023125556", "").is_some(), "{name}");
    }
}

#[test]
fn two_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.csv");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let file = &file;
            scope.spawn(move || {
                for entry in 0..10 {
                    let text = format!("0302312{writer}{entry:03}");
                    add_entry(file, ListFormat::Csv, &text, &Note::default(), &berlin()).unwrap();
                }
            });
        }
    });
    let list = List::open(&ListSettings::new(ListKind::Deny, &file), Path::new("."), &berlin()).unwrap();
    assert_eq!((list.len(), list.problem_count(), list.repeated()), (40, 0, 0));
}

#[test]
fn jcblock_entries_age_and_remember_their_last_match() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blacklist.dat");
    let text = "# kept\n\
                8005551212?        062224        Old\n\
                V4231749020?       ++++++        Permanent\n\
                8095550123?        ------        Never matched\n\
                9005550123?        062224        Old, but matched today\n\n";
    fs::write(&file, text).unwrap();
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    assert!(mark_match(&file, 5, today).unwrap());
    assert!(!mark_match(&file, 3, today).unwrap());
    assert!(!mark_match(&file, 1, today).unwrap());
    assert!(!mark_match(&file, 99, today).unwrap());
    let marked = fs::read_to_string(&file).unwrap();
    assert_eq!(marked, text.replace("062224        Old, but", "112026        Old, but"));
    let (kept, dropped) = age_jcblock(marked.as_bytes(), today, 275);
    assert_eq!(dropped, 1);
    assert_eq!(
        String::from_utf8(kept).unwrap(),
        marked.replace("8005551212?        062224        Old\n", "")
    );
    let lone = "8005551212?        062224        Old\n";
    assert_eq!(age_jcblock(lone.as_bytes(), today, 275), (lone.into(), 0));
}

#[test]
fn a_list_that_asks_for_it_is_kept_as_jcblock_did() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blacklist.dat");
    let text = "8005551212?        062224        Old\n9005550123?        062226        Matched\n";
    fs::write(&file, text).unwrap();
    let mut settings = ListSettings::new(ListKind::Deny, "blacklist.dat");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let (set, _) = ListSet::open(std::slice::from_ref(&settings), folder.path(), &berlin());
    assert_eq!(set.keep_after_match("blacklist.dat:2", today).unwrap(), 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    settings.write_back = true;
    settings.drop_unused_after = Some("275d".into());
    let (set, _) = ListSet::open(&[settings], folder.path(), &berlin());
    assert_eq!(set.keep_after_match("another.dat:2", today).unwrap(), 0);
    assert_eq!(set.keep_after_match("blacklist.dat:2", today).unwrap(), 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "9005550123?        112026        Matched\n");
}

#[test]
fn lists_go_from_format_to_format() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "03023125555,Solar\n0900*,Premium\n";
    for format in [ListFormat::Plain, ListFormat::Json, ListFormat::Ncid] {
        let text = export(csv.as_bytes(), ListFormat::Csv, format, &berlin()).unwrap();
        let mut entries = Vec::new();
        each_entry(text.as_bytes(), format, &berlin(), &mut |_, text, note| {
            entries.push((text.to_owned(), note.name.to_string()));
        });
        assert_eq!(entries[0], ("03023125555".into(), "Solar".into()), "{format:?}");
        let back = export(text.as_bytes(), format, ListFormat::Csv, &berlin()).unwrap();
        assert_eq!(back, csv, "{format:?}");
    }
    let cards = export(csv.lines().next().unwrap().as_bytes(), ListFormat::Csv, ListFormat::Vcard, &berlin())
        .unwrap();
    assert_eq!(hit(&read("list.vcf", &cards), "03023125555", "").unwrap().1, "Solar");

    let from = folder.path().join("blacklist.dat");
    fs::write(&from, "03023125555?       062224        Known\n03023125557?       062224        New\nCHARITY?           ++++++\nbad\n").unwrap();
    let to = folder.path().join("deny.csv");
    fs::write(&to, csv).unwrap();
    let report = import(&to, ListFormat::Auto, &from, ListFormat::Auto, &berlin(), &mut |_| {}).unwrap();
    assert_eq!((report.added, report.already, report.problems.len()), (2, 1, 1));
    let list = List::open(&ListSettings::new(ListKind::Deny, &to), Path::new("."), &berlin()).unwrap();
    assert_eq!(hit(&list, "03023125557", ""), at(3, "New"));
    assert!(hit(&list, "0301", "A CHARITY CALLS").is_some());
}

#[test]
fn a_compiled_list_answers_like_the_list_that_it_is_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("list.csv"), folder.path().join("list.cbl"));
    for count in [0u32, 1, 7, 100, 5_000] {
        let mut csv = String::from("0900*,Premium\nnothing,x\n");
        for i in 0..count {
            writeln!(csv, "030{:07},Caller {i}", 1_000_000 + i * 7).unwrap();
        }
        fs::write(&from, &csv).unwrap();
        let compiled = compile(&from, ListFormat::Auto, &to, &berlin(), &mut |_| {}).unwrap();
        assert_eq!((compiled.numbers, compiled.patterns, compiled.left_out), (count as usize, 1, 0));
        let bad: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
        assert_eq!(bad, [format!("{}:2: \"nothing\" is not a telephone number", from.display())]);
        let list = List::open(&ListSettings::new(ListKind::Deny, &to), Path::new("."), &berlin()).unwrap();
        assert_eq!((list.len(), list.problem_count()), (count as usize + 1, 0));
        for i in 0..count {
            let number = format!("030{:07}", 1_000_000 + i * 7);
            assert_eq!(hit(&list, &number, ""), at(i + 3, &format!("Caller {i}")));
            assert_eq!(hit(&list, &format!("{number}1"), ""), None);
        }
        assert_eq!(hit(&list, "0900123", ""), at(1, "Premium"));
    }
}

#[test]
fn a_damaged_compiled_list_is_an_error_or_has_nobody_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("list.csv"), folder.path().join("list.cbl"));
    fs::write(&from, "03011111,A\n03022222,B\n").unwrap();
    compile(&from, ListFormat::Auto, &to, &berlin(), &mut |_| {}).unwrap();
    let whole = fs::read(&to).unwrap();
    for length in 0..whole.len() {
        fs::write(&to, &whole[..length]).unwrap();
        if let Ok(list) = CompiledList::open(&to) {
            let _ = list.find(berlin().key(b"03011111").unwrap());
        }
    }
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x41;
        fs::write(&to, &damaged).unwrap();
        if let Ok(list) = CompiledList::open(&to) {
            let _ = list.find(berlin().key(b"03011111").unwrap());
        }
    }
}
