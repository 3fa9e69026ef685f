//! Filters, search and statistics against a plain look at each call.

use std::collections::HashMap;
use std::time::Duration;

use call_event::Decision;
use call_log::{
    CallLog, CallRecord, Count, Day, Direction, LogError, Mark, Query, Retention, Span, Statistics,
};

use super::{DAY, blocked, call, noon};

/// Calls that differ in all that can be asked for; some properties are rare.
pub(crate) fn mixed(random: &mut fastrand::Rng, count: u64) -> Vec<CallRecord> {
    (0..count)
        .map(|i| {
            // Not in the order of their times, and some at the same time.
            let mut one = call((i * 7919) % (count / 2), &format!("030 23125 {:03}", random.u32(0..200)));
            one.name = random.bool().then(|| format!("Caller {}", random.u32(0..50)));
            one.area = (random.u8(..) > 40).then(|| format!("Area {}", random.u32(0..30)));
            one.line = ["home", "office", "shop"][random.usize(0..3)].into();
            one.site = if random.u8(..) == 0 { "far away".into() } else { String::new() };
            if random.u8(..) < 90 {
                one = blocked(one, &format!("list{}.csv:{}", random.u32(0..3), random.u32(0..9)));
                one.reason = format!("listed as Pest {}", random.u32(0..9));
            }
            if random.u16(..) < 300 {
                one.action = "fax".into();
                one.mark = Mark::Star;
            }
            if random.u8(..) < 5 {
                one.direction = Direction::Out;
            }
            one.answered_for = Duration::from_millis(random.u64(0..5000));
            one
        })
        .collect()
}

pub(crate) fn write(log: &mut CallLog, calls: &[CallRecord]) {
    log.together(|log| calls.iter().try_for_each(|one| log.put_call(one).map(drop))).unwrap();
}

fn fits(query: &Query, call: &CallRecord) -> bool {
    let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
    let search = query.search.as_deref().map(str::to_ascii_lowercase);
    let texts =
        [call.number(), call.e164.as_deref(), call.name.as_deref(), call.area.as_deref(), Some(&call.reason)];
    same(&query.who, call.who())
        && same(&query.line, &call.line)
        && same(&query.site, &call.site)
        && same(&query.action, &call.action)
        && same(&query.stage, &call.stage)
        && same(&query.rule, &call.rule)
        && query.area.as_ref().is_none_or(|area| call.area.as_ref() == Some(area))
        && query.mark.is_none_or(|mark| mark == call.mark)
        && query.decision.is_none_or(|decision| decision == call.decision)
        && query.direction.is_none_or(|direction| direction == call.direction)
        && query.from.is_none_or(|from| call.at >= from)
        && query.until.is_none_or(|until| call.at < until)
        && search.is_none_or(|text| texts.iter().flatten().any(|t| t.to_ascii_lowercase().contains(&text)))
}

fn found(log: &mut CallLog, query: &Query) -> Vec<CallRecord> {
    let mut query = query.clone();
    let mut all = Vec::new();
    loop {
        let page = log.page(&query).unwrap();
        all.extend(page.calls.into_iter().map(|c| c.call));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return all,
        }
    }
}

fn queries() -> Vec<Query> {
    let any = || Query { limit: 37, ..Query::default() };
    let minute = |m: u64| Some(noon() + Duration::from_secs(60 * m));
    vec![
        any(),
        Query { line: Some("shop".into()), ..any() },
        Query { line: Some("nowhere".into()), ..any() },
        Query { site: Some("far away".into()), ..any() },
        Query { site: Some("far away".into()), line: Some("home".into()), ..any() },
        Query { mark: Some(Mark::Star), ..any() },
        Query { mark: Some(Mark::Blocked), line: Some("home".into()), ..any() },
        Query { decision: Some(Decision::Block), from: minute(200), until: minute(700), ..any() },
        Query { decision: Some(Decision::Ring), area: Some("Area 7".into()), ..any() },
        Query { action: Some("fax".into()), ..any() },
        Query { stage: Some("deny".into()), action: Some("fax".into()), ..any() },
        Query { rule: Some("list1.csv:3".into()), ..any() },
        Query { area: Some("Area 7".into()), until: minute(900), ..any() },
        Query { direction: Some(Direction::Out), ..any() },
        Query { who: Some("03023125017".into()), mark: Some(Mark::Blocked), ..any() },
        Query { search: Some("caller 17".into()), ..any() },
        Query { search: Some("PEST 3".into()), line: Some("office".into()), ..any() },
        Query { search: Some("area 21".into()), from: minute(100), ..any() },
        Query { search: Some("25117".into()), ..any() },
        Query { search: Some("17".into()), rule: Some("list2.csv:1".into()), ..any() },
        Query { search: Some("list1".into()), ..any() },
        Query { search: Some("nothing of the kind".into()), ..any() },
        Query { search: Some("\"a\" OR b*".into()), ..any() },
    ]
}

