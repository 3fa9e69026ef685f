//! The server: one thread that listens, one for each client, and what they share.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Sender, bounded};

use super::NcidSettings;
use super::wire::{ClientLine, GatewayCall, LONGEST, call_line, lines, message_line, read_line};
use crate::notifier::Sink;
use crate::{Asked, Happening, Notice, SinkError, Wish};

/// How many clients may be connected.
const MOST_CLIENTS: usize = 64;
/// How many lines wait for one client; one that does not read is dropped.
const CLIENT_QUEUE: usize = 256;
/// For the first word of a client, which may be that it wants no log.
const HELLO_WITHIN: Duration = Duration::from_millis(200);
/// What the guard is asked for a client is answered at once; longer than this the client does not wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// A client that takes nothing for so long is dropped.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// Tells NCID clients.
pub(crate) struct NcidServer {
    shared: Arc<Shared>,
    address: SocketAddr,
}

struct Shared {
    settings: NcidSettings,
    clients: Mutex<Vec<Client>>,
    /// The last calls, as clients get them when they connect.
    log: Mutex<VecDeque<String>>,
    ask: Sender<Asked>,
    stop: AtomicBool,
}

struct Client {
    address: SocketAddr,
    queue: Sender<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl NcidServer {
    /// Listens; `past` are the calls that clients are to see at once, the oldest first.
    pub(crate) fn open(
        settings: &NcidSettings,
        ask: &Sender<Asked>,
        past: &[Notice],
    ) -> Result<Self, SinkError> {
        let wrong = |why: String| SinkError::Settings { sink: "ncid".into(), why };
        let listener = TcpListener::bind(settings.listen).map_err(|e| {
            wrong(format!(
                "{} cannot be listened on: {e}; does the guard, or another NCID server, listen there?",
                settings.listen
            ))
        })?;
        let address = listener.local_addr().map_err(|e| wrong(e.to_string()))?;
        let shared = Arc::new(Shared {
            settings: settings.clone(),
            clients: Mutex::default(),
            log: Mutex::new(past.iter().filter_map(log_line).collect()),
            ask: ask.clone(),
            stop: AtomicBool::new(false),
        });
        shared.trim(&mut lock(&shared.log));
        let server = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("notify-ncid".into())
            .spawn(move || {
                for stream in listener.incoming() {
                    if server.stop.load(Ordering::Relaxed) {
                        return;
                    }
                    match stream {
                        Ok(stream) => admit(&server, stream),
                        // Out of handles: it passes.
                        Err(_) => std::thread::sleep(Duration::from_millis(200)),
                    }
                }
            })
            .map_err(|e| wrong(e.to_string()))?;
        Ok(Self { shared, address })
    }

    /// Where it listens.
    #[cfg(test)]
    fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Sink for NcidServer {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        if let Some(line) = log_line(notice) {
            self.shared.remember(line);
        }
        for line in lines(notice) {
            self.shared.tell_all(&line);
        }
        Ok(())
    }
}

impl Drop for NcidServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        lock(&self.shared.clients).clear();
        // Wakes the listener, so that it sees that it is to stop.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

/// The line of the call log that a notice gives, if any.
fn log_line(notice: &Notice) -> Option<String> {
    let label = match notice.event {
        Happening::Blocked => "HUPLOG",
        Happening::Ringing if notice.waiting => "WIDLOG",
        Happening::Ringing => "CIDLOG",
        Happening::Ended if notice.outgoing => "OUTLOG",
        _ => return None,
    };
    Some(call_line(label, notice))
}

impl Shared {
    /// The log of calls never grows beyond what clients get.
    fn remember(&self, line: String) {
        let mut log = lock(&self.log);
        log.push_back(line);
        self.trim(&mut log);
    }

    fn trim(&self, log: &mut VecDeque<String>) {
        let surplus = log.len().saturating_sub(self.settings.most_remembered());
        log.drain(..surplus);
    }

