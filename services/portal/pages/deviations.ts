// What was changed after the protocol was locked stands beside every result, each change with its reason.
import type { Deviation } from '../../../schemas/lifecycle.ts';
import { type Html, html } from '../../page/html.ts';
import { moment } from '../../page/words.ts';

export function deviationList(deviations: readonly Deviation[]): Html {
  if (deviations.length === 0) return html`None: the evaluation is as it was locked.`;
  return html`<ul class="govuk-list govuk-list--bullet">${deviations.map(
    ({ at, label, reason, from, to }) =>
      html`<li><strong>${label}</strong> (${moment(at)}${from !== to && ', with another protocol'}): ${reason}</li>`,
  )}</ul>`;
}
