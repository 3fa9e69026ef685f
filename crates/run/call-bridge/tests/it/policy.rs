//! Who takes the call, in the order of the questions.

use std::sync::Arc;
use std::time::Duration;

use address_book::calendar::Calendar;
use address_book::{AddressBook, vcard};
use call_bridge::Plan;
use call_bridge::policy::{Defaults, Otherwise, Policy};
use chrono::{DateTime, Utc};
use phone_number::{Caller, Numbering, ShownNumber};

const MASTER: &str = "+4915228817386";

struct House {
    contacts: AddressBook,
    calendar: Calendar,
    numbering: Numbering,
    defaults: Defaults,
    master: Option<&'static str>,
}

impl House {
    fn new() -> Self {
        let numbering = Numbering::new("DE", Some("30")).unwrap();
        let spelled = numbering.clone();
        let mut contacts =
            AddressBook::new(Arc::new(move |n: &ShownNumber| spelled.resolve(n).as_str().into()));
        for (group, name, number) in [
            ("Family", "Erika Muster", "030 23125-001"),
            ("Work", "Otto", "+49 30 23125 002"),
            ("Self", "Me", MASTER),
        ] {
            let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:{number}\r\nEND:VCARD\r\n");
            contacts.add_group(group, vcard::read(card.as_bytes()).0);
        }
        let event = |title: &str, to: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{title}\r\nSUMMARY:{title}\r\nLOCATION:{to}\r\nDTSTART:20261120T080000Z\r\nDTEND:20261120T180000Z\r\nEND:VEVENT\r\n"
            )
        };
        let text = format!(
            "BEGIN:VCALENDAR\r\n{}{}{}END:VCALENDAR\r\n",
            event("family", "+39 0577 111111"),
            event("Erika Muster", "+39 0577 222222"),
            event("work", "the office"),
        );
        let (calendar, problems) = Calendar::read(text.as_bytes(), chrono_tz::Europe::Berlin);
        assert!(problems.is_empty(), "{problems:?}");
        Self { contacts, calendar, numbering, defaults: Defaults::default(), master: Some(MASTER) }
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            contacts: &self.contacts,
            calendar: &self.calendar,
            numbering: &self.numbering,
            master: self.master,
            defaults: &self.defaults,
            reject_after: Duration::from_secs(20),
        }
    }

    fn plan(&self, time: &str, caller: &str, unwanted: Option<&str>) -> Plan {
        let caller = Caller::from_line(caller.as_bytes());
        self.policy().decide(at(time), Some(&caller), unwanted).plan
    }
}

const DAY: &str = "2026-11-20T12:00:00Z";
const NIGHT: &str = "2026-11-20T22:00:00Z";

fn at(time: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(time).unwrap().with_timezone(&Utc)
}

fn target(plan: &Plan) -> Option<&str> {
    match plan {
        Plan::Forward { to, .. } => Some(&to[0]),
        _ => None,
    }
}

#[test]
fn an_event_for_the_contact_goes_before_one_for_the_group_in_any_spelling_of_the_number() {
    let house = House::new();
    for spelling in ["03023125001", "+493023125001", "00493023125001", "23125001"] {
        assert_eq!(target(&house.plan(DAY, spelling, None)), Some("+390577222222"), "{spelling}");
    }
}

#[test]
fn a_spammer_who_is_a_contact_is_a_contact() {
    assert!(target(&House::new().plan(DAY, "03023125001", Some("on a list"))).is_some());
}

#[test]
fn out_of_hours_the_default_holds() {
    let mut house = House::new();
    assert_eq!(target(&house.plan(NIGHT, "03023125001", None)), Some(MASTER));
    house.defaults.out_of_hours = Otherwise::Reject;
    let plan = house.plan(NIGHT, "03023125001", None);
    assert!(
        matches!(&plan, Plan::Reject { no_sms: false, after, .. } if *after == Duration::from_secs(20)),
        "{plan:?}"
    );
    assert!(plan.why().contains("Erika Muster") && plan.why().contains("Family"));
    house.defaults.out_of_hours = Otherwise::Number("+390577333333".into());
    assert_eq!(target(&house.plan(NIGHT, "03023125001", None)), Some("+390577333333"));
}

#[test]
fn withheld_unavailable_and_nothing_at_all_are_unknown() {
    let mut house = House::new();
    house.defaults.unknown = Otherwise::Reject;
    for caller in ["P", "O", ""] {
        assert!(matches!(house.plan(DAY, caller, None), Plan::Reject { .. }), "{caller:?}");
    }
    assert!(matches!(house.policy().decide(at(DAY), None, None).plan, Plan::Reject { .. }));
}

#[test]
fn a_stranger_is_asked_for_and_a_spammer_sent_away_without_an_sms() {
    let house = House::new();
    assert_eq!(target(&house.plan(DAY, "03023125009", None)), Some(MASTER));
    let plan = house.plan(DAY, "03023125009", Some("spammer 'energy'"));
    assert!(matches!(&plan, Plan::Reject { no_sms: true, .. }) && plan.why().contains("energy"), "{plan:?}");
}

#[test]
fn defect_14_the_master_phone_is_never_joined_with_itself() {
    let mut house = House::new();
    for spelling in ["015228817386", MASTER, "004915228817386"] {
        assert!(matches!(house.plan(DAY, spelling, None), Plan::Reject { no_sms: true, .. }), "{spelling}");
    }
    // Nor is any other telephone, when it is the one that would take the call.
    house.master = Some("03023125002");
    house.defaults.out_of_hours = Otherwise::Number(MASTER.into());
    assert!(matches!(house.plan(NIGHT, MASTER, None), Plan::Reject { .. }));
}

#[test]
fn without_a_master_phone_it_rings_and_says_so() {
    let mut house = House::new();
    house.master = None;
    let plan = house.plan(DAY, "03023125009", None);
    assert!(matches!(&plan, Plan::Ring { .. }) && plan.why().contains("/setmasterphone"), "{plan:?}");
}

#[test]
fn an_event_whose_location_is_no_number_is_told_and_the_default_holds() {
    let house = House::new();
    let caller = Caller::from_line(b"03023125002");
    let policy = house.policy();
    let decision = policy.decide(at(DAY), Some(&caller), None);
    assert_eq!(target(&decision.plan), Some(MASTER));
    assert!(decision.warnings[0].contains("the office"), "{decision:?}");
}

#[test]
fn defect_17_the_master_phone_of_a_number_is_that_number_s() {
    let house = House::new();
    let number = |n: &str| ShownNumber::new(n).unwrap();
    assert_eq!(
        house.policy().telephone_for(at(DAY), &number("03023125001")).as_deref(),
        Some("+390577222222")
    );
    assert_eq!(house.policy().telephone_for(at(DAY), &number("03023125009")).as_deref(), Some(MASTER));
}
