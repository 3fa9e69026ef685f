//! Events out of an iCalendar file, each read by itself.

use calcard::common::{PartialDateTime, timezone::Tz as CardTz};
use calcard::icalendar::timezone::TzResolver;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName,
    ICalendarPeriod, ICalendarProperty, ICalendarStatus, ICalendarValue,
};
use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::recurrence::Repeats;
use super::zone::Zone;
use super::{Calendar, MAX_BYTES};
use crate::Problem;

/// An event, ready to be asked whether it lasts.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) title: Box<str>,
    pub(super) location: Box<str>,
    uid: Box<str>,
    /// Set on an event that stands in the place of one repetition of another.
    instead_of: Option<DateTime<Utc>>,
    zone: Zone,
    first: NaiveDateTime,
    length: TimeDelta,
    repeats: Option<Repeats>,
    cancelled: bool,
}

impl Event {
    /// When it ends, if it lasts now.
    pub(super) fn lasts_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.cancelled {
            return None;
        }
        let start = match &self.repeats {
            None => {
                let start = self.zone.moment(self.first);
                (start <= now && now < start + self.length).then_some(start)
            }
            Some(repeats) => repeats.latest_start(self.zone, self.first, self.length, now),
        }?;
        Some(start + self.length)
    }
}

pub(super) fn read(bytes: &[u8], zone: chrono_tz::Tz) -> (Calendar, Vec<Problem>) {
    let mut problems = Vec::new();
    if bytes.len() > MAX_BYTES {
        problems.push(Problem::new(0, format!("the calendar is longer than {} MB", MAX_BYTES >> 20)));
        return (Calendar::default(), problems);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    };
    let mut events = Vec::new();
    let mut parser = calcard::Parser::new(&text);
    let mut found = false;
    loop {
        match parser.entry() {
            calcard::Entry::ICalendar(calendar) => {
                found = true;
                read_calendar(&calendar, zone, &mut events, &mut problems);
            }
            calcard::Entry::Eof => break,
            calcard::Entry::InvalidLine(_) | calcard::Entry::VCard(_) => {}
            other => {
                problems.push(Problem::new(0, format!("the calendar is cut short or damaged ({other:?})")));
                break;
            }
        }
    }
    if !found && problems.is_empty() {
        problems.push(Problem::new(0, "this is no iCalendar file; check the address"));
    }
    replace_repetitions(&mut events);
    (Calendar { events }, problems)
}

fn read_calendar(
    calendar: &ICalendar,
    zone: chrono_tz::Tz,
    events: &mut Vec<Event>,
    problems: &mut Vec<Problem>,
) {
    let zones = calendar.build_tz_resolver();
    for component in &calendar.components {
        if component.component_type != ICalendarComponentType::VEvent {
            continue;
        }
        let title = text(component, &ICalendarProperty::Summary);
        match read_event(component, &title, &zones, zone) {
            Ok(event) => events.push(event),
            Err(why) => {
                let title = if title.is_empty() { "without a title" } else { &title };
                problems.push(Problem::new(0, format!("event \"{title}\" is switched off: {why}")));
            }
        }
    }
}

fn text(component: &ICalendarComponent, property: &ICalendarProperty) -> Box<str> {
    component
        .property(property)
        .and_then(|entry| entry.values.first())
        .and_then(ICalendarValue::as_text)
        .and_then(|t| call_event::CallerName::from_line(t.as_bytes()))
        .map_or_else(Box::default, |t| t.as_str().into())
}

/// A time as an event gives it.
struct Given {
    zone: Zone,
    wall: NaiveDateTime,
    whole_day: bool,
}

fn given(
    entry: &ICalendarEntry,
    time: &PartialDateTime,
    zones: &TzResolver<&str>,
    own: chrono_tz::Tz,
) -> Result<Given, String> {
    let read = time.to_date_time().ok_or("one of its times cannot be read")?;
    let whole_day = time.hour.is_none();
    let zone = match (read.offset, entry.tz_id()) {
        (Some(offset), _) => Zone::Fixed(offset),
        (None, Some(id)) if !whole_day => match zones.resolve(id) {
            Some(CardTz::Tz(tz)) => Zone::Named(tz),
            Some(CardTz::Fixed(offset)) => Zone::Fixed(offset),
            Some(CardTz::Floating) => Zone::Named(own),
            _ => return Err(format!("nobody knows the time zone \"{id}\"")),
        },
        _ => Zone::Named(own),
    };
    Ok(Given { zone, wall: read.date_time, whole_day })
}