    /// A client that does not keep up is dropped: it connects again and gets the log.
    fn tell_all(&self, line: &str) {
        lock(&self.clients).retain(|client| client.queue.try_send(line.to_owned()).is_ok());
    }
}

fn admit(shared: &Arc<Shared>, stream: TcpStream) {
    let Ok(address) = stream.peer_addr() else { return };
    if lock(&shared.clients).len() >= MOST_CLIENTS {
        log::warn!("ncid: {address} is turned away, {MOST_CLIENTS} clients are here already");
        return;
    }
    let (queue, waiting) = bounded::<String>(CLIENT_QUEUE + shared.settings.most_remembered());
    let prepared = stream
        .set_write_timeout(Some(WRITE_PATIENCE))
        .and_then(|()| stream.set_nodelay(true))
        .and_then(|()| stream.try_clone());
    let Ok(writer) = prepared else { return };
    greet(&queue);
    let write = move || {
        let mut writer = writer;
        for line in waiting.iter() {
            if writer.write_all(line.as_bytes()).and_then(|()| writer.write_all(b"\n")).is_err() {
                break;
            }
        }
        let _ = writer.shutdown(std::net::Shutdown::Both);
    };
    let shared = Arc::clone(shared);
    let read = move || {
        listen(&shared, &stream, address, &queue);
        lock(&shared.clients).retain(|client| client.address != address);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    };
    for (name, work) in [
        ("ncid-out", Box::new(write) as Box<dyn FnOnce() + Send>),
        ("ncid-in", Box::new(read) as Box<dyn FnOnce() + Send>),
    ] {
        if let Err(error) = std::thread::Builder::new().name(name.into()).spawn(work) {
            log::warn!("ncid: no thread for {address}: {error}");
        }
    }
}

fn greet(queue: &Sender<String>) {
    for line in [
        concat!("200 Server: callblock (NCID) ", env!("CARGO_PKG_VERSION")),
        "210 API 1.14 Feature Set 0 1 3",
    ] {
        let _ = queue.try_send(line.into());
    }
}

/// The calls so far.
fn send_log(shared: &Shared, queue: &Sender<String>) {
    let log = lock(&shared.log).clone();
    let end = if log.is_empty() { "252 Call log empty" } else { "250 End of call log" };
    for line in log.into_iter().chain([end.to_owned()]) {
        let _ = queue.try_send(line);
    }
}

/// A client that wants no log says so at once. Whatever it says first is given back; what it says later comes later.
fn begin(shared: &Shared, reader: &mut BufReader<&TcpStream>, address: SocketAddr, queue: &Sender<String>) {
    let mut wants_log = true;
    let mut line = Vec::new();
    let waits = reader.get_ref().set_read_timeout(Some(HELLO_WITHIN)).is_ok();
    // Only lines that are whole are taken; anything else is left for later.
    while waits && reader.fill_buf().is_ok_and(|said| said.starts_with(b"HELLO") && said.contains(&b'\n')) {
        line.clear();
        if reader.read_until(b'\n', &mut line).is_err() {
            break;
        }
        wants_log &= read_line(&line) != ClientLine::NoLog;
    }
    let _ = reader.get_ref().set_read_timeout(None);
    if wants_log {
        send_log(shared, queue);
    } else {
        let _ = queue.try_send("253 No Call log".into());
    }
    let _ = queue.try_send("300 End of connection startup".into());
    lock(&shared.clients).push(Client { address, queue: queue.clone() });
}

fn listen(shared: &Shared, stream: &TcpStream, address: SocketAddr, queue: &Sender<String>) {
    let mut reader = BufReader::new(stream);
    begin(shared, &mut reader, address, queue);
    let mut line = Vec::new();
    let mut echo = false;
    while !shared.stop.load(Ordering::Relaxed) {
        line.clear();
        // A line without an end is read no further than any line is long.
        match (&mut reader).take(LONGEST as u64 * 4).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.len() >= LONGEST * 4 => return,
            Ok(_) => {}
        }
        let say = |line: String| queue.try_send(line).is_ok();
        let go_on = match read_line(&line) {
            ClientLine::AreYouThere => say("ACK: REQ YO".into()),
            ClientLine::WantsEcho => {
                echo = true;
                say("ACK: REQ ACK".into())
            }
            ClientLine::Change(wish, comment) => change(shared, address, wish, &comment, queue),
            ClientLine::Reload => change(shared, address, Wish::Reload, "", queue),
            ClientLine::Reread => {
                send_log(shared, queue);
                true
            }
            ClientLine::Info { number, name } => {
                let (asked, answer) =
                    Asked::waiting(format!("ncid {address}"), Wish::Listed { number, name });
                let _ = shared.ask.try_send(asked);
                // Who cannot say is not on a list, as far as the client is concerned.
                let listed = answer.recv_timeout(ANSWER_WITHIN).ok().and_then(Result::ok);
                let listed = listed.unwrap_or_else(|| "neither".into());
                let info = format!("INFO: {listed}");
                ["403 Start of data requested", "INFO: alias NOALIAS", &info, "411 End of response"]
                    .iter()
                    .all(|line| say((*line).into()))
            }
            ClientLine::Message(text) => {
                shared.tell_all(&message_line(&text, SystemTime::now()));
                true
            }
            ClientLine::Call(call) => {
                if echo {
                    say(format!("ACK: {}", String::from_utf8_lossy(&line).trim()));
                }
                gateway(shared, &call);
                true
            }
            ClientLine::UnknownJob(job) => {
                let job: String = job.chars().filter(|c| !c.is_control()).collect();
                [
                    "402 Start of response",
                    &format!("RESP: {job}: not done here"),
                    "RESP: Done.",
                    "411 End of response",
                ]
                .iter()
                .all(|line| say((*line).into()))
            }
            _ => true,
        };
        if !go_on {
            return;
        }
    }
}

