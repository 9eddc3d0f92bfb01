/**
 * What a page does by itself where scripts run; it is whole without. It looks for news every half minute and puts them in place
 * (a page that reloaded itself would throw readers with screen readers back to its beginning), says a new state in a live region,
 * tells when what is shown has become old, and adds buttons that copy.
 *
 * It replaces nothing under somebody's cursor or selection unless there are real news (`data-news`), and then gives the focus back.
 */

const SCRIPT = `
(() => {
const EVERY = 30000, LATE = 300000;
const byId = (id) => document.getElementById(id);
const made = () => Date.parse(byId('made').querySelector('time').dateTime);
const tellAge = () => byId('stale').classList.toggle('shown', Date.now() - made() > LATE);
const addButtons = () => {
  if (!navigator.clipboard) return;
  for (const pre of document.querySelectorAll('main pre')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy the lines';
    button.addEventListener('click', () => navigator.clipboard.writeText(pre.textContent).then(() => {
      button.textContent = 'Copied';
      byId('news').textContent = 'Copied';
    }, () => {}));
    pre.after(button);
  }
};
const keyOf = (element) => element.tagName + (element.getAttribute('href') ?? element.getAttribute('aria-label') ?? element.textContent);
const put = (next) => {
  const main = document.querySelector('main'), news = next.querySelector('main');
  const selection = getSelection();
  const isBusy = (main.contains(document.activeElement) || !(selection === null || selection.isCollapsed));
  if (isBusy && main.dataset.news === news.dataset.news) {
    byId('made').replaceChildren(...next.getElementById('made').childNodes);
  } else {
    const focused = main.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
    for (const details of main.querySelectorAll('details[id][open]')) next.getElementById(details.id)?.setAttribute('open', '');
    main.dataset.news = news.dataset.news;
    main.replaceChildren(...news.childNodes);
    addButtons();
    if (focused !== undefined) {
      [...main.querySelectorAll('a,summary,button,[tabindex]')].find((element) => keyOf(element) === focused)?.focus({ preventScroll: true });
    }
  }
  if (document.title !== next.title) {
    document.title = next.title;
    byId('news').textContent = byId('now')?.textContent ?? next.title;
    byId('icon').href = next.getElementById('icon').href;
  }
  const stale = byId('stale');
  stale.replaceWith(stale.cloneNode(true));
};
const look = async () => {
  if (!document.hidden) {
    try {
      const response = await fetch(location.href, { cache: 'no-cache', signal: AbortSignal.timeout(15000) });
      const text = await response.text();
      const next = new DOMParser().parseFromString(text, 'text/html');
      if (response.ok && next.getElementById('made')) put(next);
    } catch {}
    tellAge();
  }
};
addButtons();
tellAge();
setInterval(look, EVERY);
document.addEventListener('visibilitychange', look);
})();
`;

export function pageScript(): string {
  return SCRIPT.replace(/\n\s*/g, '\n').trim();
}
