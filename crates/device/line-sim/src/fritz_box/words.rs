//! A simulated box commanded by words, one line each: by hand, by a file, or by another program.

use std::time::Duration;

use super::{Fault, FritzBoxSim};

/// What can be said to a simulated box.
pub const WORDS: &str = "\
ring CALLER CALLED          somebody calls an own number; - for a withheld number
dial EXTENSION OWN NUMBER   somebody in the house calls
answer CALL EXTENSION       a call is answered
end CALL [SECONDS]          a call is over, after so much talk
contact BOOK NUMBER NAME    enter a contact
book NAME                   a new book before all others: positions shift
mirrored NAME               a new book that is kept elsewhere
contacts [BOOK]             show a book; without a name the barring
message CALLER NAME         a message on the answering machine
key                         press a key on the box: a second factor
raw TEXT                    send this line to all who listen to the call monitor
reset | close               end all connections to the call monitor, by a reset or orderly
silent on|off               the call monitor says nothing: a half-open connection
monitor on|off              the call monitor is switched on or off
fault write|any CODE        the next action fails: 713, 820, 866 ..., 866-in-success, reset, cut, forget
slow MILLISECONDS           every answer of TR-064 is late
password wrong|right        no password is right
nonces stale|fresh          every nonce is too old when used again";

impl FritzBoxSim {
    /// Does what a line of words says; the answer is what to show for it.
    ///
    /// # Errors
    ///
    /// What was not understood.
    ///
    /// ```
    /// use line_sim::fritz_box::{FritzBoxSim, Setup};
    /// let sim = FritzBoxSim::start(Setup::default()).unwrap();
    /// assert_eq!(sim.say("ring 03023125555 23125001").unwrap(), "call 0");
    /// assert!(sim.say("sing").is_err());
    /// ```
    pub fn say(&self, line: &str) -> Result<String, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |word: &str| word.parse::<u16>().map_err(|_| format!("`{word}` is not a number"));
        let rest = |skip: usize| words.get(skip..).unwrap_or_default().join(" ");
        let on = |word: &str| match word {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(format!("`{word}` is neither on nor off")),
        };
        match *words.as_slice() {
            [] => {}
            ["ring", caller, called] => {
                let caller = if caller == "-" { "" } else { caller };
                return Ok(format!("call {}", self.ring(caller, called)));
            }
            ["dial", extension, own, remote] => {
                return Ok(format!("call {}", self.dial(number(extension)?, own, remote)));
            }
            ["answer", call, extension] => self.answer(number(call)?, number(extension)?),
            ["end", call] => self.end(number(call)?),
            ["end", call, seconds] => self.end_after(number(call)?, number(seconds)?.into()),
            ["contact", book, telephone, ..] => {
                if !self.add_contact(book, &rest(3), &[telephone]) {
                    return Err(format!("there is no book `{book}`"));
                }
            }
            ["book", ..] => self.insert_book(&rest(1)),
            ["mirrored", ..] => self.add_mirrored_book(&rest(1)),
            ["contacts", ..] => {
                let lines = self.contacts(&rest(1)).into_iter();
                let lines: Vec<_> =
                    lines.map(|(name, numbers)| format!("{name}: {}", numbers.join(", "))).collect();
                return Ok(lines.join("\n"));
            }
            ["message", caller, ..] => self.leave_message(caller, &rest(2), silence()),
            ["key"] => self.press_key(),
            ["raw", ..] => self.send_raw(format!("{}\r\n", rest(1)).as_bytes()),
            ["reset"] => self.drop_monitors(true),
            ["close"] => self.drop_monitors(false),
            ["silent", word] => {
                let on = on(word)?;
                self.faults(|f| f.silent_monitor = on);
            }
            ["monitor", word] => {
                let on = on(word)?;
                self.faults(|f| f.monitor_off = !on);
                if !on {
                    self.drop_monitors(false);
                }
            }
            ["fault", kind, what] => {
                let fault = match what {
                    "reset" => Fault::Reset,
                    "cut" => Fault::Cut,
                    "forget" => Fault::Forget,
                    code => match code.strip_suffix("-in-success") {
                        Some(code) => Fault::CodeInSuccess(number(code)?),
                        None => Fault::Code(number(code)?),
                    },
                };
                self.faults(|f| if kind == "write" { f.writes.push(fault) } else { f.actions.push(fault) });
            }
            ["slow", milliseconds] => {
                let late = Duration::from_millis(number(milliseconds)?.into());
                self.faults(|f| f.slow = late);
            }
            ["password", word] => self.faults(|f| f.wrong_password = word == "wrong"),
            ["nonces", word] => self.faults(|f| f.stale_nonces = word == "stale"),
            _ => return Err(format!("`{line}` is not understood; there are:\n{WORDS}")),
        }
        Ok(String::new())
    }
}

/// A second of silence as a WAV file, 8,000 samples of 8 bit.
fn silence() -> Vec<u8> {
    let samples = [128u8; 8000];
    let mut out =
        b"RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0"
            .to_vec();
    out.extend_from_slice(&samples);
    out
}
