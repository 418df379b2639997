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
  body.set("typed_by", find("[name=typed_by]")?.value ?? "");
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
