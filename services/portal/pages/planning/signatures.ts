// Who has signed the plan that holds now, and how many more are needed.
import { differentSigners, type Standing } from '../../../evaluations/lifecycle/standing.ts';
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { momentInTable } from '../../../page/words.ts';

export function signatureTable(standing: Standing): Html {
  const { signatures, stage } = standing;
  if (signatures.length === 0) return html`<p class="govuk-body">Nobody has signed this plan yet.</p>`;
  return html`${table({
    caption: 'Signatures of the plan as it is now',
    columns: [{ text: 'Signed by' }, { text: 'When' }, { text: 'Their public key' }],
    groups: [
      {
        rows: signatures.map(({ name, at, publicKey }): Cell[] => [
          { content: name },
          { content: momentInTable(at) },
          { content: html`<code class="wm-code">${publicKey}</code>` },
        ]),
      },
    ],
  })}
${
  (stage === 'draft' || stage === 'registered') &&
  html`<p class="govuk-body">Locking needs two different people with different keys. So far: ${differentSigners(signatures)}.</p>`
}`;
}
