// Brings the regions of a page up to date as the server tells of them. Without this file the page stays as it was opened.

/** Puts a region's new content in place; what was unfolded stays so. Not under somebody's hands. */
function renew(region, markup) {
  if (region.contains(document.activeElement)) return false;
  const unfolded = [...region.querySelectorAll('details')].map(({ open }) => open);
  region.innerHTML = markup;
  region.querySelectorAll('details').forEach((details, at) => {
    details.open = unfolded[at] ?? false;
  });
  return true;
}

export function keepCurrent(place) {
  const regions = new Map(
    [...document.querySelectorAll('[data-wm-region]')].map((region) => [region.dataset.wmRegion, region]),
  );
  const seen = [...regions].map(([name, { dataset }]) => `${name}.${dataset.wmVersion}`).join(',');
  /** What waits until the reader's focus has left its region. */
  const waiting = new Map();
  let source = null;

  const said = document.createElement('span');
  said.className = 'wm-live__said';
  const toggle = document.createElement('button');
  toggle.type = 'button';
  toggle.className = 'wm-link-button';
  place.replaceChildren(said, ' ', toggle);
  place.hidden = false;

  const show = (words, action) => {
    said.textContent = words;
    toggle.textContent = action;
  };
  const putWaiting = () => {
    for (const [name, markup] of waiting) {
      const region = regions.get(name);
      if (!region || renew(region, markup)) waiting.delete(name);
    }
  };
  const stop = (words) => {
    source?.close();
    source = null;
    show(words, 'Start updating');
  };
  const start = () => {
    source = new EventSource(`${place.dataset.wmLive}?${new URLSearchParams({ seen })}`);
    show('This page updates itself.', 'Stop updating');
    source.addEventListener('regions', ({ data }) => {
      for (const [name, markup] of Object.entries(JSON.parse(data))) waiting.set(name, markup);
      putWaiting();
    });
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED)
        stop('This page no longer updates itself. Open it again to see what is new.');
    });
  };
  toggle.addEventListener('click', () => (source ? stop('This page stays as it is.') : start()));
  document.addEventListener('focusout', () => setTimeout(putWaiting));
  // A page that is put away keeps no connection.
  addEventListener('pagehide', () => source?.close());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && source) start();
  });
  start();
}
