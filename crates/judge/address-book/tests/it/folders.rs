//! Groups in a folder, numbers in two groups, search.

use std::fs;
use std::sync::Arc;

use address_book::{AddressBook, ContactFolder, Spelling, group_name, vcard};
use phone_number::ShownNumber;

fn digits() -> Spelling {
    Arc::new(|n: &ShownNumber| n.as_str().trim_start_matches("+49").trim_start_matches('0').into())
}

fn card(name: &str, number: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:{number}\r\nEND:VCARD\r\n")
}

#[test]
fn a_file_is_a_group_and_is_read_again_when_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Family.vcf"), card("Erika", "030 23125 001")).unwrap();
    fs::write(dir.path().join("Work.VCF"), card("Chief", "030 23125 002")).unwrap();
    fs::write(dir.path().join("notes.txt"), "not mine").unwrap();
    let mut folder = ContactFolder::new(dir.path());
    assert!(folder.changed().unwrap());
    let (book, problems) = folder.read(digits()).unwrap();
    assert!(problems.is_empty());
    assert!(!folder.changed().unwrap());
    let found = book.find(&ShownNumber::new("+493023125001").unwrap()).unwrap();
    assert_eq!((&*found.card.name, &*found.group), ("Erika", "Family"));
    assert_eq!(book.groups().iter().map(|g| &**g).collect::<Vec<_>>(), ["Family", "Work"]);

    assert_eq!(folder.replace("Friends.vcf", card("Otto", "030 23125 003").as_bytes()).unwrap(), 1);
    assert!(folder.changed().unwrap());
    assert_eq!(folder.read(digits()).unwrap().0.contacts().len(), 3);
}

#[test]
fn a_number_in_two_groups_is_told() {
    let mut book = AddressBook::new(digits());
    for (group, name) in [("Family", "Erika"), ("Work", "E. Muster")] {
        book.add_group(group, vcard::read(card(name, "030 23125 001").as_bytes()).0);
    }
    let shared = &book.shared_numbers()[0];
    assert_eq!((&*shared.owner, &*shared.other), ("Family", "Work"));
    assert_eq!(&*book.find(&ShownNumber::new("03023125001").unwrap()).unwrap().card.name, "Erika");
}

#[test]
fn search_by_part_of_a_name() {
    let mut book = AddressBook::new(digits());
    book.add_group("a", vcard::read((card("J\u{f6}rg  M\u{dc}LLER", "1") + &card("Ben", "2")).as_bytes()).0);
    let found: Vec<_> = book.search("m\u{fc}ll").map(|c| &*c.card.name).collect();
    assert_eq!(found, ["J\u{f6}rg M\u{dc}LLER"]);
    assert_eq!(book.search("").count(), 2);
}

#[test]
fn a_file_name_from_a_stranger_never_leads_out_of_the_folder() {
    for bad in
        ["../x.vcf", "/etc/passwd", "a/b.vcf", "..", ".vcf", "", "a\0b", "x\\y", "con:.vcf", "a\nb.vcf"]
    {
        assert_eq!(group_name(bad), None, "{bad:?}");
        let dir = tempfile::tempdir().unwrap();
        assert!(ContactFolder::new(dir.path()).replace(bad, card("E", "03023125001").as_bytes()).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_file_without_contacts_replaces_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Family.vcf"), card("Erika", "030 23125 001")).unwrap();
    let error = ContactFolder::new(dir.path()).replace("Family", b"<html>").unwrap_err();
    assert!(error.to_string().contains("no contacts"), "{error}");
    assert!(fs::read_to_string(dir.path().join("Family.vcf")).unwrap().contains("Erika"));
}

#[test]
fn a_folder_that_is_not_there_says_which() {
    let error = ContactFolder::new("/nowhere/contacts").read(digits()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/contacts"), "{error}");
}
