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
