// In the place of what needs a protocol that is right: how many faults there are, and where they are listed.
import type { Checked } from '../../../evaluations/protocol/check.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted } from '../../../page/words.ts';
import type { Draft } from '../../planning/store.ts';

export const faultsFirst = ({ number }: Draft, { faults }: Checked, what: string): Html =>
  html`<div class="govuk-inset-text">The document has ${counted(faults.length, 'fault')}: once it has none it can be ${what}. <a class="govuk-link" href="/drafts/${number}/document?check=1">See what is wrong</a></div>`;
