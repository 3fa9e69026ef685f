//! A microphone as ear for the star key: any command that writes raw audio.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use call_event::{CallId, LineEvent, LineId};
use crossbeam_channel::Sender;

/// Runs the command and reports the star key, then that listening is over. Never fails the call.
pub(super) fn listen(
    line: LineId,
    call: CallId,
    command: Vec<String>,
    at_most: Duration,
    to: Sender<(LineId, LineEvent)>,
) {
    let work = move || {
        if let Err(e) = hear(&line, call, &command, at_most, &to) {
            log::error!("line {line}: `{}` cannot listen for the star key: {e}", command.join(" "));
        }
        let _ = to.send((line, LineEvent::Listening { call, on: false }));
    };
    if let Err(e) = std::thread::Builder::new().name("star key".into()).spawn(work) {
        log::error!("nobody listens for the star key: {e}");
    }
}

fn hear(
    line: &LineId,
    call: CallId,
    command: &[String],
    at_most: Duration,
    to: &Sender<(LineId, LineEvent)>,
) -> std::io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(std::io::Error::other("no command is set"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let Some(mut sound) = child.stdout.take() else {
        return Ok(());
    };
    let _ = to.send((line.clone(), LineEvent::Listening { call, on: true }));
    // The reader may wait for ever on a silent command, so a watch ends the command.
    let child = std::sync::Arc::new(std::sync::Mutex::new(child));
    let (done, over) = crossbeam_channel::bounded::<()>(1);
    let watched = std::sync::Arc::clone(&child);
    let watch = std::thread::Builder::new().name("star key watch".into()).spawn(move || {
        let _ = over.recv_timeout(at_most);
        let mut child = watched.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    })?;
    let mut star = crate::star::StarEar::default();
    let end = Instant::now() + at_most;
    let mut buffer = [0_u8; 1600];
    let mut kept = 0;
    while Instant::now() < end {
        let read = match sound.read(&mut buffer[kept..]) {
            Ok(0) => break,
            Ok(n) => kept + n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let whole = read - read % 2;
        let samples: Vec<i16> =
            buffer[..whole].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
        kept = read - whole;
        buffer.copy_within(whole..read, 0);
        if star.hears(&samples) {
            let _ = to.send((line.clone(), LineEvent::Digit { call, digit: '*' }));
            break;
        }
    }
    drop(done);
    let _ = watch.join();
    Ok(())
}
