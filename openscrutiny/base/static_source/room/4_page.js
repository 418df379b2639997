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
