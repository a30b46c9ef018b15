// Something that is being made is asked after now and then, and shown once it is there; after a while the reader asks.
const EVERY_MS = 5_000;
const MOST = 60;
const selector = '[data-wm-made-soon]';

async function askAgain(left) {
  const waiting = document.querySelector(selector);
  if (!waiting || left === 0) return;
  const answer = await fetch(location.href, { credentials: 'same-origin' }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
  const news = page?.querySelector(selector);
  if (page && !news) return location.reload();
  for (const part of ['[role="status"]', 'progress']) {
    const [old, fresh] = [waiting.querySelector(part), news?.querySelector(part)];
    if (!old || !fresh || old.outerHTML === fresh.outerHTML) continue;
    old.textContent = fresh.textContent;
    if (old instanceof HTMLProgressElement) old.value = fresh.value;
  }
  setTimeout(askAgain, EVERY_MS, left - 1);
}
setTimeout(askAgain, EVERY_MS, MOST);
