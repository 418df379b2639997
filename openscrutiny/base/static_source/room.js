// Keeps what is typed and pressed in the room of a meeting until the server has it.
//
// Every field with data-keep is written to the browser's store at each keystroke, apart for each
// person and meeting. Notes, promises, arrivals and departures are put in an outbox with a key made
// here and sent in the background until the server says that it has them; it keeps one for each key,
// so sending one twice does no harm. Nothing is removed from the store before the server has it.
// Everything else is sent at once, and the page is replaced only when an answer came.

const main = document.querySelector("main");
let room = document.querySelector("[data-room]");
const before = `room:${room.dataset.user}:${room.dataset.room}:`;
const EVERY = 4000;
const LONGEST = 20000;
let busy = false; // one thing is sent at a time
let trouble = ""; // why nothing can be sent
let renewing = false; // the page does not know yet what was taken
let typedAt = 0;
const going = new Set(); // forms that are on their way

const find = (selector) => room.querySelector(selector);
const named = (prefix) =>
  Object.keys(localStorage).filter((key) => key.startsWith(before + prefix)).sort();
const read = (key, store = localStorage) => JSON.parse(store.getItem(key));
const write = (key, value, store = localStorage) => {
  try {
    store.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    say("This device has no room to keep what you type. Press the button of the form to save it.");
    return false;
  }
};
const say = (words, where = find("[data-kept]")) => {
  if (where.textContent !== words) where.textContent = words;
};
const item = () => room.dataset.item ?? "";
const clock = (moment) =>
  new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const make = (tag, words, className = "") =>
  Object.assign(document.createElement(tag), { textContent: words, className });
