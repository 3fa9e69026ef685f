//! The services of a box and their actions, and the files that describe them.

use std::fmt::Write as _;

/// A service: its name, where it is asked, the file that describes it, and its actions.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    control: &'static str,
    file: &'static str,
    actions: &'static [Action],
}

/// An action: its name, what goes in, what comes out.
type Action = (&'static str, &'static [&'static str], &'static [&'static str]);

const ID: &str = "NewPhonebookID";
const ENTRY: &str = "NewPhonebookEntryID";
const UID: &str = "NewPhonebookEntryUniqueID";
const DATA: &str = "NewPhonebookEntryData";

/// All services, in the order of the description.
pub(super) const SERVICES: [Service; 5] = [
    Service {
        name: "urn:dslforum-org:service:DeviceInfo:1",
        control: "/upnp/control/deviceinfo",
        file: "/deviceinfoSCPD.xml",
        actions: &[
            ("GetInfo", &[], &["NewModelName", "NewSoftwareVersion"]),
            ("GetSecurityPort", &[], &["NewSecurityPort"]),
        ],
    },
    Service {
        name: "urn:dslforum-org:service:X_AVM-DE_OnTel:1",
        control: "/upnp/control/x_contact",
        file: "/x_contactSCPD.xml",
        actions: &[
            ("GetPhonebookList", &[], &["NewPhonebookList"]),
            ("GetPhonebook", &[ID], &["NewPhonebookName", "NewPhonebookExtraID", "NewPhonebookURL"]),
            ("AddPhonebook", &["NewPhonebookExtraID", "NewPhonebookName"], &[]),
            ("DeletePhonebook", &[ID, "NewPhonebookExtraID"], &[]),
            ("GetPhonebookEntry", &[ID, ENTRY], &[DATA]),
            ("GetPhonebookEntryUID", &[ID, UID], &[DATA]),
            ("SetPhonebookEntry", &[ID, ENTRY, DATA], &[]),
            ("SetPhonebookEntryUID", &[ID, DATA], &[UID]),
            ("DeletePhonebookEntry", &[ID, ENTRY], &[]),
            ("DeletePhonebookEntryUID", &[ID, UID], &[]),
            ("GetCallBarringEntry", &[ENTRY], &[DATA]),
            ("GetCallBarringEntryByNum", &["NewNumber"], &[DATA]),
            ("GetCallBarringList", &[], &["NewPhonebookURL"]),
            ("SetCallBarringEntry", &[DATA], &[UID]),
            ("DeleteCallBarringEntryUID", &[UID], &[]),
            ("GetCallList", &[], &["NewCallListURL"]),
            ("GetDECTHandsetList", &[], &["NewDectIDList"]),
            ("GetDECTHandsetInfo", &["NewDectID"], &["NewHandsetName", ID]),
            ("SetDECTHandsetPhonebook", &["NewDectID", ID], &[]),
        ],
    },
    Service {
        name: "urn:dslforum-org:service:X_VoIP:1",
        control: "/upnp/control/x_voip",
        file: "/x_voipSCPD.xml",
        actions: &[
            ("X_AVM-DE_DialNumber", &["NewX_AVM-DE_PhoneNumber"], &[]),
            ("X_AVM-DE_DialHangup", &[], &[]),
            ("X_AVM-DE_DialGetConfig", &[], &["NewX_AVM-DE_PhoneName"]),
            ("X_AVM-DE_DialSetConfig", &["NewX_AVM-DE_PhoneName"], &[]),
            ("X_AVM-DE_GetPhonePort", &["NewIndex"], &["NewX_AVM-DE_PhoneName"]),
            ("GetVoIPCommonAreaCode", &[], &["NewVoIPAreaCode"]),
            ("X_AVM-DE_GetVoIPCommonAreaCode", &[], &["NewX_AVM-DE_OKZ", "NewX_AVM-DE_OKZPrefix"]),
            ("X_AVM-DE_GetVoIPCommonCountryCode", &[], &["NewX_AVM-DE_LKZ", "NewX_AVM-DE_LKZPrefix"]),
            ("X_AVM-DE_GetNumbers", &[], &["NewNumberList"]),
        ],
    },
    Service {
        name: "urn:dslforum-org:service:X_AVM-DE_TAM:1",
        control: "/upnp/control/x_tam",
        file: "/x_tamSCPD.xml",
        actions: &[
            ("GetList", &[], &["NewTAMList"]),
            ("GetMessageList", &["NewIndex"], &["NewURL"]),
            ("SetEnable", &["NewIndex", "NewEnable"], &[]),
            ("MarkMessage", &["NewIndex", "NewMessageIndex", "NewMarkedAsRead"], &[]),
            ("DeleteMessage", &["NewIndex", "NewMessageIndex"], &[]),
        ],
    },
    Service {
        name: "urn:dslforum-org:service:X_AVM-DE_Auth:1",
        control: "/upnp/control/x_auth",
        file: "/x_authSCPD.xml",
        actions: &[
            ("GetInfo", &[], &["NewEnabled"]),
            ("GetState", &[], &["NewState"]),
            ("SetConfig", &["NewAction"], &["NewToken", "NewState", "NewMethods"]),
        ],
    },
];

/// The service that is asked at this path.
pub(super) fn service_at(path: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|s| s.control == path)
}

impl Service {
    /// Whether it has that action.
    pub(super) fn has(&self, action: &str) -> bool {
        self.actions.iter().any(|(name, _, _)| *name == action)
    }
}

/// A describing file.
pub(super) fn file(path: &str) -> Option<String> {
    if path == "/tr64desc.xml" {
        return Some(description());
    }
    SERVICES.iter().find(|s| s.file == path).map(actions)
}

fn description() -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:dslforum-org:device-1-0\">\n<specVersion><major>1</major>\
         <minor>0</minor></specVersion>\n<systemVersion><HW>226</HW><Major>154</Major><Minor>7</Minor>\
         <Patch>57</Patch><Buildnumber>100000</Buildnumber><Display>154.07.57</Display></systemVersion>\n<device>\n\
         <deviceType>urn:dslforum-org:device:InternetGatewayDevice:1</deviceType>\n\
         <friendlyName>Simulated FRITZ!Box</friendlyName>\n<manufacturer>callblock</manufacturer>\n\
         <modelDescription>Simulated FRITZ!Box</modelDescription>\n<modelName>Simulated FRITZ!Box</modelName>\n\
         <modelNumber>- simulated</modelNumber>\n<UDN>uuid:00000000-0000-0000-0000-000000000000</UDN>\n\
         <serviceList>\n",
    );
    for service in &SERVICES {
        let id = service.name.rsplit(':').nth(1).unwrap_or_default();
        let _ = write!(
            out,
            "<service>\n<serviceType>{}</serviceType>\n<serviceId>urn:{id}-com:serviceId:{id}1</serviceId>\n\
             <controlURL>{}</controlURL>\n<eventSubURL>{}</eventSubURL>\n<SCPDURL>{}</SCPDURL>\n</service>\n",
            service.name, service.control, service.control, service.file
        );
    }
    out.push_str("</serviceList>\n</device>\n</root>\n");
    out
}

