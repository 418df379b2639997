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
