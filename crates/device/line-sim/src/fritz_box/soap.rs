//! The actions of a simulated box.

use std::fmt::Write as _;

use super::books::Book;
use super::faults::Fault;
use super::files::BARRING;
use super::http::Answer;
use super::scpd::Service;
use super::state::{Factor, State};

/// One action, asked for.
pub(super) struct Question<'a> {
    pub(super) service: &'static Service,
    pub(super) action: &'a str,
    pub(super) body: &'a str,
    pub(super) host: &'a str,
    pub(super) second_factor: bool,
}

/// What comes out of an action: fields, or the number of a fault.
type Outcome = Result<Vec<(&'static str, String)>, u16>;

const SECOND_FACTOR_NEEDED: u16 = 866;
const NO_ENTRY: u16 = 714;
const NO_INDEX: u16 = 713;
const INVALID_ACTION: u16 = 401;
const INVALID_ARGUMENTS: u16 = 402;

/// Text as XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Whether an action writes something that a fault can be meant for.
pub(super) fn writes(action: &str) -> bool {
    ["SetPhonebookEntry", "SetCallBarring", "DeletePhonebookEntry", "DeleteCallBarring"]
        .iter()
        .any(|start| action.starts_with(start))
}

/// Does it, and writes the answer.
pub(super) fn answer(state: &mut State, question: &Question<'_>, fault: Option<Fault>) -> Answer {
    let outcome = match fault {
        Some(Fault::Code(code) | Fault::CodeInSuccess(code)) => Err(code),
        Some(Fault::Forget) => Ok(vec![("NewPhonebookEntryUniqueID", "9999".to_owned())]),
        _ if !question.service.has(question.action) => Err(INVALID_ACTION),
        _ => arguments(question.body).ok_or(INVALID_ARGUMENTS).and_then(|given| act(state, question, &given)),
    };
    match outcome {
        Ok(fields) => {
            let mut body = format!("<u:{}Response xmlns:u=\"{}\">\n", question.action, question.service.name);
            for (name, value) in fields {
                let _ = writeln!(body, "<{name}>{}</{name}>", escape(&value));
            }
            let _ = write!(body, "</u:{}Response>", question.action);
            Answer::xml(200, envelope(&body))
        }
        Err(code) => {
            let words = match code {
                INVALID_ACTION => "Invalid Action",
                INVALID_ARGUMENTS => "Invalid Args",
                NO_INDEX => "SpecifiedArrayIndexInvalid",
                NO_ENTRY => "NoSuchEntryInArray",
                820 => "Internal Error",
                SECOND_FACTOR_NEEDED => "second factor authentication required",
                867 => "second factor authentication blocked",
                868 => "second factor authentication busy",
                _ => "Action Failed",
            };
            let body = format!(
                "<s:Fault>\n<faultcode>s:Client</faultcode>\n<faultstring>UPnPError</faultstring>\n<detail>\n\
                 <UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\">\n<errorCode>{code}</errorCode>\n\
                 <errorDescription>{words}</errorDescription>\n</UPnPError>\n</detail>\n</s:Fault>"
            );
            let status = if matches!(fault, Some(Fault::CodeInSuccess(_))) { 200 } else { 500 };
            Answer::xml(status, envelope(&body))
        }
    }
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">\n<s:Body>\n{body}\n</s:Body>\n</s:Envelope>\n"
    )
}

/// The arguments, and the token of a second factor under the name `token`.
fn arguments(body: &str) -> Option<Vec<(String, String)>> {
    let doc = roxmltree::Document::parse(body).ok()?;
    let text = |n: &roxmltree::Node<'_, '_>| n.text().unwrap_or_default().to_owned();
    let action = doc.descendants().find(|n| n.tag_name().name() == "Body")?.first_element_child()?;
    let mut out: Vec<_> = action
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|n| (n.tag_name().name().to_owned(), text(&n)))
        .collect();
    if let Some(token) = doc.descendants().find(|n| n.tag_name().name() == "token") {
        out.push(("token".into(), text(&token)));
    }
    Some(out)
}

/// Clients do not agree on `ID` or `Id`, and boxes take both.
fn of<'a>(given: &'a [(String, String)], name: &str) -> Result<&'a str, u16> {
    given
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .ok_or(INVALID_ARGUMENTS)
}

fn number<T: std::str::FromStr>(given: &[(String, String)], name: &str) -> Result<T, u16> {
    of(given, name)?.trim().parse().map_err(|_| INVALID_ARGUMENTS)
}

fn act(state: &mut State, question: &Question<'_>, given: &[(String, String)]) -> Outcome {
    let action = question.action;
    let guarded =
        matches!(action, "SetCallBarringEntry" | "DeleteCallBarringEntryUID" | "X_AVM-DE_DialSetConfig");
    if guarded && question.second_factor {
        let given = of(given, "token").unwrap_or_default();
        if !matches!(&state.factor, Factor::Given(token) if token == given) {
            return Err(SECOND_FACTOR_NEEDED);
        }
    }
    let name = question.service.name;
    if name.contains("OnTel") {
        on_tel(state, question, given)
    } else if name.contains("VoIP") {
        voip(state, action, given)
    } else if name.contains("TAM") {
        tam(state, question, given)
    } else if name.contains("Auth") {
        auth(state, action, given)
    } else {
        Ok(match action {
            "GetSecurityPort" => vec![("NewSecurityPort", "0".into())],
            _ => vec![
                ("NewModelName", "Simulated FRITZ!Box".into()),
                ("NewSoftwareVersion", "154.07.57".into()),
            ],
        })
    }
}

