// What two versions of a protocol differ in, in words, section by section.
import type { differences } from '../../../evaluations/protocol/words.ts';
import { type Html, html } from '../../../page/html.ts';

type Differences = ReturnType<typeof differences>;

const side = (lines: readonly string[], what: 'removed' | 'added'): Html | false =>
  lines.length > 0 &&
  html`<h4 class="govuk-heading-s">${what === 'removed' ? 'No longer said' : 'Newly said'}</h4>
<ul class="govuk-list wm-diff wm-diff--${what}">${lines.map((line) =>
    what === 'removed' ? html`<li><del>${line}</del></li>` : html`<li><ins>${line}</ins></li>`,
  )}</ul>`;

export function differenceList(changed: Differences): Html {
  if (changed.length === 0) return html`<p class="govuk-body">Both say the same.</p>`;
  return html`${changed.map(
    ({ section, removed, added }) =>
      html`<section class="wm-diff-section"><h3 class="govuk-heading-m">${section}</h3>${side(removed, 'removed')}${side(added, 'added')}</section>
`,
  )}`;
}