pub(crate) fn same_as_each_call(log: &mut CallLog, calls: &[CallRecord]) {
    let mut newest_first: Vec<&CallRecord> = calls.iter().collect();
    newest_first.sort_by_key(|c| std::cmp::Reverse(c.at));
    for query in queries() {
        let mut wanted: Vec<&CallRecord> = newest_first.iter().copied().filter(|c| fits(&query, c)).collect();
        let mut found = found(log, &query);
        assert!(found.is_sorted_by_key(|c| std::cmp::Reverse(c.at)), "{query:?}");
        let mut other_way: Vec<CallRecord> = Vec::new();
        log.each_call_oldest_first::<LogError>(&query, |logged| {
            other_way.push(logged.call);
            Ok(())
        })
        .unwrap();
        assert!(other_way.is_sorted_by_key(|c| c.at), "{query:?}");
        other_way.sort_by_key(|c| c.key);
        // The order of calls at the same time does not matter here.
        wanted.sort_by_key(|c| c.key);
        found.sort_by_key(|c| c.key);
        assert!(found == other_way, "{} and {}: {query:?}", found.len(), other_way.len());
        assert!(found.iter().eq(wanted.iter().copied()), "{} of {}: {query:?}", found.len(), wanted.len());
    }
}

pub(crate) fn each_filter_finds_what_a_look_at_each_call_finds(log: &mut CallLog) {
    let mut random = fastrand::Rng::with_seed(7);
    let mut calls = mixed(&mut random, 1600);
    write(log, &calls);
    same_as_each_call(log, &calls);
    log.count_all_new().unwrap();
    same_as_each_call(log, &calls);
    // New ones beside those that are counted, and changes of both.
    let more = mixed(&mut random, 400);
    write(log, &more);
    calls.extend(more);
    for (n, one) in calls.iter_mut().enumerate().filter(|(n, _)| n % 97 == 0) {
        one.line = "moved".into();
        one.area = Some("Area 7".into());
        one.name = Some("Caller 17".into());
        one.action = "fax".into();
        one.at += Duration::from_secs(n as u64);
    }
    let changed: Vec<CallRecord> = calls.iter().step_by(97).cloned().collect();
    write(log, &changed);
    same_as_each_call(log, &calls);
    log.count_all_new().unwrap();
    same_as_each_call(log, &calls);
}

/// Counts a span call by call.
fn by_hand(calls: &[CallRecord], span: &Span) -> Statistics {
    let mut told = Statistics::default();
    let mut causes: HashMap<String, Count> = HashMap::new();
    let mut areas: HashMap<String, Count> = HashMap::new();
    let mut days: HashMap<Day, Count> = HashMap::new();
    for one in calls {
        let day = Day::of(one.at, one.offset_minutes);
        let out = one.direction == Direction::Out
            || span.from.is_some_and(|from| day < from)
            || span.until.is_some_and(|until| day > until)
            || span.line.as_ref().is_some_and(|line| *line != one.line);
        if out {
            continue;
        }
        let hour: usize = one.wall_time()[11..13].parse().unwrap();
        for count in [
            &mut told.total,
            &mut told.hours[hour],
            days.entry(day).or_default(),
            causes.entry(one.cause()).or_default(),
            areas.entry(one.area.clone().unwrap_or_default()).or_default(),
        ] {
            count.calls += 1;
            count.blocked += u64::from(one.decision == Decision::Block);
            count.answered_for += one.answered_for;
        }
    }
    let sorted = |counts: HashMap<String, Count>| {
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then_with(|| a.0.cmp(&b.0)));
        counts
    };
    told.causes = sorted(causes);
    told.areas = sorted(areas);
    told.days = days.into_iter().collect();
    told.days.sort_by_key(|(day, _)| *day);
    told
}

fn callers_by_hand(calls: &[CallRecord], span: &Span) -> Vec<(String, u64)> {
    let mut callers: HashMap<&str, u64> = HashMap::new();
    for one in calls {
        let day = Day::of(one.at, one.offset_minutes);
        if one.direction == Direction::In
            && span.from.is_none_or(|from| day >= from)
            && span.until.is_none_or(|until| day <= until)
            && span.line.as_ref().is_none_or(|line| *line == one.line)
        {
            *callers.entry(one.who()).or_default() += 1;
        }
    }
    let mut callers: Vec<_> = callers.into_iter().map(|(who, n)| (who.to_owned(), n)).collect();
    callers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
    callers
}

