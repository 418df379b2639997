// Keeps what is typed into long forms on this device until it is sent, apart for each person.
//
// It looks after every form with a text area, wherever it stands. What was typed and not sent is put
// back when the form is opened again, with a sentence that says so, and is dropped when it was taken
// or thrown away. The room of a meeting keeps its own.

const main = document.querySelector("main[data-user]");
const before = `typed:${main.dataset.user}:`;
const SENT = `${before}sent`;
const FIELDS = "textarea:not([readonly]), select, input:not([type=hidden], [type=password], [type=file], [type=checkbox], [type=radio], [readonly])";

const read = (key, store = localStorage) => JSON.parse(store.getItem(key));
const forms = [...main.querySelectorAll("form[method=post]")].filter(
  (form) =>
    form.querySelector("textarea:not([readonly])") &&
    !form.closest("[data-room]") &&
    !form.querySelector("[type=password]"),
);
const fieldsOf = (form) => [...form.querySelectorAll(FIELDS)].filter((field) => field.name);
const firstOf = new Map(); // what each field held when the page came

function keyOf(field) {
  const to = new URL(field.form.getAttribute("action") || location.href, location.href);
  const step = field.form.querySelector("[name=event]")?.value ?? "";
  return `${before}${to.pathname}${to.search}|${step}|${field.name}`;
}

function keep(field) {
  const key = keyOf(field);
  if (field.value === firstOf.get(field)) return localStorage.removeItem(key);
  const kept = { typed: field.value, was: firstOf.get(field), at: Date.now() };
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // This device has no room: what is typed is where it always was, in the page.
  }
}

// What was sent from the page before this one was taken, unless this page refuses it.
function forgetWhatWasTaken() {
  const sent = read(SENT, sessionStorage);
  sessionStorage.removeItem(SENT);
  if (!sent || !isAnswer(sent.from)) return;
  for (const [key, typed] of sent.fields) {
    if (read(key)?.typed === typed) localStorage.removeItem(key);
  }
}

function isAnswer(from) {
  const [here] = performance.getEntriesByType("navigation");
  const refused = ".govuk-error-summary, .govuk-error-message, [data-refused]";
  return (
    here?.type === "navigate" &&
    document.referrer === from &&
    (here.responseStatus ?? 200) < 400 &&
    !main.querySelector(refused)
  );
}

const make = (tag, words, className = "") =>
  Object.assign(document.createElement(tag), { textContent: words, className });

function button(words, press) {
  const made = make("button", words, "govuk-button govuk-button--secondary");
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

const when = (at) =>
  new Date(at).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

function putBack(form) {
  const back = [];
  for (const field of fieldsOf(form)) {
    const kept = read(keyOf(field));
    if (!kept || kept.typed === field.value) continue;
    const choices = [...(field.options ?? [])].map((option) => option.value);
    if (choices.length && !choices.includes(kept.typed)) continue;
    if (kept.was !== field.value) {
      showBeside(field, kept);
      continue;
    }
    field.value = kept.typed;
    back.push([field, kept]);
  }
  if (!back.length) return;
  const last = Math.max(...back.map(([, kept]) => kept.at));
  const said = make("div", "", "govuk-inset-text");
  said.setAttribute("role", "status");
  const words = `What you typed here on ${when(last)} was not sent, and is put back.`;
  const away = () => {
    for (const [field] of back) {
      field.value = firstOf.get(field);
      localStorage.removeItem(keyOf(field));
    }
    thrownAway(said);
  };
  said.append(make("p", words, "govuk-body"), button("Throw it away", away));
  form.prepend(said);
  unfold(form);
}

// The text was changed since somebody typed in it: neither is put over the other.
function showBeside(field, kept) {
  const said = make("div", "", "govuk-inset-text");
  const text = make("textarea", kept.typed, "govuk-textarea");
  const label = make("label", `What you typed here on ${when(kept.at)} and did not send. The text was changed since.`, "govuk-label");
  text.id = `kept-${firstOf.size}-${field.name.replace(/\W/g, "")}`;
  text.readOnly = true;
  text.rows = 4;
  label.htmlFor = text.id;
  const take = () => {
    field.value = kept.typed;
    keep(field);
    said.remove();
    field.focus();
  };
  const away = () => {
    localStorage.removeItem(keyOf(field));
    thrownAway(said);
  };
  said.append(label, text, button("Put it in the place of this text", take), " ", button("Throw it away", away));
  field.after(said);
  unfold(field);
}

function thrownAway(said) {
  said.replaceChildren(make("p", "It is thrown away.", "govuk-body"));
  said.tabIndex = -1;
  said.focus();
}

function unfold(part) {
  const folded = part.closest("details");
  if (folded) folded.open = true;
}

forgetWhatWasTaken();
for (const form of forms) {
  for (const field of fieldsOf(form)) {
    // A refused form comes with what was typed: what it held before that is still the first.
    const kept = read(keyOf(field));
    firstOf.set(field, kept?.typed === field.value ? kept.was : field.value);
  }
}
forms.forEach(putBack);
for (const kind of ["input", "change"]) {
  main.addEventListener(kind, (event) => firstOf.has(event.target) && keep(event.target));
}
main.addEventListener("submit", (event) => {
  if (!forms.includes(event.target)) return;
  const fields = fieldsOf(event.target).map((field) => [keyOf(field), field.value]);
  const from = location.href.replace(location.hash, "");
  sessionStorage.setItem(SENT, JSON.stringify({ from, fields }));
});
// A page that comes back from the browser's own store is no answer to anything.
addEventListener("pageshow", (event) => event.persisted && sessionStorage.removeItem(SENT));
