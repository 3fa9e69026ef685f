//! Actions that the box wants confirmed by somebody in the house.

use super::{Tr064, service};
use crate::Error;

/// How the box can be told that it is really the owner who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Press any key on the box.
    pub button: bool,
    /// Dial this on a telephone of the box, such as `*11234`.
    pub dial: Option<Box<str>>,
    /// An authenticator app is set up; the code is entered on the box's own page.
    pub app: bool,
    token: Box<str>,
}

impl SecondFactor {
    fn from_methods(methods: &str, token: &str) -> Self {
        let mut out = Self { button: false, dial: None, app: false, token: token.into() };
        for method in methods.split(',').map(str::trim) {
            match method.split_once(';') {
                Some(("dtmf", code)) => out.dial = Some(code.into()),
                _ if method == "button" => out.button = true,
                _ if method == "googleauth" => out.app = true,
                _ => {}
            }
        }
        out
    }
}

impl std::fmt::Display for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut ways = Vec::new();
        if self.button {
            ways.push("press any key on the FRITZ!Box".to_owned());
        }
        if let Some(code) = &self.dial {
            ways.push(format!("dial {code} on one of its telephones"));
        }
        if self.app {
            ways.push("enter the code of your authenticator app on its page".to_owned());
        }
        f.write_str(&ways.join(", or "))
    }
}

/// How far a confirmation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confirmation {
    /// Nobody confirmed yet.
    Waiting,
    /// Confirmed: ask again for what was refused.
    Given,
    /// It will not be given: refused, timed out, blocked, or somebody else confirms something.
    Failed,
}

impl Tr064 {
    /// Begins a confirmation. A session that was left open before is ended first: it would block this one for a
    /// minute.
    pub(crate) fn begin_confirmation(&self) -> Result<SecondFactor, Error> {
        let _ = self.call(service::AUTH, "SetConfig", &[("NewAction", "stop")]);
        let reply = self.call(service::AUTH, "SetConfig", &[("NewAction", "start")])?;
        let factor = SecondFactor::from_methods(reply.field("NewMethods")?, reply.field("NewToken")?);
        self.set_token(Some(factor.token.clone()));
        Ok(factor)
    }

    /// Asks whether it was given.
    pub(crate) fn confirmation(&self) -> Result<Confirmation, Error> {
        let reply = self.call(service::AUTH, "GetState", &[])?;
        Ok(match reply.field("NewState")? {
            "authenticated" | "disabled" => Confirmation::Given,
            "waitingforauth" => Confirmation::Waiting,
            _ => Confirmation::Failed,
        })
    }

    /// Ends it; its proof is worth nothing from now on.
    pub(crate) fn end_confirmation(&self) {
        let _ = self.call(service::AUTH, "SetConfig", &[("NewAction", "stop")]);
        self.set_token(None);
    }
}