fn book<'a>(state: &'a mut State, given: &[(String, String)]) -> Result<&'a mut Book, u16> {
    let id: usize = number(given, "NewPhonebookID")?;
    if id == usize::from(BARRING) {
        return Ok(&mut state.barring);
    }
    state.books.get_mut(id).ok_or(NO_INDEX)
}

fn writable<'a>(state: &'a mut State, given: &[(String, String)]) -> Result<&'a mut Book, u16> {
    let book = book(state, given)?;
    if book.mirrored { Err(NO_INDEX) } else { Ok(book) }
}

fn on_tel(state: &mut State, question: &Question<'_>, given: &[(String, String)]) -> Outcome {
    const UID: &str = "NewPhonebookEntryUniqueID";
    const DATA: &str = "NewPhonebookEntryData";
    let url =
        |state: &mut State, path: &str| format!("http://{}{path}sid={}", question.host, state.session());
    let data = |found: Option<&str>| Ok(vec![(DATA, found.ok_or(NO_ENTRY)?.to_owned())]);
    match question.action {
        "GetPhonebookList" => {
            let list: Vec<String> = (0..state.books.len()).map(|n| n.to_string()).collect();
            Ok(vec![("NewPhonebookList", list.join(","))])
        }
        "GetPhonebook" => {
            let id: usize = number(given, "NewPhonebookID")?;
            let name = book(state, given)?.name.to_string();
            let url = format!("{}&pbid={id}", url(state, "/phonebook.lua?"));
            Ok(vec![
                ("NewPhonebookName", name),
                ("NewPhonebookExtraID", String::new()),
                ("NewPhonebookURL", url),
            ])
        }
        "AddPhonebook" => {
            state.books.push(Book::new(of(given, "NewPhonebookName")?));
            Ok(Vec::new())
        }
        "DeletePhonebook" => {
            let id: usize = number(given, "NewPhonebookID")?;
            // The first book cannot be deleted, it is emptied.
            match state.books.get_mut(id) {
                Some(first) if id == 0 => *first = Book::new(&first.name.clone()),
                Some(_) => drop(state.books.remove(id)),
                None => return Err(NO_INDEX),
            }
            Ok(Vec::new())
        }
        "GetPhonebookEntry" => {
            let at = number(given, "NewPhonebookEntryID")?;
            data(book(state, given)?.entry_at(at).map(|(_, xml)| xml))
        }
        "GetPhonebookEntryUID" => {
            let id = number(given, UID)?;
            data(book(state, given)?.entry(id))
        }
        "SetPhonebookEntry" | "SetPhonebookEntryUID" => {
            let id = writable(state, given)?.keep(of(given, DATA)?).ok_or(INVALID_ARGUMENTS)?;
            if question.action == "SetPhonebookEntry" {
                return Ok(Vec::new());
            }
            Ok(vec![(UID, id.to_string())])
        }
        "DeletePhonebookEntry" => {
            let at = number(given, "NewPhonebookEntryID")?;
            let book = writable(state, given)?;
            let id = book.entry_at(at).ok_or(NO_INDEX)?.0;
            book.remove(id);
            Ok(Vec::new())
        }
        "DeletePhonebookEntryUID" => {
            let id = number(given, UID)?;
            if writable(state, given)?.remove(id) { Ok(Vec::new()) } else { Err(NO_ENTRY) }
        }
        "GetCallBarringEntry" => {
            data(state.barring.entry_at(number(given, "NewPhonebookEntryID")?).map(|(_, xml)| xml))
        }
        "GetCallBarringEntryByNum" => data(state.barring.find(of(given, "NewNumber")?)),
        "GetCallBarringList" => {
            Ok(vec![("NewPhonebookURL", format!("{}&pbid={BARRING}", url(state, "/phonebook.lua?")))])
        }
        "SetCallBarringEntry" => {
            let id = state.barring.keep(of(given, DATA)?).ok_or(INVALID_ARGUMENTS)?;
            Ok(vec![(UID, id.to_string())])
        }
        "DeleteCallBarringEntryUID" => {
            if state.barring.remove(number(given, UID)?) {
                Ok(Vec::new())
            } else {
                Err(NO_ENTRY)
            }
        }
        "GetCallList" => Ok(vec![("NewCallListURL", url(state, "/calllist.lua?"))]),
        "GetDECTHandsetList" => Ok(vec![("NewDectIDList", "1,2".into())]),
        "GetDECTHandsetInfo" => {
            let id: usize = number(given, "NewDectID")?;
            let book = id.checked_sub(1).and_then(|i| state.handset_books.get(i)).ok_or(NO_INDEX)?;
            let name = if id == 1 { "Kitchen" } else { "Study" };
            Ok(vec![("NewHandsetName", name.into()), ("NewPhonebookID", book.to_string())])
        }
        "SetDECTHandsetPhonebook" => {
            let id: usize = number(given, "NewDectID")?;
            let book = number(given, "NewPhonebookID")?;
            *id.checked_sub(1).and_then(|i| state.handset_books.get_mut(i)).ok_or(NO_INDEX)? = book;
            Ok(Vec::new())
        }
        _ => Err(INVALID_ACTION),
    }
}