fn actions(service: &Service) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\"?>\n<scpd xmlns=\"urn:dslforum-org:service-1-0\">\n<specVersion><major>1</major>\
         <minor>0</minor></specVersion>\n<actionList>\n",
    );
    let mut variables: Vec<&str> = Vec::new();
    for (name, inputs, outputs) in service.actions {
        let _ = write!(out, "<action>\n<name>{name}</name>\n<argumentList>\n");
        let directed = inputs.iter().map(|i| (i, "in")).chain(outputs.iter().map(|o| (o, "out")));
        for (argument, direction) in directed {
            let variable = argument.trim_start_matches("New");
            if !variables.contains(&variable) {
                variables.push(variable);
            }
            let _ = write!(
                out,
                "<argument>\n<name>{argument}</name>\n<direction>{direction}</direction>\n\
                 <relatedStateVariable>{variable}</relatedStateVariable>\n</argument>\n"
            );
        }
        out.push_str("</argumentList>\n</action>\n");
    }
    out.push_str("</actionList>\n<serviceStateTable>\n");
    for variable in variables {
        let kind = match variable {
            "PhonebookID" | "Index" | "MessageIndex" | "DectID" | "SecurityPort" => "ui2",
            "PhonebookEntryID" | "PhonebookEntryUniqueID" => "ui4",
            "Enable" | "Enabled" | "MarkedAsRead" => "boolean",
            _ => "string",
        };
        let _ = write!(
            out,
            "<stateVariable sendEvents=\"no\">\n<name>{variable}</name>\n<dataType>{kind}</dataType>\n</stateVariable>\n"
        );
    }
    out.push_str("</serviceStateTable>\n</scpd>\n");
    out
}
