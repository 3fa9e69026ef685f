//! Scenario files: what happens on a simulated line, one step a line.
//!
//! ```text
//! # two calls, the first of which is answered
//! listening 60s
//! wait 2s
//! call 03023125555 name="A N OTHER" rings=5
//! answered 30s
//! press 12
//! say greeting.wav
//! finish
//! hang-up
//! on-hook 30s
//! call P rings=2 when=before
//! on-hook 30s
//! unplug
//! wait 3s
//! plug-in
//! ```
//!
//! Steps: `wait TIME`, `call NUMBER [name= rings= form= when= split=BYTES:TIME pattern= gone= cadence=]`,
//! `listening TIME` (until a program has caller ID switched on), `answered TIME`, `on-hook TIME` (at most so long), `press KEYS`, `say FILE` (WAV, or raw bytes
//! for the modem to pass on), `tone HERTZ[+HERTZ] TIME`, `silence TIME`, `finish` (until all is said), `hang-up`,
//! `code LETTER`, `print "TEXT"`, `deaf [TIME]`, `hear`, `unplug`, `plug-in`, `again` (from the top).

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::call::{CallerAct, CallerScript, GoneSign};
use super::caller_id::{Form, Split, When};
use super::dialogue::unescape;
use super::sim_modem::SimModem;
use super::sound::Sound;
use crate::Error;

/// What happens on a simulated line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scenario {
    path: PathBuf,
    steps: Vec<(usize, Step)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Wait(Duration),
    Call(Box<CallerScript>),
    Listening(Duration),
    Answered(Duration),
    OnHook(Duration),
    Caller(CallerAct),
    HangUp,
    Code(char),
    Print(Vec<u8>),
    Deaf(Option<Duration>),
    Hear,
    Unplug,
    PlugIn,
    Again,
}

impl Scenario {
    /// Reads a scenario file; sound files are looked for beside it.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Script`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::File { path: path.to_owned(), reason: e.to_string().into() })?;
        Self::parse(&text, path)
    }

    /// Reads the text of a scenario file that stands, or would stand, at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Script`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let mut steps = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let wrong =
                |reason: String| Error::Script { path: path.into(), line: n + 1, reason: reason.into() };
            let words = words(line).ok_or_else(|| wrong("a quotation mark is missing".into()))?;
            if let Some((first, rest)) = words.split_first() {
                steps.push((n + 1, step(first, rest, folder).map_err(wrong)?));
            }
        }
        Ok(Self { path: path.into(), steps })
    }

    /// Lets it all happen; times are the line's own. Ends early once `stop` says so.
    ///
    /// # Errors
    ///
    /// What was waited for did not happen in time, or a sound file cannot be played.
    pub fn play(&self, modem: &SimModem, mut stop: impl FnMut() -> bool) -> Result<(), Error> {
        let mut place = 0;
        while let Some((line, step)) = self.steps.get(place) {
            place += 1;
            if stop() {
                return Ok(());
            }
            let late = |what: &str| Error::Script {
                path: self.path.clone(),
                line: *line,
                reason: format!("{what} did not happen in time").into(),
            };
            match step {
                Step::Wait(time) => drop(wait(modem, *time, &mut stop, |_| false)),
                Step::Call(script) => {
                    if !modem.ring((**script).clone()) {
                        log::info!("line {line}: the caller hears the busy tone");
                    }
                }
                Step::Listening(time) => {
                    if !wait(modem, *time, &mut stop, |s| s.shows_callers) {
                        return Err(late("caller ID being switched on"));
                    }
                }
                Step::Answered(time) => {
                    if !wait(modem, *time, &mut stop, |s| s.connected) {
                        return Err(late("the answer"));
                    }
                }
                Step::OnHook(time) => {
                    if !wait(modem, *time, &mut stop, |s| !s.off_hook && !s.ringing) {
                        return Err(late("going on-hook"));
                    }
                }
                Step::Caller(CallerAct::Say(sound)) => modem.caller_says(sound.clone())?,
                Step::Caller(act) => modem.caller_does(act.clone()),
                Step::HangUp if modem.status().ringing => modem.caller_hangs_up(),
                Step::HangUp => modem.caller_does(CallerAct::HangUp),
                Step::Code(code) => modem.line_code(*code),
                Step::Print(bytes) => modem.print(bytes),
                Step::Deaf(time) => modem.deaf(*time),
                Step::Hear => modem.hear_again(),
                Step::Unplug => modem.unplug(),
                Step::PlugIn => modem.replug(),
                Step::Again => place = 0,
            }
        }
        Ok(())
    }
}