fn voip(state: &mut State, action: &str, given: &[(String, String)]) -> Outcome {
    const PHONE: &str = "NewX_AVM-DE_PhoneName";
    const PHONES: [&str; 3] = ["FON1: Hall", "DECT 1", "DECT 2"];
    Ok(match action {
        "X_AVM-DE_DialNumber" => {
            state.dialled = Some(of(given, "NewX_AVM-DE_PhoneNumber")?.to_owned());
            Vec::new()
        }
        "X_AVM-DE_DialHangup" => {
            state.dialled = None;
            Vec::new()
        }
        "X_AVM-DE_DialGetConfig" => vec![(PHONE, state.dial_phone.clone())],
        "X_AVM-DE_DialSetConfig" => {
            state.dial_phone = of(given, PHONE)?.to_owned();
            Vec::new()
        }
        "X_AVM-DE_GetPhonePort" => {
            let index: usize = number(given, "NewIndex")?;
            let phone = index.checked_sub(1).and_then(|i| PHONES.get(i)).ok_or(NO_INDEX)?;
            vec![(PHONE, (*phone).to_owned())]
        }
        "GetVoIPCommonAreaCode" => vec![("NewVoIPAreaCode", "030".into())],
        "X_AVM-DE_GetVoIPCommonAreaCode" => {
            vec![("NewX_AVM-DE_OKZ", "30".into()), ("NewX_AVM-DE_OKZPrefix", "0".into())]
        }
        "X_AVM-DE_GetVoIPCommonCountryCode" => {
            vec![("NewX_AVM-DE_LKZ", "49".into()), ("NewX_AVM-DE_LKZPrefix", "00".into())]
        }
        _ => vec![(
            "NewNumberList",
            "<List><Item><Number>23125001</Number><Type>eVoIP</Type><Index>0</Index><Name>Home</Name></Item>\
             <Item><Number>23125002</Number><Type>eVoIP</Type><Index>1</Index><Name></Name></Item></List>"
                .into(),
        )],
    })
}

fn tam(state: &mut State, question: &Question<'_>, given: &[(String, String)]) -> Outcome {
    if question.action == "GetList" {
        let list = format!(
            "<List><TAMRunning>1</TAMRunning><Stick>0</Stick><Status>1</Status><Capacity>20</Capacity><Item>\
             <Index>0</Index><Display>1</Display><Enable>{}</Enable><Name>Answering machine</Name></Item></List>",
            u8::from(state.machine_on)
        );
        return Ok(vec![("NewTAMList", list)]);
    }
    if number::<usize>(given, "NewIndex")? != 0 {
        return Err(NO_INDEX);
    }
    match question.action {
        "GetMessageList" => {
            let url = format!("http://{}/tamcalllist.lua?sid={}&tamindex=0", question.host, state.session());
            Ok(vec![("NewURL", url)])
        }
        "SetEnable" => {
            state.machine_on = of(given, "NewEnable")? == "1";
            Ok(Vec::new())
        }
        action => {
            let index: u32 = number(given, "NewMessageIndex")?;
            let at = state.messages.iter().position(|m| m.index == index).ok_or(NO_ENTRY)?;
            if action == "DeleteMessage" {
                state.messages.remove(at);
            } else if let Some(message) = state.messages.get_mut(at) {
                message.new = of(given, "NewMarkedAsRead")? != "1";
            }
            Ok(Vec::new())
        }
    }
}

fn auth(state: &mut State, action: &str, given: &[(String, String)]) -> Outcome {
    let word = |state: &State| match state.factor {
        Factor::Stopped => "stopped",
        Factor::Waiting(_) => "waitingforauth",
        Factor::Given(_) => "authenticated",
    };
    match action {
        "GetInfo" => Ok(vec![("NewEnabled", "1".into())]),
        "GetState" => Ok(vec![("NewState", word(state).into())]),
        _ => match of(given, "NewAction")? {
            "start" if matches!(state.factor, Factor::Waiting(_)) => Err(868),
            "start" => {
                let token = State::word();
                state.factor = Factor::Waiting(token.clone());
                Ok(vec![
                    ("NewToken", token),
                    ("NewState", word(state).into()),
                    ("NewMethods", "button,dtmf;*11234".into()),
                ])
            }
            "stop" => {
                state.factor = Factor::Stopped;
                Ok(vec![
                    ("NewToken", String::new()),
                    ("NewState", word(state).into()),
                    ("NewMethods", String::new()),
                ])
            }
            _ => Err(INVALID_ARGUMENTS),
        },
    }
}
