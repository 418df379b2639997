// Keeps what is typed in the room of a meeting on this device until the server has it.
//
// Every field with data-keep is written to the browser's store at each keystroke, apart for each
// person and meeting. Notes and promises are put in an outbox with a key made here and sent in the
// background until the server says that it has them; it keeps one for each key, so sending one
// twice does no harm. Nothing is removed from the store before the server has it.

const room = document.querySelector("[data-room]");
const before = `room:${room.dataset.user}:${room.dataset.room}:`;
const status = room.querySelector("[data-kept]");
const waiting = room.querySelector("[data-waiting]");
const EVERY = 4000;
let sending = false;

const named = (prefix) =>
  Object.keys(localStorage).filter((key) => key.startsWith(before + prefix)).sort();
const read = (key, store = localStorage) => JSON.parse(store.getItem(key));
const write = (key, value) => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    say("This device has no room to keep what you type. Press the button of the form to save it.");
    return false;
  }
};
const say = (words) => {
  if (status.textContent !== words) status.textContent = words;
};

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// ---- what is typed -------------------------------------------------------------------------

// Fields of the same form are kept under its name and the item it is for.
const item = room.dataset.item ?? "";
for (const form of room.querySelectorAll("form[data-form]")) {
  for (const field of form.querySelectorAll("textarea, select, input:not([type=hidden])")) {
    if (field.readOnly || !field.name) continue;
    field.dataset.keep ??= `${form.dataset.form}-${item}-${field.name}`;
  }
}
const kept = [...room.querySelectorAll("[data-keep]")];
const keyOf = (field) => `${before}typed:${field.dataset.keep}`;
const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

function keep(field) {
  const key = keyOf(field);
  const typed = valueOf(field);
  if (typed === "" || typed === false) localStorage.removeItem(key);
  else write(key, { typed, seen: field.form.elements.seen?.value ?? "" });
  show();
}

function forget(form) {
  for (const field of form.querySelectorAll("[data-keep]")) {
    localStorage.removeItem(keyOf(field));
  }
}

function restore() {
  // What was typed into a form that was taken is with the server now, and nothing else is.
  const sent = read(`${before}sent`, sessionStorage) ?? [];
  sessionStorage.removeItem(`${before}sent`);
  if (new URLSearchParams(location.search).has("done")) {
    for (const key of sent) localStorage.removeItem(key);
    history.replaceState(null, "", location.pathname + location.hash);
  }
  for (const field of kept) {
    const found = read(keyOf(field));
    if (!found) continue;
    const choices = [...(field.options ?? [])].map((option) => option.value);
    if (choices.length && !choices.includes(found.typed)) continue;
    if (field.type === "checkbox") field.checked = found.typed;
    else field.value = found.typed;
    // What was typed into an older note is sent as a change of that older one, so that it is
    // refused, with both texts shown, where somebody else has changed it since.
    if (found.seen && field.form.elements.seen) field.form.elements.seen.value = found.seen;
    const folded = field.closest("details");
    if (folded && field.tagName !== "SELECT") folded.open = true;
  }
}

// ---- what is sent --------------------------------------------------------------------------

function putOut(form) {
  const fields = Object.fromEntries(new FormData(form));
  delete fields.csrfmiddlewaretoken;
  fields.key = newKey();
  const owner = form.elements.owner?.selectedOptions[0]?.textContent ?? "";
  if (form.dataset.background === "note") {
    fields.written_at = new Date().toISOString().replace("Z", "+0000");
  }
  const out = { url: form.getAttribute("action"), list: form.dataset.background, fields, owner };
  if (!write(`${before}out:${Date.now()}:${fields.key}`, out)) return false;
  forget(form);
  for (const field of form.querySelectorAll("textarea")) field.value = "";
  return true;
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (const key of named("out:")) {
      const out = read(key);
      if (!out || out.refused) continue;
      const token = room.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
      const body = new URLSearchParams({ ...out.fields, csrfmiddlewaretoken: token });
      const answer = await fetch(out.url, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (answer.ok && isJson) {
        shown(out);
        localStorage.removeItem(key);
      } else if (isJson) {
        write(key, { ...out, refused: (await answer.json()).reason });
      } else {
        say("Not sent: sign in again in another tab, then load this page again. Everything is kept.");
        return;
      }
    }
  } catch {
    // The network is away; what waits is sent when it is back.
  } finally {
    sending = false;
  }
  show();
}

function shown(out) {
  const list = room.querySelector(`[data-list="${out.list}"]`);
  const here = item;
  if (!list || (out.fields.item ?? "") !== here || inList(out.fields.key)) return;
  const entry = document.createElement("li");
  entry.className = "os-notes__note";
  entry.dataset.key = out.fields.key;
  const who = out.list === "action" ? ` (${out.owner}, until ${out.fields.due_on})` : "";
  entry.textContent = out.fields.text + who;
  list.append(entry);
}

const inList = (key) => room.querySelector(`[data-key="${CSS.escape(key)}"]`);

// ---- what is said --------------------------------------------------------------------------

function show() {
  const out = named("out:").map((key) => [key, read(key)]);
  const refused = out.filter(([, one]) => one.refused);
  const typed = named("typed:").length;
  waiting.replaceChildren(...out.map(([key, one]) => asWaiting(key, one)));
  waiting.hidden = out.length === 0;
  if (refused.length) say("Something was refused by the server. It is kept here, with the reason.");
  else if (out.length) {
    say(`${out.length} waiting to be sent${navigator.onLine ? "" : ": there is no network"}. Kept on this device.`);
  } else if (typed) say("What you are typing is kept on this device. It is not sent yet.");
  else say("Everything you wrote is saved.");
}

function asWaiting(key, one) {
  const entry = document.createElement("li");
  entry.textContent = one.refused ? `${one.fields.text} (refused: ${one.refused}) ` : one.fields.text;
  if (one.refused) {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "govuk-button govuk-button--secondary";
    again.textContent = "Send it again";
    again.addEventListener("click", () => {
      const { refused, ...rest } = one;
      write(key, rest);
      send();
    });
    entry.append(again);
  }
  return entry;
}

// ---- from here on --------------------------------------------------------------------------

// What the server has already, although its answer never came, waits no more.
for (const key of named("out:")) if (inList(read(key).fields.key)) localStorage.removeItem(key);
restore();
for (const field of kept) {
  field.addEventListener("input", () => keep(field));
  field.addEventListener("change", () => keep(field));
}
room.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.background) {
    event.preventDefault();
    if (putOut(form)) {
      show();
      send();
      form.querySelector("textarea").focus();
    }
  } else if (!navigator.onLine) {
    event.preventDefault();
    say("There is no network, so this was not done. What you typed is kept: press it again later.");
  } else {
    const keys = [...form.querySelectorAll("[data-keep]")].map(keyOf);
    sessionStorage.setItem(`${before}sent`, JSON.stringify(keys));
  }
});
// Signing out waits until everything is sent, once; whoever insists leaves it kept on this device.
const leaving = document.querySelector('form[action="/sign-out/"]');
leaving?.addEventListener("submit", async (event) => {
  if (leaving.dataset.warned || (!named("out:").length && !named("typed:").length)) return;
  event.preventDefault();
  leaving.dataset.warned = "yes";
  await send();
  if (!named("out:").length && !named("typed:").length) leaving.submit();
  else {
    say("Not everything is sent. Sign out again to leave it kept on this device for you alone.");
    status.scrollIntoView({ block: "center" });
  }
});
addEventListener("online", send);
addEventListener("offline", show);
setInterval(send, EVERY);
show();
send();