fn same_statistics(log: &mut CallLog, calls: &[CallRecord]) {
    let first = Day::of(noon(), 60);
    for (from, until) in [
        (None, None),
        (Some(0), None),
        (Some(3), Some(70)),
        (Some(5), Some(5)),
        (None, Some(400)),
        (Some(11), Some(650)),
        (Some(-900), Some(9000)),
        (Some(700), Some(800)),
        (Some(20), Some(10)),
    ] {
        for line in [None, Some("shop"), Some("nowhere")] {
            let span = Span {
                from: from.map(|d| first.plus(d)),
                until: until.map(|d| first.plus(d)),
                line: line.map(Into::into),
                top: 1000,
            };
            let told = log.statistics(&span).unwrap();
            let wanted = by_hand(calls, &span);
            assert_eq!(told.total, wanted.total, "{span:?}");
            assert_eq!(told.days, wanted.days, "{span:?}");
            assert_eq!(told.hours, wanted.hours, "{span:?}");
            assert_eq!(told.causes, wanted.causes, "{span:?}");
            assert_eq!(told.areas, wanted.areas, "{span:?}");
            let callers = callers_by_hand(calls, &span);
            let told = log.statistics(&Span { top: 10, ..span.clone() }).unwrap().callers;
            assert_eq!(told.len(), callers.len().min(10), "{span:?}");
            for (told, wanted) in told.iter().zip(&callers) {
                assert_eq!((&told.who, told.count.calls), (&wanted.0, wanted.1), "{span:?}");
            }
        }
    }
}

pub(crate) fn statistics_of_any_span_are_those_of_its_calls(log: &mut CallLog) {
    let mut random = fastrand::Rng::with_seed(11);
    let mut calls = Vec::new();
    for day in 0..660_u64 {
        // Few calls on most days, many on some: what is summed up and what is not lie side by side.
        for _ in 0..if day % 60 == 5 { 700 } else { random.u64(0..6) } {
            let caller = (random.f64().powi(4) * 900.0).floor();
            let mut one = call(day * 1440 + random.u64(0..1440), &format!("030 23125 {caller:03}"));
            one.line = ["home", "shop"][random.usize(0..2)].into();
            one.area = (random.u8(..) > 40).then(|| format!("Area {}", random.u32(0..30)));
            one.answered_for = Duration::from_millis(random.u64(0..5000));
            if random.bool() {
                one = blocked(one, &format!("list{}.csv:{}", random.u32(0..3), random.u32(0..9)));
            }
            if random.u8(..) < 5 {
                one.direction = Direction::Out;
            }
            calls.push(one);
        }
    }
    write(log, &calls);
    log.count_all_new().unwrap();
    same_statistics(log, &calls);
    // Late calls, counted and not, and a change long after.
    let mut late: Vec<CallRecord> = (0..300)
        .map(|i| call(1440 * (i % 650), "030 23125 777"))
        .chain((0..50).map(|i| call(1440 * i, "+44 20 7946 0001")))
        .collect();
    let uncounted = late.split_off(150);
    write(log, &late);
    log.count_all_new().unwrap();
    write(log, &uncounted);
    calls.extend(late);
    calls.extend(uncounted);
    let mut changed: Vec<CallRecord> = Vec::new();
    for one in calls.iter_mut().step_by(211) {
        one.area = Some("Area 99".into());
        one.line = "shop".into();
        changed.push(one.clone());
    }
    write(log, &changed);
    same_statistics(log, &calls);
    log.count_all_new().unwrap();
    same_statistics(log, &calls);
}

pub(crate) fn what_is_forgotten_is_found_nowhere(log: &mut CallLog) {
    let mut random = fastrand::Rng::with_seed(3);
    let mut calls = mixed(&mut random, 2000);
    for (i, one) in calls.iter_mut().enumerate() {
        one.at = noon() + Duration::from_secs(i as u64 * 600);
        if i < 1000 {
            one.name = Some("Former Friend".into());
            one.e164 = Some("+493023125999".into());
            one.reason = "an old reason".into();
        }
    }
    write(log, &calls);
    log.count_all_new().unwrap();
    let all = log.statistics(&Span::default()).unwrap();
    let edge = noon() + Duration::from_secs(1000 * 600);
    let now = edge + 10 * DAY;
    let search = |text: &str| Query { search: Some(text.into()), ..Query::default() };
    assert_eq!(found(log, &search("former fr")).len(), 1000);
    let forgotten =
        log.forget(&Retention { anonymise_after: Some(10 * DAY), ..Retention::default() }, now).unwrap();
    assert_eq!(forgotten.anonymised, 1000);
    for text in ["former fr", "23125999", "old reason"] {
        assert!(found(log, &search(text)).is_empty(), "{text}");
    }
    let old = Query { area: Some("Area 7".into()), until: Some(edge), ..Query::default() };
    assert_eq!(found(log, &old).len(), calls[..1000].iter().filter(|c| fits(&old, c)).count());
    let span = Span { until: Some(Day::of(edge, 60).plus(-1)), ..Span::default() };
    assert!(log.statistics(&span).unwrap().callers.is_empty());
    log.forget(&Retention { keep_for: Some(10 * DAY), ..Retention::default() }, now).unwrap();
    same_as_each_call(log, &calls[1000..]);
    let after = log.statistics(&Span::default()).unwrap();
    assert_eq!((after.total, &after.areas), (all.total, &all.areas), "the tallies stay");
    log.count_all_new().unwrap();
    same_as_each_call(log, &calls[1000..]);
}
