//! Known lines to known values, and back.

use call_monitor::{Event, Extension, Line, Text, parse, redact_line};

use crate::published;

fn event(line: &str) -> Event<'_> {
    match parse(line.as_bytes()) {
        Line::Entry(entry) => entry.event,
        Line::Unknown(text) => panic!("not understood: {text:?}"),
    }
}

#[test]
fn all_37_published_lines_are_understood_and_written_again() {
    let mut count = 0;
    for line in published() {
        let Line::Entry(entry) = parse(line) else { panic!("{}", line.escape_ascii()) };
        let mut written = Vec::new();
        entry.write_to(&mut written);
        let semicolon = if line.ends_with(b";") { "" } else { ";" };
        assert_eq!(written, [line, semicolon.as_bytes(), b"\r\n"].concat());
        count += 1;
    }
    assert_eq!(count, 37);
}

#[test]
fn each_kind_of_line() {
    let t = |text: &'static str| Text::from(text);
    assert_eq!(
        event("16.06.20 12:25:42;RING;0;03023125555;23125001;SIP1;"),
        Event::Ring { id: 0, caller: t("03023125555"), called: t("23125001"), line: t("SIP1") }
    );
    assert_eq!(
        event("22.08.06 19:08:58;CALL;1;4;5110;231259;ISDN"),
        Event::Call { id: 1, extension: Extension(4), own: t("5110"), remote: t("231259"), line: t("ISDN") }
    );
    assert_eq!(
        event("28.08.10 10:24:37;CONNECT;0;4;;\r\n"),
        Event::Connect { id: 0, extension: Extension(4), remote: t("") }
    );
    assert_eq!(event("09.09.06 16:10:31;DISCONNECT;0;660;\n"), Event::Disconnect { id: 0, seconds: 660 });
    let Event::Call { remote, .. } = event("27.05.24 14:57:03;CALL;1;20;1111111;0222222222#;SIP0;") else {
        panic!()
    };
    assert_eq!(remote.without_hash(), t("0222222222"));
}

#[test]
fn lines_of_other_shapes_are_not_misread() {
    // These two stand in other programs' documents; no box sends them.
    assert!(matches!(parse(b"16.06.20 12:25:42;RING;0;1;a;b;SIP0"), Line::Unknown(_)));
    assert_eq!(
        event("16.06.20 12:25:42;DISCONNECT;0;12;04829401845;"),
        Event::Disconnect { id: 0, seconds: 12 }
    );
    for odd in [
        "16.06.20 12:25:42;HOLD;0;1;",
        "16.06.20 12:25:42;RING;0;03023125555",
        "16.06.20 12:25:42;RING;x;1;2;SIP0;",
        "16.06.20 12:25:42;RING;99999;1;2;SIP0;",
        "16.06.20 12:25:42;DISCONNECT;0;-1;",
        "RING;0;1;2;SIP0;",
        "",
    ] {
        assert!(
            matches!(parse(odd.as_bytes()), Line::Unknown(text) if text.as_bytes() == odd.as_bytes()),
            "{odd}"
        );
    }
}

#[test]
fn surplus_fields_and_latin1_do_no_harm() {
    let line = b"16.06.20 12:25:42;RING;0;03023125555;23125001;SIP1;more;M\xfcller;";
    let Line::Entry(entry) = parse(line) else { panic!() };
    assert!(matches!(entry.event, Event::Ring { line, .. } if line.as_bytes() == b"SIP1"));
    let Line::Unknown(text) = parse(b"J\xfcrgen") else { panic!() };
    assert_eq!(text.to_text(), "J\u{fc}rgen");
}

#[test]
fn redaction_hides_three_digits_of_each_number() {
    for (line, hidden) in [
        (
            "16.06.20 15:04:02;CALL;1;13;732001;01755290123#;SIP1;",
            "16.06.20 15:04:02;CALL;1;13;732xxx;01755290xxx#;SIP1;",
        ),
        ("28.08.10 10:22:07;RING;0;;1235;ISDN;", "28.08.10 10:22:07;RING;0;;1xxx;ISDN;"),
        (
            "16.06.20 12:25:42;RING;0;03023125555(015228817386);23125001;SIP1;",
            "16.06.20 12:25:42;RING;0;03023125xxx(015228817xxx);23125xxx;SIP1;",
        ),
        ("16.06.20 12:25:42;HOLD;0;03023125555;", "16.06.20 12:25:42;HOLD;0;03023125xxx;"),
        (
            "16.06.20 12:25:42;RING;0;01755290xxx;732xxx;SIP1;",
            "16.06.20 12:25:42;RING;0;01755290xxx;732xxx;SIP1;",
        ),
    ] {
        assert_eq!(redact_line(line.as_bytes()), hidden.as_bytes(), "{line}");
    }
}
