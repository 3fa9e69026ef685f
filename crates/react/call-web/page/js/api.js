// The JSON interface, and nothing else, is how the page talks to the guard; openapi.json describes it.

export const session = { role: "none", csrf: "", needsPassword: false };

export class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

async function call(method, path, body, type) {
  const headers = {};
  if (method !== "GET") headers["X-Csrf-Token"] = session.csrf;
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  const sent = body === undefined || type ? body : JSON.stringify(body);
  const answer = await fetch("/api/" + path, { method, headers, body: sent, credentials: "same-origin" });
  const text = await answer.text();
  let read = text;
  if ((answer.headers.get("Content-Type") ?? "").includes("json") && text) read = JSON.parse(text);
  if (!answer.ok) throw new Refused(answer.status, read?.error ?? text ?? answer.statusText);
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
  const source = new EventSource("/api/events");
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  source.onmessage = (event) => onNews(JSON.parse(event.data));
  return () => source.close();
}
