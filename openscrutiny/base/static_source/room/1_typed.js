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
  new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: room.dataset.zone });
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
