//! By MQTT, for home automation: events, states that are retained, Home Assistant's discovery, and wishes
//! that come in.
//!
//! Topics below the base (`callblock` unless said): `status` (`online`/`offline`, retained), `event` (each
//! notice as JSON), `last-call` (the last call, retained), `line/NAME` (`ringing`, `blocked`, `idle`,
//! `down`; retained), and `command`, which takes `permit-next`, `block-last`, `block NUMBER` and so on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rumqttc::{Client, Event, LastWill, MqttOptions, Outgoing, Packet, QoS};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::notifier::Sink;
use crate::settings::secret;
use crate::{Asked, Happening, Notice, SinkError, When, Wish};

/// `[[notify.mqtt]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MqttSettings {
    /// The broker.
    pub server: String,
    /// Its port.
    #[serde(default = "usual_port")]
    pub port: u16,
    /// The name to log in with.
    #[serde(default)]
    pub user: Option<String>,
    /// The file with the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// How we call ourselves; also the beginning of all topics.
    #[serde(default = "usual_base")]
    pub base: String,
    /// Home Assistant finds the sensors and buttons by itself, below this topic; empty: it does not.
    #[serde(default = "usual_discovery")]
    pub discovery: String,
    /// Wishes are heard.
    #[serde(default = "yes")]
    pub commands: bool,
    /// Which notices; usually all.
    #[serde(default)]
    pub when: When,
}

fn usual_port() -> u16 {
    1883
}

fn usual_base() -> String {
    "callblock".into()
}

fn usual_discovery() -> String {
    "homeassistant".into()
}

fn yes() -> bool {
    true
}

/// How long a notice waits for the connection and for the broker's receipt.
const PATIENCE: Duration = Duration::from_secs(10);
/// The wait after a loss; the library itself would try again at once, for ever.
const PAUSE: Duration = Duration::from_secs(3);

/// Publishes.
pub(crate) struct Mqtt {
    client: Client,
    base: String,
    server: String,
    shared: Arc<Shared>,
    receipts: Receiver<()>,
}

#[derive(Default)]
struct Shared {
    connected: AtomicBool,
    stop: AtomicBool,
    trouble: Mutex<Option<String>>,
}

impl Mqtt {
    pub(crate) fn open(settings: &MqttSettings, ask: &Sender<Asked>) -> Result<Self, SinkError> {
        let wrong = |why: &str| SinkError::Settings { sink: "mqtt".into(), why: why.into() };
        let base = settings.base.trim_matches('/').to_owned();
        if base.is_empty() || base.contains(['+', '#', '\0']) {
            return Err(wrong("base must be the beginning of a topic, without + and #"));
        }
        let mut options = MqttOptions::new(base.replace('/', "-"), &settings.server, settings.port);
        options.set_keep_alive(Duration::from_secs(30)).set_max_packet_size(64 * 1024, 1024 * 1024);
        match (&settings.user, secret("mqtt", settings.password_file.as_deref())?) {
            (Some(user), Some(password)) => drop(options.set_credentials(user, password.reveal())),
            (None, None) => {}
            _ => return Err(wrong("user and password-file belong together")),
        }
        let status = format!("{base}/status");
        options.set_last_will(LastWill::new(&status, "offline", QoS::AtLeastOnce, true));
        let (client, connection) = Client::new(options, 64);
        let shared = Arc::new(Shared::default());
        let (receipt, receipts) = bounded(64);
        let keeper = Keeper {
            client: client.clone(),
            settings: settings.clone(),
            base: base.clone(),
            shared: Arc::clone(&shared),
            receipt,
            ask: ask.clone(),
        };
        std::thread::Builder::new()
            .name("notify-mqtt-link".into())
            .spawn(move || keeper.run(connection))
            .map_err(|e| wrong(&e.to_string()))?;
        Ok(Self { client, base, server: settings.server.clone(), shared, receipts })
    }

    fn unreachable(&self) -> SinkError {
        let why = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        SinkError::Unreachable {
            to: format!("the MQTT broker {}", self.server),
            why: why.unwrap_or_else(|| "no answer yet".into()),
        }
    }

    fn publish(&self, topic: &str, retained: bool, payload: String) -> Result<(), SinkError> {
        while self.receipts.try_recv().is_ok() {}
        self.client
            .try_publish(format!("{}/{topic}", self.base), QoS::AtLeastOnce, retained, payload)
            .map_err(|_| self.unreachable())?;
        self.receipts.recv_timeout(PATIENCE).map_err(|_| self.unreachable())
    }
}