fn read_event(
    component: &ICalendarComponent,
    title: &str,
    zones: &TzResolver<&str>,
    own: chrono_tz::Tz,
) -> Result<Event, String> {
    let moment_of = |property: &ICalendarProperty| -> Result<Option<Given>, String> {
        let Some(entry) = component.property(property) else { return Ok(None) };
        let time = entry.values.first().and_then(ICalendarValue::as_partial_date_time);
        given(entry, time.ok_or("one of its times cannot be read")?, zones, own).map(Some)
    };
    let start = moment_of(&ICalendarProperty::Dtstart)?.ok_or("it has no start")?;
    let length =
        match (moment_of(&ICalendarProperty::Dtend)?, component.property(&ICalendarProperty::Duration)) {
            (Some(end), _) if end.whole_day && start.whole_day => end.wall - start.wall,
            (Some(end), _) => end.zone.moment(end.wall) - start.zone.moment(start.wall),
            (None, Some(entry)) => match entry.values.first() {
                Some(ICalendarValue::Duration(duration)) => {
                    duration.to_time_delta().ok_or("its duration cannot be read")?
                }
                _ => return Err("its duration cannot be read".into()),
            },
            (None, None) if start.whole_day => TimeDelta::days(1),
            (None, None) => TimeDelta::zero(),
        };
    if length < TimeDelta::zero() {
        return Err("it ends before it begins".into());
    }
    if length > TimeDelta::days(3660) {
        return Err("it lasts longer than ten years".into());
    }
    let instead_of = moment_of(&ICalendarProperty::RecurrenceId)?.map(|g| g.zone.moment(g.wall));
    if instead_of.is_some()
        && component
            .property(&ICalendarProperty::RecurrenceId)
            .is_some_and(|e| e.has_parameter(&ICalendarParameterName::Range))
    {
        return Err(
            "it changes this and all following repetitions at once; make it an event of its own".into()
        );
    }
    Ok(Event {
        title: title.into(),
        location: text(component, &ICalendarProperty::Location),
        uid: component.uid().unwrap_or_default().into(),
        instead_of,
        zone: start.zone,
        first: start.wall,
        length,
        repeats: read_repeats(component, &start, zones, own)?,
        cancelled: component.status() == Some(&ICalendarStatus::Cancelled),
    })
}

fn read_repeats(
    component: &ICalendarComponent,
    start: &Given,
    zones: &TzResolver<&str>,
    own: chrono_tz::Tz,
) -> Result<Option<Repeats>, String> {
    let mut rules = Vec::new();
    let mut also = Vec::new();
    let mut except = Vec::new();
    let mut except_days = Vec::new();
    for entry in &component.entries {
        match &entry.name {
            ICalendarProperty::Rrule => {
                let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first() else {
                    return Err("its rule of repetition cannot be read".into());
                };
                let mut rule = rule.clone();
                let until = rule.until.take().map(|u| until_on_wall(&u, start)).transpose()?;
                rules.push((rule.to_string(), until));
            }
            ICalendarProperty::Rdate => {
                for value in &entry.values {
                    let time = match value {
                        ICalendarValue::PartialDateTime(time) => time,
                        ICalendarValue::Period(
                            ICalendarPeriod::Range { start, .. } | ICalendarPeriod::Duration { start, .. },
                        ) => start,
                        _ => return Err("one of its further dates cannot be read".into()),
                    };
                    let at = given(entry, time, zones, own)?;
                    let wall = if at.whole_day && !start.whole_day {
                        at.wall.date().and_time(start.wall.time())
                    } else {
                        at.wall
                    };
                    also.push(at.zone.moment(wall));
                }
            }
            ICalendarProperty::Exdate => {
                for value in &entry.values {
                    let time = value.as_partial_date_time().ok_or("one of its exceptions cannot be read")?;
                    let at = given(entry, time, zones, own)?;
                    if at.whole_day {
                        except_days.push(at.wall.date());
                    } else {
                        except.push(at.zone.moment(at.wall));
                    }
                }
            }
            _ => {}
        }
    }
    if rules.is_empty() && also.is_empty() {
        return Ok(None);
    }
    let mut repeats = Repeats::read(&rules, start.wall)?;
    repeats.also = also;
    repeats.except = except;
    repeats.except_days = except_days;
    Ok(Some(repeats))
}

/// The end of a rule on the event's own wall clock. Calendars write it in UTC, as wall time, or as a day;
/// a day is meant to its end.
fn until_on_wall(until: &PartialDateTime, start: &Given) -> Result<NaiveDateTime, String> {
    let read = until.to_date_time().ok_or("the end of its rule cannot be read")?;
    Ok(match read.offset {
        Some(offset) => start.zone.wall(Zone::Fixed(offset).moment(read.date_time)),
        None if until.hour.is_none() => {
            let end_of_day = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
            read.date_time.date().and_time(end_of_day)
        }
        None => read.date_time,
    })
}

/// A changed repetition takes the place of the one that the rule would make.
fn replace_repetitions(events: &mut [Event]) {
    let replaced: Vec<(Box<str>, DateTime<Utc>)> =
        events.iter().filter_map(|e| Some((e.uid.clone(), e.instead_of?))).collect();
    for event in events.iter_mut().filter(|e| e.instead_of.is_none()) {
        if let Some(repeats) = &mut event.repeats {
            repeats.except.extend(
                replaced.iter().filter(|(uid, _)| !uid.is_empty() && *uid == event.uid).map(|(_, at)| *at),
            );
        }
    }
}
