// The JSON interface, and nothing else, is how the page talks to the guard; openapi.json describes it.

export const session = { role: "none", csrf: "", needsPassword: false };

export class Refused extends Error {
  constructor(status, text, code) { super(text); this.status = status; this.code = code; }
}

// A guard that was started anew knows nobody. Where no password is needed it lets one in again at once.
async function call(method, path, body, type) {
  try { return await once(method, path, body, type); }
  catch (error) {
    if (error.code !== "log-in") throw error;
    await api.open();
    if (session.role !== "none") return once(method, path, body, type);
    document.dispatchEvent(new CustomEvent("outside"));
    throw error;
  }
}

async function once(method, path, body, type) {
  const headers = {};
  if (method !== "GET") headers["X-Csrf-Token"] = session.csrf;
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  const sent = body === undefined || type ? body : JSON.stringify(body);
  const answer = await fetch("/api/" + path, { method, headers, body: sent, credentials: "same-origin" }).catch(() => { throw new Refused(0, "callblock does not answer; is it running?"); });
  const text = await answer.text();
  let read = text;
  if ((answer.headers.get("Content-Type") ?? "").includes("json") && text) read = JSON.parse(text);
  if (!answer.ok) throw new Refused(answer.status, read?.error ?? (text || answer.statusText), read?.code);
  return read;
}

const query = (given) => {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined && value !== "" && value !== null) parts.set(name, value);
  const text = parts.toString();
  return text ? "?" + text : "";
};

export const api = {
  get: (path, given = {}) => call("GET", path + query(given)),
  post: (path, body) => call("POST", path, body ?? {}),
  send: (path, text) => call("POST", path, text, "text/plain"),
  remove: (path, body) => call("DELETE", path, body),
  async open() {
    Object.assign(session, await call("GET", "session"));
    return session;
  },
  async logIn(password) {
    Object.assign(session, await call("POST", "login", { password }));
    return session;
  },
  async logOut() {
    await call("POST", "logout", {});
    session.role = "none";
  },
  command: (command) => call("POST", "command", command),
};

// News as they come; the browser reconnects by itself and names the last one it saw.
export function listen(onNews, onState) {
  let source;
  let later;
  const begin = () => {
    source = new EventSource("/api/events");
    source.onopen = () => onState(true);
    source.onerror = () => {
      onState(false);
      // Turned away, by a guard that was started anew: the browser gives up, this page does not.
      if (source.readyState === EventSource.CLOSED) later = setTimeout(() => api.open().then(() => session.role !== "none" ? begin() : document.dispatchEvent(new CustomEvent("outside")), begin), 3000);
    };
    source.onmessage = (event) => onNews(JSON.parse(event.data));
  };
  begin();
  return () => { clearTimeout(later); source.close(); };
}
