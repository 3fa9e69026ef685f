//! `cargo bench -p fritz-box`: how long a full phone book takes, and how long a number is looked for in it.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use fritz_box::{BookCache, BookUse, PhoneBook};
use phone_number::Numbering;

fn main() {
    divan::main();
}

/// A book of 5,000 contacts in the box's own form, 2 MB.
fn book() -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<phonebooks>\n<phonebook name=\"Telefonbuch\">\n\
         <timestamp>1592300000</timestamp>\n",
    );
    for n in 0..5000 {
        let _ = write!(
            out,
            "<contact>\n<category>0</category>\n<person>\n<realName>M\u{fc}ller &amp; S\u{f6}hne {n}</realName>\n\
             </person>\n<telephony\nnid=\"2\">\n<number type=\"home\" vanity=\"\" prio=\"1\" id=\"0\">030 2312{n:04}\
             </number>\n<number type=\"mobile\" vanity=\"\" prio=\"0\" id=\"1\">+49 152 288{n:05}</number>\n\
             </telephony>\n<services nid=\"1\">\n<email classifier=\"private\" id=\"0\">contact{n}@example.org</email>\n\
             </services>\n<setup>\n<ringTone prefix=\"0\" />\n</setup>\n<mod_time>1592300000</mod_time>\n\
             <uniqueid>{n}</uniqueid>\n</contact>\n"
        );
    }
    out.push_str("</phonebook>\n</phonebooks>\n");
    out
}

#[divan::bench]
fn read_5000_contacts(bencher: Bencher<'_, '_>) {
    let text = book();
    bencher.counter(BytesCount::new(text.len())).bench(|| PhoneBook::parse(black_box(&text)));
}

fn filled(text: &str) -> BookCache {
    let cache = BookCache::new(Numbering::new("DE", Some("030")).unwrap_or_default());
    let entries = PhoneBook::parse(text).map(|book| book.entries()).unwrap_or_default();
    cache.replace([(BookUse::Allow, Arc::from("Telefonbuch"), entries)]);
    cache
}

#[divan::bench]
fn read_5000_contacts_into_the_cache(bencher: Bencher<'_, '_>) {
    let text = book();
    bencher.counter(BytesCount::new(text.len())).bench(|| filled(black_box(&text)));
}

#[divan::bench]
fn find_a_number_among_10000(bencher: Bencher<'_, '_>) {
    let cache = filled(&book());
    bencher.bench(|| cache.find(black_box("03023124321")));
}