/// Waits for so much of the line's time, or until things stand as wished; says which.
fn wait(
    modem: &SimModem,
    time: Duration,
    stop: &mut impl FnMut() -> bool,
    wished: impl Fn(&super::record::Status) -> bool,
) -> bool {
    /// How often it is looked whether all is to stop.
    const LOOK: Duration = Duration::from_millis(100);
    let end = modem.now() + time;
    loop {
        let left = modem.real_time_until(end);
        if modem.wait_for(left.min(LOOK), &wished).is_ok() {
            return true;
        }
        // Being told to stop is not being late.
        if stop() {
            return true;
        }
        if left.is_zero() {
            return false;
        }
    }
}

fn step(first: &str, rest: &[String], folder: &Path) -> Result<Step, String> {
    let one = |what: &str| match rest {
        [one] => Ok(one.as_str()),
        _ => Err(format!("{first} takes {what}")),
    };
    let none = |step| if rest.is_empty() { Ok(step) } else { Err(format!("{first} takes nothing more")) };
    let say = |sound| Ok(Step::Caller(CallerAct::Say(sound)));
    Ok(match first {
        "wait" => Step::Wait(time(one("a time such as 2s")?)?),
        "call" => Step::Call(Box::new(call(rest)?)),
        "listening" => Step::Listening(time(one("a time such as 30s")?)?),
        "answered" => Step::Answered(time(one("a time such as 30s")?)?),
        "on-hook" => Step::OnHook(time(one("a time such as 30s")?)?),
        "press" => Step::Caller(CallerAct::Press(one("keys such as 12#")?.into())),
        "say" => return say(sound_file(&folder.join(one("a file")?))?),
        "tone" => match rest {
            [hertz, long] => {
                let hertz: Option<Vec<f64>> = hertz.split('+').map(|f| f.parse().ok()).collect();
                let hertz = hertz.ok_or("a tone is given in hertz, such as 440 or 480+620")?;
                return say(Sound::Tones { hertz, milliseconds: milliseconds(time(long)?) });
            }
            _ => return Err("tone takes hertz and a time, such as tone 440 1s".into()),
        },
        "silence" => return say(Sound::Silence(milliseconds(time(one("a time such as 2s")?)?))),
        "finish" => none(Step::Caller(CallerAct::Finish))?,
        "hang-up" => none(Step::HangUp)?,
        "code" => match one("a letter such as l")?.chars().collect::<Vec<_>>()[..] {
            [c] if c.is_ascii() => Step::Code(c),
            _ => return Err("code takes one letter".into()),
        },
        "print" => Step::Print(unescape(one("a text in quotation marks")?).ok_or("unknown escape")?),
        "deaf" if rest.is_empty() => Step::Deaf(None),
        "deaf" => Step::Deaf(Some(time(one("a time, or nothing for ever")?)?)),
        "hear" => none(Step::Hear)?,
        "unplug" => none(Step::Unplug)?,
        "plug-in" => none(Step::PlugIn)?,
        "again" => none(Step::Again)?,
        _ => {
            return Err(format!(
                "unknown step {first}; a step is call, wait, answered, press, say, hang-up ..."
            ));
        }
    })
}

/// A WAV file, or any other as bytes that the modem passes on.
///
/// # Errors
///
/// What is wrong with the file.
pub fn sound_file(path: &Path) -> Result<Sound, String> {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("wav")) {
        return Ok(Sound::Wav(path.into()));
    }
    std::fs::read(path).map(Sound::Bytes).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn call(words: &[String]) -> Result<CallerScript, String> {
    let Some((number, options)) = words.split_first() else {
        return Err("call takes a number, or P (withheld), O (unavailable), none (no caller ID)".into());
    };
    let mut script = if number == "none" { CallerScript::nobody() } else { CallerScript::number(number) };
    for option in options {
        let (key, value) =
            option.split_once('=').ok_or_else(|| format!("{option} is not of the form key=value"))?;
        let bad = || format!("{key} cannot be {value}");
        match key {
            "name" => script.id.name = Some(unescape(value).ok_or_else(bad)?),
            "rings" => script.rings = value.parse().map_err(|_| bad())?,
            "form" => script.id.form = form(value).ok_or_else(bad)?,
            "when" => script.when = when(value).ok_or_else(bad)?,
            "split" => script.split = split(value).ok_or_else(bad)?,
            "pattern" => script.pattern = value.chars().next(),
            "cadence" => script.cadence = time(value)?,
            "gone" => {
                script.gone = match value {
                    "busy" => GoneSign::Busy,
                    "dial-tone" => GoneSign::DialTone,
                    "loop" => GoneSign::LoopBreak,
                    "no-carrier" => GoneSign::NoCarrier,
                    "busy-tone-only" => GoneSign::BusyToneOnly,
                    "nothing" => GoneSign::Nothing,
                    _ => return Err(bad()),
                }
            }
            _ => return Err(format!("a call has no {key}")),
        }
    }
    Ok(script)
}

