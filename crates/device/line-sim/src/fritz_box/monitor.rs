//! Port 1012: everybody may connect, hears what happens, and says nothing.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Shared;

/// More programs than that do not listen to one box.
const MAX_LISTENERS: usize = 64;

pub(super) fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(mut reader) = stream.try_clone() else { continue };
        let peer = stream.peer_addr().ok();
        let mut state = shared.state();
        if state.faults.monitor_off || state.listeners.len() >= MAX_LISTENERS {
            continue;
        }
        state.listeners.push(stream);
        drop(state);
        shared.changed.notify_all();
        let shared = shared.clone();
        // Notices when the program goes away; what it sends is thrown away.
        let _ = std::thread::Builder::new().name("sim-1012-peer".into()).spawn(move || {
            let mut sink = [0; 64];
            while reader.read(&mut sink).is_ok_and(|n| n > 0) {}
            shared.state().listeners.retain(|s| s.peer_addr().ok() != peer);
            shared.changed.notify_all();
        });
    }
}
