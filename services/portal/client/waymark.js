// Turns on GOV.UK Frontend's enhancements. Every page works without this file.
import { initAll } from './govuk-frontend.min.js';

document.body.classList.add('js-enabled', 'govuk-frontend-supported');
initAll();

const newKey = document.querySelector('[data-wm-new-key]');
const signHere = document.querySelector('[data-wm-sign]');
if ((newKey || signHere) && globalThis.crypto?.subtle) {
  const { offerNewKey, offerSigning } = await import('./signing.js');
  if (newKey) offerNewKey(newKey);
  if (signHere) offerSigning(signHere);
}

if (document.querySelector('[data-wm-made-soon]')) await import('./waiting.js');

const live = document.querySelector('[data-wm-live]');
if (live && globalThis.EventSource) {
  const { keepCurrent } = await import('./live.js');
  keepCurrent(live);
}