impl Sink for Mqtt {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let end = Instant::now() + PATIENCE;
        while !self.shared.connected.load(Ordering::Acquire) {
            if Instant::now() > end {
                return Err(self.unreachable());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let json = serde_json::to_string(notice)
            .map_err(|e| SinkError::Refused { to: "MQTT".into(), why: e.to_string() })?;
        self.publish("event", false, json.clone())?;
        if matches!(
            notice.event,
            Happening::Ringing | Happening::Blocked | Happening::Ended | Happening::VoiceMail
        ) {
            self.publish("last-call", true, json)?;
        }
        let state = match notice.event {
            Happening::Ringing => "ringing",
            Happening::Blocked => "blocked",
            // A call that left a message is over too. A test changes nothing that is kept.
            Happening::Ended | Happening::VoiceMail | Happening::LineUp => "idle",
            Happening::LineDown => "down",
            _ => return Ok(()),
        };
        self.publish(&format!("line/{}", level(&notice.line)), true, state.into())
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // We leave in order, so that the broker does not send the last will: it is said here.
        let _ = self.client.try_publish(format!("{}/status", self.base), QoS::AtLeastOnce, true, "offline");
        let _ = self.client.try_disconnect();
    }
}

/// A line's name as one level of a topic.
fn level(name: &str) -> String {
    name.chars().map(|c| if matches!(c, '/' | '+' | '#') || c.is_control() { '_' } else { c }).collect()
}

/// Keeps the connection and hears what comes in.
struct Keeper {
    client: Client,
    settings: MqttSettings,
    base: String,
    shared: Arc<Shared>,
    receipt: Sender<()>,
    ask: Sender<Asked>,
}

impl Keeper {
    fn run(&self, mut connection: rumqttc::Connection) {
        for event in connection.iter() {
            match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => self.greet(),
                Ok(Event::Incoming(Packet::PubAck(_))) => drop(self.receipt.try_send(())),
                Ok(Event::Incoming(Packet::Publish(message))) if !message.retain => {
                    let text = String::from_utf8_lossy(&message.payload[..message.payload.len().min(200)])
                        .into_owned();
                    match Wish::parse(&text) {
                        Some(wish) => {
                            if self.ask.try_send(Asked::new("mqtt", wish)).is_err() {
                                log::warn!("mqtt: a wish is dropped, the guard is busy");
                            }
                        }
                        None => log::warn!("mqtt: \"{}\" is no wish", text.escape_debug()),
                    }
                }
                Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                Ok(_) => {}
                Err(error) => {
                    self.shared.connected.store(false, Ordering::Release);
                    if self.shared.stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let text = error.to_string();
                    let mut trouble = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                    if trouble.as_ref() != Some(&text) {
                        log::warn!("mqtt: {text}");
                        *trouble = Some(text);
                    }
                    drop(trouble);
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    /// After each connection: we are there, this is what we have, and we listen.
    fn greet(&self) {
        let say = |topic: String, payload: String| {
            if self.client.try_publish(topic, QoS::AtMostOnce, true, payload).is_err() {
                log::warn!("mqtt: too much to say at once");
            }
        };
        if self.settings.commands {
            let _ = self.client.try_subscribe(format!("{}/command", self.base), QoS::AtLeastOnce);
        }
        say(format!("{}/status", self.base), "online".into());
        for (topic, config) in discovery(&self.settings, &self.base) {
            say(topic, config.to_string());
        }
        *self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.shared.connected.store(true, Ordering::Release);
    }
}

/// What Home Assistant is told to show.
fn discovery(settings: &MqttSettings, base: &str) -> Vec<(String, Value)> {
    let root = settings.discovery.trim_matches('/');
    if root.is_empty() {
        return Vec::new();
    }
    let node: String = base.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let common = |id: &str, name: &str| {
        json!({
            "name": name,
            "unique_id": format!("{node}_{id}"),
            "availability_topic": format!("{base}/status"),
            "device": {"identifiers": [node], "name": "callblock", "sw_version": env!("CARGO_PKG_VERSION")},
        })
    };
    let mut out = Vec::new();
    let mut add = |kind: &str, id: &str, mut config: Value, more: Value| {
        if let (Some(config), Some(more)) = (config.as_object_mut(), more.as_object()) {
            config.extend(more.clone());
        }
        out.push((format!("{root}/{kind}/{node}/{id}/config"), config));
    };
    let last = format!("{base}/last-call");
    add(
        "sensor",
        "last_caller",
        common("last_caller", "Last caller"),
        json!({"state_topic": last, "value_template": "{{ value_json.number }}", "json_attributes_topic": last,
            "icon": "mdi:phone-incoming"}),
    );
    add(
        "sensor",
        "last_verdict",
        common("last_verdict", "Last verdict"),
        json!({"state_topic": last, "value_template": "{{ value_json.event }}", "icon": "mdi:phone-check"}),
    );
    if settings.commands {
        for (id, name, word) in [
            ("permit_next", "Let the next call ring", "permit-next"),
            ("block_last", "Block the last caller", "block-last"),
            ("allow_last", "Allow the last caller", "allow-last"),
        ] {
            let more = json!({"command_topic": format!("{base}/command"), "payload_press": word});
            add("button", id, common(id, name), more);
        }
    }
    out
}
