//! TR-064: the box's services, asked by SOAP over HTTP.

mod description;
mod fault;
mod second_factor;
mod soap;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use secret::Secret;

pub(crate) use description::{document, local_path};
pub use fault::Fault;
pub use second_factor::{Confirmation, SecondFactor};
pub(crate) use soap::{Reply, escape};

use crate::http::{Challenge, Http, Request, Response};
use crate::{Error, FritzBoxSettings};
use description::{Description, ServiceAt};

/// The services that callblock uses, by their short names.
pub(crate) mod service {
    /// Phone books, barring, call list, handsets.
    pub(crate) const ON_TEL: &str = "X_AVM-DE_OnTel:1";
    /// Own numbers, area code, dialling.
    pub(crate) const VOIP: &str = "X_VoIP:1";
    /// Answering machines.
    pub(crate) const TAM: &str = "X_AVM-DE_TAM:1";
    /// Second factor.
    pub(crate) const AUTH: &str = "X_AVM-DE_Auth:1";
}

/// A box's TR-064, as one user.
#[derive(Debug)]
pub(crate) struct Tr064 {
    http: Http,
    user: Box<str>,
    password: Option<Secret>,
    held: Mutex<Held>,
}

/// What was learnt from the box.
#[derive(Debug, Default)]
struct Held {
    challenge: Option<Challenge>,
    description: Option<Description>,
    /// Each service's actions; `None` if its file could not be read, and then every action is tried.
    actions: HashMap<Box<str>, Option<Vec<Box<str>>>>,
    token: Option<Box<str>>,
}

impl Tr064 {
    pub(crate) fn new(settings: &FritzBoxSettings) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(settings)?,
            user: settings.user.clone(),
            password: settings.password()?,
            held: Mutex::default(),
        })
    }

    pub(crate) fn peer(&self) -> Box<str> {
        self.http.peer()
    }

    fn held<T>(&self, with: impl FnOnce(&mut Held) -> T) -> T {
        with(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The proof of a second factor, sent with every question from now on.
    pub(crate) fn set_token(&self, token: Option<Box<str>>) {
        self.held(|held| held.token = token);
    }

    /// Model and firmware.
    pub(crate) fn device(&self) -> Result<String, Error> {
        let description = self.description()?;
        Ok(format!("{} {}", description.model, description.firmware).trim().to_owned())
    }

    /// Asks for an action. A second factor that the box wants is the caller's to arrange.
    pub(crate) fn call(&self, short: &str, action: &str, arguments: &[(&str, &str)]) -> Result<Reply, Error> {
        let missing = || Error::NoAction { service: short.into(), action: action.into() };
        let service = self.description()?.service(short).cloned().ok_or_else(missing)?;
        if !self.offers(&service, action) {
            return Err(missing());
        }
        let token = self.held(|held| held.token.clone());
        let body = soap::question(&service.name, action, arguments, token.as_deref());
        let soap_action = format!("{}#{action}", service.name);
        let response = self.authorised(Request {
            path: &service.control,
            body: Some(&body),
            soap_action: Some(&soap_action),
            authorization: None,
        })?;
        let result = match std::str::from_utf8(&response.body) {
            Ok(text) if text.contains("Envelope") => soap::answer(action, text),
            _ => Err(self.status(&service.control, response.status)),
        };
        match result {
            // A wrong password can come as a fault inside an answer that claims success.
            Err(Error::Fault { fault, .. }) if fault.code == 503 && fault.words.contains("Auth") => {
                Err(self.wrong_password())
            }
            Ok(_) if response.status != 200 => Err(self.status(&service.control, response.status)),
            result => result,
        }
    }

    /// Fetches a file that the box named, from the box itself.
    pub(crate) fn fetch(&self, url: &str) -> Result<Vec<u8>, Error> {
        let path = local_path(url).ok_or_else(|| Error::BadAnswer {
            peer: self.peer(),
            what: "it named a file by an address without a path".into(),
        })?;
        let response = self.authorised(Request { path, ..Request::default() })?;
        if response.status != 200 {
            return Err(self.status(path.split('?').next().unwrap_or_default(), response.status));
        }
        Ok(response.body)
    }

    /// [`Tr064::fetch`] as text. Boxes write UTF-8; anything else is read as well as it can be.
    pub(crate) fn fetch_text(&self, url: &str) -> Result<String, Error> {
        self.fetch(url).map(|body| match String::from_utf8(body) {
            Ok(text) => text,
            Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
        })
    }

    fn description(&self) -> Result<Description, Error> {
        if let Some(description) = self.held(|held| held.description.clone()) {
            return Ok(description);
        }
        let path = "/tr64desc.xml";
        let response = self.http.send(&Request { path, ..Request::default() })?;
        if response.status != 200 {
            return Err(self.status(path, response.status));
        }
        let description = Description::parse(&String::from_utf8_lossy(&response.body))?;
        self.held(|held| held.description = Some(description.clone()));
        Ok(description)
    }

    /// Whether the service's own file names the action.
    fn offers(&self, service: &ServiceAt, action: &str) -> bool {
        let knows =
            |list: &Option<Vec<Box<str>>>| list.as_ref().is_none_or(|l| l.iter().any(|a| &**a == action));
        if let Some(known) = self.held(|held| held.actions.get(&service.name).map(knows)) {
            return known;
        }
        let read = self.http.send(&Request { path: &service.actions, ..Request::default() }).ok();
        let list = read
            .filter(|r| r.status == 200)
            .and_then(|r| description::actions(&String::from_utf8_lossy(&r.body)).ok())
            .filter(|l| !l.is_empty());
        let offered = knows(&list);
        self.held(|held| held.actions.insert(service.name.clone(), list));
        offered
    }

    /// Sends a request with the user's name and password, as the box asks for them.
    fn authorised(&self, mut request: Request<'_>) -> Result<Response, Error> {
        let password = match &self.password {
            Some(password) if !self.user.is_empty() => password.reveal(),
            _ => return Err(Error::NoUser),
        };
        let (method, path) = (request.method(), request.path);
        let answer = |held: &mut Held| {
            let cnonce = format!("{:016x}", fastrand::u64(..));
            let challenge = held.challenge.as_mut()?;
            Some(challenge.answer(&self.user, password, method, path, &cnonce))
        };
        let mut authorization = self.held(answer);
        let mut answered_fresh = false;
        // The nonce held from before may be too old, and so may be a fresh one; a third refusal means the password.
        for _ in 0..3 {
            request.authorization = authorization;
            let response = self.http.send(&request)?;
            if response.status != 401 {
                return Ok(response);
            }
            let Some(challenge) = response.headers("www-authenticate").find_map(Challenge::parse) else {
                break;
            };
            if answered_fresh && !challenge.stale {
                break;
            }
            answered_fresh = true;
            self.held(|held| held.challenge = Some(challenge));
            authorization = self.held(answer);
        }
        Err(self.wrong_password())
    }

    fn wrong_password(&self) -> Error {
        self.held(|held| held.challenge = None);
        Error::WrongPassword { peer: self.peer(), user: self.user.clone() }
    }

    fn status(&self, path: &str, status: u16) -> Error {
        Error::Status { peer: self.peer(), path: path.into(), status }
    }
}
