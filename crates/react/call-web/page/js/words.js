// Every word of the page, in English and German.

const words = {
  skip: ["Skip to content", "Zum Inhalt springen"],
  live: ["Live", "Jetzt"], calls: ["Calls", "Anrufe"], messages: ["Voice mail", "Sprachbox"], lists: ["Lists", "Listen"],
  rules: ["Rules", "Regeln"], statistics: ["Statistics", "Statistik"], lines: ["Lines", "Leitungen"],
  main: ["Main", "Hauptmenü"],
  theme: ["Light or dark", "Hell oder dunkel"], languageName: ["Deutsch", "English"],
  password: ["Password", "Passwort"], logIn: ["Log in", "Anmelden"], logOut: ["Log out", "Abmelden"],
  wrongPassword: ["That was not the password.", "Das war nicht das Passwort."],
  connected: ["Connected to the guard", "Mit dem Wächter verbunden"],
  disconnected: ["No connection to the guard; it is tried again", "Keine Verbindung zum Wächter; wird weiter versucht"],
  noGuard: ["No guard is running; this page shows the log only.", "Es läuft kein Wächter; diese Seite zeigt nur das Protokoll."],
  quiet: ["Nobody is calling.", "Niemand ruft an."], rings: ["It rings", "Es klingelt"], ringsTimes: ["rings", "mal geklingelt"],
  deciding: ["being decided", "wird entschieden"],
  ring: ["rings", "klingelt durch"], block: ["blocked", "abgewehrt"],
  letRing: ["Let it ring", "Klingeln lassen"], hangUp: ["Hang up", "Auflegen"], blockNumber: ["Block", "Sperren"], allowNumber: ["Allow", "Erlauben"],
  permitNext: ["Let the next caller through", "Nächsten Anrufer durchlassen"], permitted: ["The next caller is let through until", "Der nächste Anrufer wird durchgelassen bis"],
  news: ["What happens", "Was geschieht"], noNews: ["Nothing yet.", "Noch nichts."],
  search: ["Search", "Suche"], searchHint: ["Number, name, area or reason", "Nummer, Name, Ort oder Grund"],
  all: ["All", "Alle"], decision: ["Decision", "Entscheidung"], from: ["From", "Von"], until: ["Until", "Bis"], line: ["Line", "Leitung"], withRecording: ["With recording", "Mit Aufnahme"],
  time: ["Time", "Zeit"], callerHead: ["Caller", "Anrufer"], reason: ["Reason", "Grund"], what: ["What was done", "Was geschah"], more: ["More", "Mehr"], less: ["Less", "Weniger"],
  loadMore: ["Older calls", "Ältere Anrufe"], noCalls: ["No calls.", "Keine Anrufe."], lookedBack: ["Looked through back to", "Durchgesehen zurück bis"], end: ["That is the end of the log.", "Hier endet das Protokoll."],
  steps: ["Step by step", "Schritt für Schritt"], raw: ["Caller ID as it came", "Rufnummernanzeige im Wortlaut"], digits: ["Digits pressed", "Gedrückte Tasten"],
  answered: ["answered for", "Dauer"], rule: ["Rule", "Regel"], recording: ["Recording", "Aufnahme"], lookUp: ["Look up", "Nachschlagen"], noLookUp: ["Nobody knows anything of this number.", "Über diese Nummer ist nichts bekannt."],
  added: ["is on the list", "steht auf der Liste"], undo: ["Undo", "Rückgängig"], removed: ["was removed", "wurde entfernt"], 
  play: ["Play", "Abspielen"], pause: ["Pause", "Anhalten"], download: ["Download", "Herunterladen"], remove: ["Delete", "Löschen"], removeAsk: ["Delete this for good?", "Endgültig löschen?"], keep: ["Keep", "Behalten"],
  newMessage: ["new", "neu"], noMessages: ["No messages.", "Keine Nachrichten."], recordings: ["Recordings", "Aufnahmen"], wave: ["Sound; arrow keys move", "Ton; Pfeiltasten bewegen"],
  entries: ["entry|entries", "Eintrag|Einträge"], badLines: ["line that cannot be read|lines that cannot be read", "unlesbare Zeile|unlesbare Zeilen"], noLists: ["No lists.", "Keine Listen."], allow: ["allow", "erlauben"], deny: ["deny", "sperren"],
  numberHead: ["Number", "Nummer"], filters: ["Filter", "Filter"], lastCalls: ["Latest calls", "Letzte Anrufe"], allCalls: ["All calls", "Alle Anrufe"], comments: ["comment|comments", "Kommentar|Kommentare"],
  entry: ["Number, beginning (0900*) or pattern", "Nummer, Anfang (0900*) oder Muster"], name: ["Name", "Name"], add: ["Add", "Hinzufügen"], importList: ["Import", "Einlesen"], exportList: ["Export", "Ausgeben"],
  importHint: ["Paste a list or choose a file; you see what would be taken before anything is changed.", "Liste einfügen oder Datei wählen; vor jeder Änderung ist zu sehen, was übernommen würde."],
  preview: ["Preview", "Vorschau"], taken: ["entry would be taken|entries would be taken", "Eintrag würde übernommen|Einträge würden übernommen"], file: ["File", "Datei"], cancel: ["Cancel", "Abbrechen"], readOnlyList: ["This list is only read.", "Diese Liste wird nur gelesen."],
  mode: ["Mode", "Betriebsart"], order: ["Asked in this order; the first that says something decides.", "In dieser Reihenfolge gefragt; das Erste, das etwas sagt, entscheidet."],
  tryNumber: ["What would happen to this number?", "Was geschähe mit dieser Nummer?"], numberField: ["Number, or withheld", "Nummer oder „unterdrückt“"], at: ["At", "Zeitpunkt"], check: ["Check", "Prüfen"],
  replay: ["What would happen to the calls of the last month?", "Was geschähe mit den Anrufen des letzten Monats?"], replayRun: ["Run them through today's rules", "Mit den heutigen Regeln durchspielen"], sameAll: ["Nothing would change.", "Es würde sich nichts ändern."], looked: ["call looked at, different now:|calls looked at, different now:", "Anruf betrachtet, davon heute anders:|Anrufe betrachtet, davon heute anders:"], was: ["was", "war"], wouldBe: ["would be", "wäre"],
  total: ["Calls", "Anrufe"], showThese: ["Show", "Anzeigen"], blockedShare: ["Share blocked", "Anteil abgewehrt"], byDay: ["By day", "Nach Tagen"], byHour: ["By hour", "Nach Stunden"], byWeekday: ["By weekday", "Nach Wochentagen"], byArea: ["By area", "Nach Orten"], byReason: ["By reason", "Nach Gründen"], topCallers: ["Who calls most", "Wer am häufigsten anruft"], noArea: ["no area", "ohne Ort"], blockedWord: ["blocked", "abgewehrt"],
  health: ["Health", "Zustand"], device: ["Device", "Gerät"], up: ["guards", "wacht"], down: ["is gone", "ist weg"], starting: ["is starting", "startet"], losses: ["time lost|times lost", "mal verloren"], doctor: ["Ask the modem", "Modem befragen"], simulate: ["Simulate a call", "Anruf simulieren"], simulateHint: ["Only on a simulated line.", "Nur auf einer simulierten Leitung."], since: ["running since", "läuft seit"], version: ["version", "Version"], counted: ["call since the start|calls since the start", "Anruf seit dem Start|Anrufe seit dem Start"], trouble: ["Trouble", "Störung"],
  withheld: ["number withheld", "Nummer unterdrückt"], unavailable: ["number unavailable", "Nummer nicht verfügbar"], noCallerId: ["no caller ID", "keine Rufnummernanzeige"], suspect: ["not to be trusted:", "nicht vertrauenswürdig:"], waits: ["waits while another call is on", "wartet, während ein anderes Gespräch läuft"],
  reader: ["You can look, but not change anything.", "Ansehen ja, ändern nein."], failed: ["That did not work:", "Das ging nicht:"], loading: ["Loading …", "Lädt …"],
  weekdays: ["Mon,Tue,Wed,Thu,Fri,Sat,Sun", "Mo,Di,Mi,Do,Fr,Sa,So"],
};

const saved = () => { try { return localStorage.getItem("language"); } catch { return null; } };
let german = (saved() ?? navigator.language ?? "en").startsWith("de");

export const language = () => german ? "de" : "en-GB";
export const word = (name) => words[name]?.[german ? 1 : 0] ?? name;

// A count with its noun, for which some words have two forms.
export const plural = (n, name) => {
  const [one, many] = word(name).split("|");
  return `${new Intl.NumberFormat(language()).format(n)} ${n === 1 ? one : many ?? one}`;
};

export function otherLanguage() {
  german = !german;
  try { localStorage.setItem("language", german ? "de" : "en"); } catch { /* private window: for this visit only */ }
  document.documentElement.lang = german ? "de" : "en";
}

document.documentElement.lang = german ? "de" : "en";
