//! SOAP: a question and its answer as XML.

use std::borrow::Cow;

use crate::{Error, Fault};

/// Text that may stand between tags or in an attribute. Characters that XML 1.0 has no form for are left out.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'') && legal(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if legal(c) => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

fn legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The question. `token` is the proof of a second factor.
pub(crate) fn question(
    service: &str,
    action: &str,
    arguments: &[(&str, &str)],
    token: Option<&str>,
) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<s:Envelope \
         xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">",
    );
    if let Some(token) = token {
        out.push_str("<s:Header><avm:token xmlns:avm=\"avm.de\" s:mustUnderstand=\"1\">");
        out.push_str(&escape(token));
        out.push_str("</avm:token></s:Header>");
    }
    out.push_str(&format!("<s:Body><u:{action} xmlns:u=\"{service}\">"));
    for (name, value) in arguments {
        out.push_str(&format!("<{name}>{}</{name}>", escape(value)));
    }
    out.push_str(&format!("</u:{action}></s:Body></s:Envelope>"));
    out
}

/// What an action gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    action: Box<str>,
    fields: Vec<(Box<str>, Box<str>)>,
}

impl Reply {
    /// One field; an error if the box left it out.
    pub(crate) fn field(&self, name: &str) -> Result<&str, Error> {
        self.fields
            .iter()
            .find(|(n, _)| &**n == name)
            .map(|(_, value)| &**value)
            .ok_or_else(|| Error::Missing { action: self.action.clone(), field: name.into() })
    }
}

/// Reads an answer. Boxes put faults into answers with status 200 too, so the text decides.
pub(crate) fn answer(action: &str, text: &str) -> Result<Reply, Error> {
    let unread = |why: &dyn std::fmt::Display| Error::Xml {
        what: format!("the answer to {action}").into(),
        why: why.to_string().into(),
    };
    let doc =
        roxmltree::Document::parse(text.trim_start_matches('\u{feff}').trim()).map_err(|e| unread(&e))?;
    let body = doc
        .root_element()
        .children()
        .find(|n| n.tag_name().name() == "Body")
        .and_then(|b| b.first_element_child())
        .ok_or_else(|| unread(&"it has no body"))?;
    if body.tag_name().name() == "Fault" {
        let of = |name: &str| {
            body.descendants().find(|n| n.tag_name().name() == name).and_then(|n| n.text()).map(str::trim)
        };
        let code = of("errorCode").and_then(|c| c.parse().ok()).unwrap_or(0);
        let words = of("errorDescription").or_else(|| of("faultstring")).unwrap_or_default().into();
        return Err(Error::Fault { action: action.into(), fault: Fault { code, words } });
    }
    let fields = body
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|n| (n.tag_name().name().into(), n.text().unwrap_or_default().into()))
        .collect();
    Ok(Reply { action: action.into(), fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_as_they_went() {
        let value = "M\u{fc}ller & S\u{f6}hne <\"030\"> \u{1}'";
        let text = question("urn:x", "Do", &[("NewData", value)], Some("abc"));
        let reply = answer("Do", &text).unwrap();
        assert_eq!(reply.field("NewData").unwrap(), value.replace('\u{1}', ""));
        assert!(text.contains("s:mustUnderstand=\"1\">abc<"));
    }

    #[test]
    fn a_fault_is_a_fault_whatever_the_status() {
        let text = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\n\
                    <faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>\
                    <UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\"> <errorCode>866</errorCode> \
                    <errorDescription>second factor authentication required</errorDescription> </UPnPError>\
                    </detail></s:Fault></s:Body></s:Envelope>";
        let Err(Error::Fault { fault, .. }) = answer("X", text) else { panic!() };
        assert_eq!(fault.code, Fault::SECOND_FACTOR_NEEDED);
        assert!(fault.to_string().contains("second factor"));
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let _ = answer("X", &String::from_utf8_lossy(bytes));
        });
    }
}
