//! What the box says of itself, and where its services are.

use crate::Error;

/// The box in its own words, and its services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Description {
    pub(crate) model: Box<str>,
    pub(crate) firmware: Box<str>,
    services: Vec<ServiceAt>,
}

/// Where a service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceAt {
    /// Its whole name, such as `urn:dslforum-org:service:X_VoIP:1`.
    pub(crate) name: Box<str>,
    pub(crate) control: Box<str>,
    /// The file that names its actions.
    pub(crate) actions: Box<str>,
}

impl Description {
    /// Reads `tr64desc.xml`.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let doc = document("the description", text)?;
        let text = |name: &str| -> Box<str> {
            doc.descendants()
                .find(|n| n.tag_name().name() == name)
                .and_then(|n| n.text())
                .unwrap_or_default()
                .trim()
                .into()
        };
        let services = doc
            .descendants()
            .filter(|n| n.tag_name().name() == "service")
            .filter_map(|service| {
                let of = |name: &str| {
                    service
                        .children()
                        .find(|n| n.tag_name().name() == name)
                        .and_then(|n| n.text())
                        .map(str::trim)
                };
                Some(ServiceAt {
                    name: of("serviceType")?.into(),
                    control: local_path(of("controlURL")?)?.into(),
                    actions: local_path(of("SCPDURL")?)?.into(),
                })
            })
            .collect();
        Ok(Self { model: text("modelName"), firmware: text("Display"), services })
    }

    /// The service of that short name, such as `X_VoIP:1`.
    pub(crate) fn service(&self, short: &str) -> Option<&ServiceAt> {
        self.services
            .iter()
            .find(|s| s.name.ends_with(short) && s.name.trim_end_matches(short).ends_with(':'))
    }
}

/// The names of the actions in a service's file.
pub(crate) fn actions(text: &str) -> Result<Vec<Box<str>>, Error> {
    let doc = document("a service's description", text)?;
    Ok(doc
        .descendants()
        .filter(|n| n.tag_name().name() == "action")
        .filter_map(|a| a.children().find(|n| n.tag_name().name() == "name"))
        .filter_map(|n| n.text())
        .map(|name| name.trim().into())
        .collect())
}

pub(crate) fn document<'a>(what: &str, text: &'a str) -> Result<roxmltree::Document<'a>, Error> {
    roxmltree::Document::parse(text.trim_start_matches('\u{feff}').trim_start())
        .map_err(|e| Error::Xml { what: what.into(), why: e.to_string().into() })
}

/// Path and query of an address that the box gave. Whatever host it names, only the box itself is asked.
///
/// `None` if there is no path, or one that could not be put into a request.
pub(crate) fn local_path(url: &str) -> Option<&str> {
    let url = url.trim();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?,
        None => url,
    };
    let harmless = path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    harmless.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_path_and_query_of_an_address_are_used() {
        assert_eq!(
            local_path("http://fritz.box:49000/phonebook.lua?sid=1&pbid=0"),
            Some("/phonebook.lua?sid=1&pbid=0")
        );
        assert_eq!(local_path("/x_contactSCPD.xml"), Some("/x_contactSCPD.xml"));
        assert_eq!(local_path("http://evil.example"), None);
        assert_eq!(local_path("/a b"), None);
        assert_eq!(local_path("/a\r\nHost: evil"), None);
        assert_eq!(local_path("x"), None);
    }

    #[test]
    fn services_are_found_by_their_short_name() {
        let text = "<?xml version=\"1.0\"?><root xmlns=\"urn:dslforum-org:device-1-0\"><systemVersion>\
            <Display>154.07.57</Display></systemVersion><device><modelName>FRITZ!Box 7590</modelName><serviceList>\
            <service><serviceType>urn:dslforum-org:service:X_AVM-DE_OnTel:1</serviceType>\
            <controlURL>/upnp/control/x_contact</controlURL><SCPDURL>/x_contactSCPD.xml</SCPDURL></service>\
            </serviceList></device></root>";
        let description = Description::parse(text).unwrap();
        assert_eq!(&*description.model, "FRITZ!Box 7590");
        assert_eq!(&*description.service("X_AVM-DE_OnTel:1").unwrap().control, "/upnp/control/x_contact");
        assert_eq!(description.service("OnTel:1"), None);
        assert_eq!(description.service("X_VoIP:1"), None);
    }
}