/// A form of caller ID by its name: `usual`, `spaced`, `tight`, `framed`, `kortex`, `mdmf`, `sdmf`, `nothing`.
pub fn form(name: &str) -> Option<Form> {
    Some(match name {
        "usual" => Form::Usual,
        "spaced" => Form::Spaced,
        "tight" => Form::Tight,
        "framed" => Form::Framed,
        "kortex" => Form::Kortex,
        "mdmf" => Form::Mdmf,
        "sdmf" => Form::Sdmf,
        "nothing" => Form::Nothing,
        _ => return None,
    })
}

/// When a caller ID comes: `before`, `after-1`, `with-2`.
pub fn when(text: &str) -> Option<When> {
    if text == "before" {
        return Some(When::BeforeFirstRing);
    }
    let (word, n) = text.split_once('-')?;
    let n = n.parse().ok()?;
    match word {
        "after" => Some(When::AfterRing(n)),
        "with" => Some(When::WithRing(n)),
        _ => None,
    }
}

/// Pieces of so many bytes with a pause: `1:15ms`.
pub fn split(text: &str) -> Option<Split> {
    let (bytes, pause) = text.split_once(':')?;
    Some(Split::Every { bytes: bytes.parse().ok().filter(|n| *n > 0)?, pause: time(pause).ok()? })
}

/// A time such as `200ms`, `2.5s` or `3m`.
///
/// # Errors
///
/// What a time looks like.
pub fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = if let Some(n) = text.strip_suffix("ms") {
        (n, 0.001)
    } else if let Some(n) = text.strip_suffix('s') {
        (n, 1.0)
    } else if let Some(n) = text.strip_suffix('m') {
        (n, 60.0)
    } else {
        (text, 1.0)
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|n| Duration::try_from_secs_f64(n * unit).ok())
        .filter(|t| *t <= Duration::from_secs(366 * 24 * 3600))
        .ok_or_else(|| format!("{text} is no time; write 200ms, 2.5s or 3m"))
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Words between spaces; quotation marks keep spaces; `#` at the start of a word begins a comment. A
/// number may hold `#`, so only a word's start counts.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut some) = (false, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                some = true;
            }
            '#' if !quoted && !some => break,
            c if c.is_whitespace() && !quoted => {
                if some {
                    words.push(std::mem::take(&mut word));
                }
                some = false;
            }
            c => {
                word.push(c);
                some = true;
            }
        }
    }
    if some && !quoted {
        words.push(word);
    }
    (!quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_above_can_be_read() {
        let text = include_str!("scenario.rs");
        let example = text.split("```").nth(1).unwrap().strip_prefix("text\n").unwrap();
        let example: String =
            example.lines().map(|l| l.trim_start_matches("//! ").to_owned() + "\n").collect();
        let scenario = Scenario::parse(&example.replace("//!", ""), Path::new("/x/y")).unwrap();
        assert_eq!(scenario.steps.len(), 14);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for wrong in
            ["\nfly", "\nwait", "\nwait soon", "\ncall 1 rings=x", "\nsay \"a", "\ncode ab", "\nunplug now"]
        {
            let error = Scenario::parse(wrong, Path::new("f")).unwrap_err();
            assert!(matches!(error, Error::Script { line: 2, .. }), "{wrong}: {error}");
        }
    }

    #[test]
    fn times_pieces_and_places() {
        assert_eq!(time("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(time("2.5s"), Ok(Duration::from_millis(2500)));
        assert_eq!(time("3m"), Ok(Duration::from_secs(180)));
        assert!(time("-1s").is_err() && time("1e99s").is_err() && time("nan").is_err());
        assert_eq!(when("after-2"), Some(When::AfterRing(2)));
        assert_eq!(split("7:15ms"), Some(Split::Every { bytes: 7, pause: Duration::from_millis(15) }));
        assert_eq!(words(r#"a "b c"d # e"#), Some(vec!["a".into(), "b cd".into()]));
    }
}