/// Changes of lists: from this machine, or from anywhere if the settings allow it.
fn change(shared: &Shared, address: SocketAddr, wish: Wish, comment: &str, queue: &Sender<String>) -> bool {
    let may = address.ip().is_loopback() || shared.settings.strangers_may_change_lists;
    let refused = |why: &str| vec![format!("RESP: refused: {why}")];
    let (asked, answer) = Asked::waiting(format!("ncid {address}"), wish.clone());
    let said = if !may {
        refused("only clients on this machine may change lists")
    } else if shared.ask.try_send(asked).is_err() {
        refused("busy, try again")
    } else {
        let comment: String = comment.chars().filter(|c| !c.is_control()).take(60).collect();
        let comment = if comment.is_empty() { String::new() } else { format!(" # {comment}") };
        let changed = |list: &str, what: &str, number: &str| {
            vec![format!("RESP: Modified: ncidd.{list}list"), format!("RESP:    {what}: {number}{comment}")]
        };
        match (answer.recv_timeout(ANSWER_WITHIN), &wish) {
            (Ok(Err(why)), _) => refused(&why),
            (Err(_), _) => refused("the guard did not say what came of it"),
            (Ok(Ok(_)), Wish::Block(number)) => changed("black", "added", number),
            (Ok(Ok(_)), Wish::Unblock(number)) => changed("black", "removed", number),
            (Ok(Ok(_)), Wish::Allow(number)) => changed("white", "added", number),
            (Ok(Ok(_)), Wish::Disallow(number)) => changed("white", "removed", number),
            (Ok(Ok(_)), _) => vec!["RESP: Reloaded alias, blacklist, and whitelist files".into()],
        }
    };
    let frame = |line: &str| queue.try_send(line.into()).is_ok();
    frame("402 Start of response")
        && said.iter().all(|line| frame(line))
        && frame("RESP: Done.")
        && frame("411 End of response")
}

