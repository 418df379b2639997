// Tells somebody who votes from elsewhere that a vote was opened or closed since the page was loaded.
//
// It asks quietly and changes nothing under the reader's hands: they look again when they choose to.

const EVERY = 8000;
const news = document.querySelector("[data-news]");
const voting = document.querySelector("[data-voting]").dataset.voting;

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(EVERY) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-voting]")?.dataset.voting;
    if (now === undefined || now === voting) return;
    const words = now ? "A vote was opened. " : "The vote was closed. ";
    if (news.firstChild?.textContent === words) return;
    const link = document.createElement("a");
    link.className = "govuk-link";
    link.href = location.pathname;
    link.textContent = "Show it";
    news.replaceChildren(words, link);
  } catch {
    // The network is away; it is asked again.
  }
}

setInterval(look, EVERY);