const button = (words, press) => {
  const made = make("button", words, "govuk-button govuk-button--secondary");
  made.type = "button";
  made.addEventListener("click", press);
  return made;
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

const keyOf = (field) => `${before}typed:${field.dataset.keep}`;
const isTyped = (field) => field.dataset.keep !== undefined;

function keep(field) {
  const key = keyOf(field);
  const typed = field.type === "checkbox" ? field.checked : field.value;
  typedAt = Date.now();
  if (typed === "" || typed === false) localStorage.removeItem(key);
  else {
    const seen = field.form.elements.seen?.value ?? "";
    const under = field.form.elements.item?.value ?? item();
    write(key, { typed, seen, item: under, at: typedAt, words: field.matches("textarea, [type=text], :not([type])") });
  }
  show();
}

function forget(form) {
  for (const field of form.querySelectorAll("[data-keep]")) localStorage.removeItem(keyOf(field));
}

function restore() {
  // Fields of the same form are kept under its name and the item it is for.
  for (const form of room.querySelectorAll("form[data-form]")) {
    for (const field of form.querySelectorAll("textarea, select, input:not([type=hidden])")) {
      if (field.readOnly || !field.name) continue;
      field.dataset.keep ??= `${form.dataset.form}-${item()}-${field.name}`;
    }
  }
  for (const field of room.querySelectorAll("[data-keep]")) {
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

// What was typed under an item that is not on the screen. Choices in lists are no words.
function elsewhere() {
  const here = new Set([...room.querySelectorAll("[data-keep]")].map(keyOf));
  return named("typed:").filter((key) => {
    const found = read(key);
    const words = found.words ?? /-(text|heading|motion|reason)$|^change-/.test(key);
    return !here.has(key) && words && typeof found.typed === "string" && found.typed.trim();
  });
}

// ---- what waits to be sent -----------------------------------------------------------------

function putOut(list, fields, more = {}) {
  const out = { url: `${room.dataset.href}${list}/`, list, fields, ...more };
  return write(`${before}out:${Date.now()}:${fields.key}`, out);
}

function putOutForm(form) {
  const fields = Object.fromEntries(new FormData(form));
  delete fields.csrfmiddlewaretoken;
  delete fields.typed_by;
  fields.key = newKey();
  const owner = form.elements.owner?.selectedOptions[0]?.textContent ?? "";
  if (form.dataset.background === "note") fields.written_at = written(Date.now());
  if (!putOut(form.dataset.background, fields, { owner })) return false;
  forget(form);
  for (const field of form.querySelectorAll("textarea")) field.value = "";
  return true;
}

const written = (moment) => new Date(moment).toISOString().replace("Z", "+0000");
const tokens = () => [...document.querySelectorAll("[name=csrfmiddlewaretoken]")];
const call = (url, options = {}) =>
  fetch(url, { signal: AbortSignal.timeout(LONGEST), ...options });
const isPage = (page) => page.querySelector("[data-room]")?.dataset.user === room.dataset.user;
const asPage = async (answer) =>
  new DOMParser().parseFromString(await answer.text(), "text/html");

// After signing in again the forms that stand here are taken once they carry the new token.
async function newToken() {
  const page = await asPage(await call(room.dataset.href));
  if (!isPage(page)) return false;
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const field of tokens()) field.value = token;
  return true;
}

async function sendOne(key) {
  const out = read(key);
  if (!out || out.refused) return;
  const body = new URLSearchParams({ ...out.fields, csrfmiddlewaretoken: tokens()[0]?.value ?? "" });
  if (out.pressed) body.set("waited", Math.max(0, Date.now() - out.pressed));
  const headers = { Accept: "application/json" };
  const answer = await call(out.url, { method: "POST", body, headers, redirect: "manual" });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.ok && isJson) {
    shown(out);
    localStorage.removeItem(key);
    if (out.pressed) renewing = true;
  } else if (isJson) {
    write(key, { ...out, refused: (await answer.json()).reason });
  } else if (answer.status >= 500) {
    throw new Error("The server cannot take it now. It is sent again by itself.");
  } else if (!(await newToken())) {
    throw new Error("Not sent: sign in again in another tab. Everything is kept.");
  }
}

async function send() {
  if (busy) return;
  busy = true;
  try {
    trouble = "";
    for (const key of named("out:")) await sendOne(key);
    if (renewing && Date.now() - typedAt > 1500) await renew();
  } catch (error) {
    // The network is away, or nobody is signed in; what waits is sent when that is over.
    trouble = error.constructor === Error ? error.message : "";
  } finally {
    busy = false;
  }
  show();
}

function shown(out) {
  const list = find(`[data-list="${out.list}"]`);
  if (!list || (out.fields.item ?? "") !== item() || inList(out.fields.key)) return;
  const entry = make("li", "", "os-notes__note");
  entry.dataset.key = out.fields.key;
  const who = out.list === "action" ? ` (${out.owner}, until ${out.fields.due_on})` : "";
  entry.textContent = out.fields.text + who;
  list.append(entry);
}

const inList = (key) => find(`[data-key="${CSS.escape(key)}"]`);

// ---- what is sent at once ------------------------------------------------------------------

// A button is known again on the next page by its words and by what it would send.
function nameOf(form, pressed) {
  const sent = [...form.querySelectorAll("input[type=hidden]")]
    .filter((field) => !["csrfmiddlewaretoken", "typed_by", "seen", "key"].includes(field.name))
    .map((field) => `${field.name}=${field.value}`);
  return [form.getAttribute("action"), ...sent, pressed?.textContent.trim()].join("|");
}
const REFUSED = `${before}refused`;
const refusals = () => read(REFUSED, sessionStorage) ?? {};

function refuse(name, words) {
  const all = refusals();
  delete all[name];
  if (words) all[name] = words;
  write(REFUSED, all, sessionStorage);
  showRefusals();
  show();
}

// Beside the button that was pressed; at the top where that button is gone.
function showRefusals() {
  const buttons = [...room.querySelectorAll("form [type=submit]")];
  const there = new Set();
  for (const old of room.querySelectorAll("[data-refusal]")) {
    if (refusals()[old.dataset.refusal] === old.firstChild.textContent) there.add(old.dataset.refusal);
    else old.remove();
  }
  for (const [name, words] of Object.entries(refusals())) {
    if (there.has(name)) continue;
    const note = make("div", "", "os-refusal");
    note.dataset.refusal = name;
    note.setAttribute("role", "alert");
    note.append(make("p", words), button("Close", () => refuse(name, "")));
    const pressed = buttons.find((one) => nameOf(one.form, one) === name);
    if (pressed) pressed.after(note);
    else find("[data-kept]").before(note);
  }
}

const idle = async () => {
  while (busy) await new Promise((done) => setTimeout(done, 50));
};

async function submit(form, pressed) {
  const name = nameOf(form, pressed);
  refuse(name, "");
  if (!navigator.onLine) {
    return refuse(name, "There is no network, so this was not done: it needs to be known who is here. What you typed is kept. Press again when the network is back.");
  }
  // A note that is being written is kept before the item it belongs to may be gone.
  const note = find("form[data-form=note]");
  if (note && note !== form && note.elements.text.value.trim()) putOutForm(note);
  await idle();
  await send();
  await idle();
  busy = true;
  try {
    if (!(await post(form, pressed))) refuse(name, "You are not signed in here any more, so this was not done. Sign in in another tab, then press again. What you typed is kept.");
  } catch {
    refuse(name, "No answer came, so it is not known whether this was done. Look when the network is back, then press again if it was not. What you typed is kept.");
  } finally {
    busy = false;
  }
  show();
}

async function post(form, pressed, more = {}, again = true) {
  const body = new URLSearchParams(new FormData(form));
  if (pressed?.name) body.set(pressed.name, pressed.value);
  for (const [field, value] of Object.entries(more)) body.set(field, value);
  const answer = await call(form.action, { method: "POST", body });
  const page = await asPage(answer);
  if (isPage(page)) {
    if (answer.ok) forget(form);
    replace(page, answer.status);
    return true;
  }
  if (answer.status >= 500) throw new Error("The server could not do it.");
  return again && (await newToken()) ? post(form, pressed, more, false) : false;
}

// ---- who came and who left -----------------------------------------------------------------

const presses = () => named("out:").map((key) => [key, read(key)]).filter(([, one]) => one.pressed);

async function press(form, pressed) {
  const fields = Object.fromEntries(new FormData(form));
  if (pressed?.name) fields[pressed.name] = pressed.value;
  delete fields.csrfmiddlewaretoken;
  delete fields.typed_by;
  fields.key = newKey();
  const left = form.dataset.press === "left";
  const chosen = form.querySelector("select")?.selectedOptions[0];
  const who = form.dataset.who ?? fields.who ?? "";
  const name = form.dataset.name ?? chosen?.textContent ?? "";
  const at = fields.at || clock(Date.now());
  const words = `${left ? "Left" : "Came"} at ${at}: ${name}`;
  const others = presses().length;
  if (!putOut(left ? "leave" : "arrive", fields, { pressed: Date.now(), who, words, left })) return;
  const [key] = presses().find(([, one]) => one.fields.key === fields.key);
  if (others || busy || !navigator.onLine) {
    show();
    return send();
  }
  busy = true;
  try {
    if (await post(form, pressed, { key: fields.key, waited: 0 })) localStorage.removeItem(key);
  } catch {
    // No answer came: it waits, and is taken once.
  } finally {
    busy = false;
  }
  show();
}

// The buttons are those that go with what was pressed, though the server does not know it yet.
function showPresses() {
  const last = {};
  const focus = document.activeElement?.closest("form[data-who]");
  for (const [, one] of presses()) if (!one.refused) last[one.who] = one;
  for (const form of room.querySelectorAll("form[data-who]")) {
    form.dataset.first ??= form.hidden ? "no" : "yes";
    const one = last[form.dataset.who];
    form.hidden = one ? (form.dataset.press === "left") === one.left : form.dataset.first === "no";
    const line = form.closest("li");
    let note = line.querySelector("[data-pressed]");
    if (!one || form.dataset.first === "no") {
      if (!one) note?.remove();
      continue;
    }
    if (!note) {
      note = make("p", "", "os-note os-people__pressed");
      note.dataset.pressed = "";
      note.setAttribute("role", "status");
      line.append(note);
    }
    say(`${one.words}. It waits to be sent.`, note);
  }
  if (focus?.hidden) focus.closest("li").querySelector("form[data-who]:not([hidden]) button").focus();
}

// ---- another page in place of this one -----------------------------------------------------

async function renew() {
  const page = await asPage(await call(room.dataset.href));
  if (!isPage(page)) return;
  renewing = false;
  const focus = document.activeElement;
  const at = focus?.form && focus.type === "submit" ? nameOf(focus.form, focus) : "";
  const caret = [focus?.selectionStart, focus?.selectionEnd];
  const open = new Set([...room.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  const changed = [...room.querySelectorAll("input[id], select[id], textarea[id]")].map((f) => [f.id, f.value]);
  const said = find(".govuk-error-summary");
  const down = scrollY;
  put(page);
  if (said && !find(".govuk-error-summary")) room.prepend(said);
  for (const summary of room.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  for (const [id, value] of changed) {
    const field = document.getElementById(id);
    if (field && !field.readOnly && !isTyped(field) && field.type !== "checkbox" && field.type !== "radio") field.value = value;
  }
  const buttons = [...room.querySelectorAll("form [type=submit]")];
  const back = (focus?.id && document.getElementById(focus.id)) || buttons.find((one) => at && nameOf(one.form, one) === at);
  back?.focus({ preventScroll: true });
  if (back?.matches("textarea") && caret[0] !== undefined) back.setSelectionRange(...caret);
  scrollTo(0, down);
}

// What was pressed is answered by a page: it stands where the one before it stood.
function replace(page, status) {
  put(page);
  document.documentElement.dataset.answer = status;
  document.documentElement.dataset.answers = Number(document.documentElement.dataset.answers ?? 0) + 1;
  const back = room.dataset.back;
  history.replaceState(null, "", room.dataset.href + (back ? `#${back}` : ""));
  const part = find(".govuk-error-summary") ?? (back && document.getElementById(`${back}-heading`));
  if (!part) return;
  part.tabIndex = -1;
  part.focus();
  (part.closest("section") ?? part).scrollIntoView();
}

function put(page) {
  document.title = page.title;
  const said = [...page.querySelectorAll("main > .govuk-notification-banner .govuk-body")];
  main.replaceChildren(live, ...page.querySelector("main").childNodes);
  room = document.querySelector("[data-room]");
  live.textContent = said.map((one) => one.textContent).join(" ");
  begin();
}
const live = make("p", "", "govuk-visually-hidden");
live.setAttribute("role", "status");
main.prepend(live);

// ---- what is said --------------------------------------------------------------------------

function show() {
  const out = named("out:").map((key) => [key, read(key)]);
  const away = elsewhere();
  const waiting = find("[data-waiting]");
  const list = [...out.map(([key, one]) => asWaiting(key, one)), ...away.map(asTyped)];
  // Only what changed is put anew: a button that has the focus keeps it.
  const now = JSON.stringify([out, away.map((key) => read(key))]);
  if (waiting.dataset.now !== now) waiting.replaceChildren(...list);
  waiting.dataset.now = now;
  waiting.hidden = list.length === 0;
  showPresses();
  const unknown = out.filter(([, one]) => one.pressed).length;
  const behind = find("[data-behind]");
  behind.hidden = unknown === 0 && !renewing;
  const which = unknown === 1 ? "1 arrival or departure that waits" : `${unknown} arrivals and departures that wait`;
  say(`The quorum shown is that of ${room.dataset.shown}. It does not know of ${unknown ? which : "what was sent since"}.`, behind);
  const words = [];
  if (out.some(([, one]) => one.refused)) words.push("Something was refused by the server. It is kept here, with the reason.");
  if (Object.keys(refusals()).length) words.push("Something was not done: the reason stands beside its button.");
  if (trouble) words.push(trouble);
  if (out.length) words.push(`${out.length} waiting to be sent${navigator.onLine ? "" : ": there is no network"}. Kept on this device.`);
  if (away.length) words.push("What you typed under another item is kept on this device. It is not sent yet.");
  if (isTyping()) words.push("What you are typing is kept on this device. It is not sent yet.");
  say(words.join(" ") || "Everything you wrote is saved.");
}

function asWaiting(key, one) {
  const entry = make("li", one.words ?? one.fields.text);
  if (!one.refused) return entry;
  entry.append(` (refused: ${one.refused}) `, button("Send it again", () => {
    const { refused, ...rest } = one;
    write(key, rest);
    send();
  }), " ", button("Throw it away", () => drop([key])));
  return entry;
}

const isTyping = () =>
  [...room.querySelectorAll("[data-keep]")].some((field) => localStorage.getItem(keyOf(field)));
const unsent = () => named("out:").length > 0 || elsewhere().length > 0 || isTyping();

function drop(keys) {
  for (const key of keys) localStorage.removeItem(key);
  show();
  find("[data-kept]").tabIndex = -1;
  find("[data-kept]").focus();
}

// What was typed and never kept, under an item that is not on the screen.
function asTyped(key) {
  const { typed, item: of, at } = read(key);
  const under = of ?? key.slice(before.length).match(/^typed:[a-z]+-(\d+)-/)?.[1] ?? "";
  const line = room.querySelector(`[data-of="${CSS.escape(under)}"]`);
  const name = line ? `item ${line.dataset.called}` : "the meeting";
  const entry = make("li", `Typed and not kept: ${typed} `);
  const asNote = () => {
    const fields = { key: newKey(), item: line ? under : "", text: typed, written_at: written(at ?? Date.now()) };
    if (!putOut("note", fields)) return;
    drop([key]);
    send();
  };
  entry.append(button(`Keep it as a note of ${name}`, asNote), " ", button("Throw it away", () => drop([key])));
  return entry;
}

// ---- from here on --------------------------------------------------------------------------

function begin() {
  // What the server has already, although its answer never came, waits no more.
  for (const key of named("out:")) if (inList(read(key).fields.key)) localStorage.removeItem(key);
  restore();
  showRefusals();
  show();
}
for (const kind of ["input", "change"]) {
  main.addEventListener(kind, (event) => isTyped(event.target) && keep(event.target));
}
main.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.background !== undefined) return putOutAndSend(form);
  if (going.has(form)) return;
  going.add(form);
  (form.dataset.press ? press : submit)(form, event.submitter).finally(() => going.delete(form));
});
function putOutAndSend(form) {
  if (putOutForm(form)) {
    show();
    send();
    form.querySelector("textarea").focus();
  }
}
// A link leads away only where something answers: the room is still here otherwise.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const inside = !link || link.getAttribute("href").startsWith("#") || link.target;
  if (inside || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  try {
    await call(import.meta.url, { method: "HEAD", cache: "no-store" });
    location.assign(link.href);
  } catch {
    live.textContent = "";
    live.textContent = "There is no network, so this link leads nowhere now. The room is still here.";
    say(live.textContent);
  }
});
// A reload while the network is away would leave no page to write in.
addEventListener("beforeunload", (event) => navigator.onLine || event.preventDefault());
// Signing out waits until everything is sent, once; whoever insists leaves it kept on this device.
const leaving = document.querySelector('form[action="/sign-out/"]');
leaving?.addEventListener("submit", async (event) => {
  if (leaving.dataset.warned || !unsent()) return;
  event.preventDefault();
  leaving.dataset.warned = "yes";
  await send();
  if (!unsent()) leaving.submit();
  else {
    say("Not everything is sent. Sign out again to leave it kept on this device for you alone.");
    find("[data-kept]").scrollIntoView({ block: "center" });
  }
});
addEventListener("online", send);
addEventListener("offline", show);
setInterval(send, EVERY);
if (new URLSearchParams(location.search).has("done")) history.replaceState(null, "", location.pathname + location.hash);
begin();
send();