/// A gateway's call is shown to all clients.
fn gateway(shared: &Shared, call: &GatewayCall) {
    let mut notice = Notice::new(Happening::Ringing, SystemTime::now(), &call.line);
    notice.number.clone_from(&call.number);
    notice.name.clone_from(&call.name);
    let label = match call.kind.as_str() {
        "IN" => "CID",
        kind @ ("OUT" | "PID" | "HUP" | "BLK" | "WID") => kind,
        "BYE" | "CANCEL" => {
            notice.event = Happening::Ended;
            lines(&notice).iter().for_each(|line| shared.tell_all(line));
            return;
        }
        _ => return,
    };
    shared.remember(call_line(&format!("{label}LOG"), &notice));
    shared.tell_all(&call_line(label, &notice));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(reader: &mut impl std::io::BufRead) -> String {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    #[test]
    fn a_client_sees_the_log_then_calls_and_changes_lists() {
        let (ask, asked) = bounded(8);
        let settings = NcidSettings { listen: ([127, 0, 0, 1], 0).into(), ..NcidSettings::default() };
        let mut server = NcidServer::open(&settings, &ask, &[]).unwrap();
        let mut notice = Notice::test(SystemTime::now());
        notice.event = Happening::Blocked;
        server.tell(&notice).unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        assert!(line(&mut reader).starts_with("200 Server: callblock (NCID)"));
        assert!(line(&mut reader).starts_with("210 API"));
        assert!(line(&mut reader).starts_with("HUPLOG: *DATE*"));
        assert_eq!(line(&mut reader), "250 End of call log");
        assert_eq!(line(&mut reader), "300 End of connection startup");
        stream.write_all(b"HELLO: IDENT: client test 1\r\n\nREQ: YO\nnoise\xff\xfe\nREQ: black add \"5550100\" \"x\"\n").unwrap();
        assert_eq!(line(&mut reader), "ACK: REQ YO");
        let wish = asked.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(wish.wish, Wish::Block("5550100".into()));
        wish.answer(Ok("it is on the list".into()));
        assert_eq!(line(&mut reader), "402 Start of response");
        assert_eq!(line(&mut reader), "RESP: Modified: ncidd.blacklist");
        assert_eq!(line(&mut reader), "RESP:    added: 5550100 # x");
        assert_eq!([line(&mut reader), line(&mut reader)], ["RESP: Done.", "411 End of response"]);
        stream.write_all(b"REQ: white remove \"5550100\"\n").unwrap();
        asked.recv_timeout(Duration::from_secs(20)).unwrap().answer(Err("it is not on the list".into()));
        assert_eq!(line(&mut reader), "402 Start of response");
        assert_eq!(line(&mut reader), "RESP: refused: it is not on the list");
        assert_eq!([line(&mut reader), line(&mut reader)], ["RESP: Done.", "411 End of response"]);
        stream.write_all(b"REQ: INFO 5550100&&DOE JANE&&POTS\n").unwrap();
        let wish = asked.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(wish.wish, Wish::Listed { number: "5550100".into(), name: "DOE JANE".into() });
        wish.answer(Ok("black name".into()));
        assert_eq!(line(&mut reader), "403 Start of data requested");
        assert_eq!([line(&mut reader), line(&mut reader)], ["INFO: alias NOALIAS", "INFO: black name"]);
        assert_eq!(line(&mut reader), "411 End of response");
        notice.event = Happening::Ringing;
        server.tell(&notice).unwrap();
        assert!(line(&mut reader).starts_with("CID: *DATE*"));
        assert!(line(&mut reader).starts_with("CIDINFO: *LINE*test*RING*1*"));
        stream.write_all(b"CALL: ###DATE11202241...CALLIN...LINEVOIP...NMBR5550104...NAMEGATE+++\n").unwrap();
        assert!(line(&mut reader).contains("*LINE*VOIP*NMBR*5550104*MESG*NONE*NAME*GATE*"));
        stream.write_all(b"REQ: REREAD\nMSG: dinner ###DATE*1\n").unwrap();
        assert!(line(&mut reader).starts_with("HUPLOG: *DATE*"));
        assert!(line(&mut reader).starts_with("CIDLOG: *DATE*"));
        assert!(line(&mut reader).starts_with("CIDLOG: ") && line(&mut reader) == "250 End of call log");
        assert!(line(&mut reader).starts_with("MSG: dinner ***DATE*"));
        notice.event = Happening::Ended;
        notice.outgoing = true;
        server.tell(&notice).unwrap();
        assert!(line(&mut reader).starts_with("OUT: *DATE*"));
        assert!(line(&mut reader).contains("*CTYPE*OUT*"));
        stream.write_all(&vec![b'x'; 10_000]).unwrap();
        assert_eq!(line(&mut reader), "", "an endless line ends the connection");
    }

    #[test]
    fn a_client_that_wants_no_log_gets_none() {
        let (ask, _asked) = bounded(8);
        let settings = NcidSettings { listen: ([127, 0, 0, 1], 0).into(), ..NcidSettings::default() };
        let mut server = NcidServer::open(&settings, &ask, &[]).unwrap();
        let mut notice = Notice::test(SystemTime::now());
        notice.event = Happening::Blocked;
        server.tell(&notice).unwrap();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"HELLO: IDENT: client test 1\nHELLO: CMD: no_log\n").unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut reader = BufReader::new(stream);
        let said: Vec<String> = (0..4).map(|_| line(&mut reader)).collect();
        assert_eq!(said[2..], ["253 No Call log", "300 End of connection startup"], "{said:?}");
    }

    #[test]
    fn the_calls_before_the_start_are_the_log_and_it_never_grows_without_end() {
        let (ask, _asked) = bounded(8);
        let settings =
            NcidSettings { listen: ([127, 0, 0, 1], 0).into(), remembered: 3, ..Default::default() };
        let call = |event, name: &str| {
            let mut notice = Notice::new(event, SystemTime::now(), "home");
            notice.name = name.into();
            notice
        };
        let mut out = call(Happening::Ended, "OUT");
        out.outgoing = true;
        let past = [
            call(Happening::Blocked, "TOO OLD"),
            call(Happening::Blocked, "BLOCKED"),
            call(Happening::LineUp, "NO CALL"),
            call(Happening::Ringing, "RANG"),
            out,
        ];
        let mut server = NcidServer::open(&settings, &ask, &past).unwrap();
        let log = || lock(&server.shared.log).iter().cloned().collect::<Vec<_>>();
        let said = log();
        assert_eq!(said.len(), 3, "{said:?}");
        for (line, (label, name)) in
            said.iter().zip([("HUPLOG", "BLOCKED"), ("CIDLOG", "RANG"), ("OUTLOG", "OUT")])
        {
            assert!(line.starts_with(label) && line.contains(&format!("*NAME*{name}*")), "{line}");
        }
        for _ in 0..20 {
            let call = GatewayCall { kind: "IN".into(), ..GatewayCall::default() };
            gateway(&server.shared, &call);
        }
        assert_eq!(log().len(), 3);
        server.tell(&call(Happening::Blocked, "LAST")).unwrap();
        let said = lock(&server.shared.log).clone();
        assert!(said.len() == 3 && said[2].contains("*NAME*LAST*"), "{said:?}");
    }
}
