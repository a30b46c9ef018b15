// The same question asked otherwise: the planned estimate under the other choices that the plan names.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { months } from '../../../page/words.ts';
import { interval, methodName, note, number, pValue } from '../say.ts';
import type { ShownEstimate, ShownRecord } from '../shown.ts';
import { planned, primaryOf } from '../summary.ts';

const rowOf = (name: string, row: ShownEstimate | null | undefined, without: string | null): Cell[] =>
  row
    ? [
        { content: name },
        { content: html`<span class="wm-interval">${interval(row)}</span>` },
        { content: pValue(row.p) },
        { content: number(row.n) },
        { content: `${methodName(row.method)}; ${row.variance}` },
      ]
    : [{ content: name }, { content: `Not carried out (${without ?? 'not estimated'})`, span: 4 }];

export function sensitivitySection(record: ShownRecord): Html | null {
  const primary = primaryOf(record);
  if (!primary || primary.sensitivity.length === 0) return null;
  return html`<section aria-labelledby="sensitivity">
<h2 class="govuk-heading-l" id="sensitivity">The same question asked otherwise</h2>
<p class="govuk-body">Named in the protocol before any result was seen. An answer that hangs on one choice is to be trusted less.</p>
${table({
  caption: `${primary.title} within ${months(primary.horizon)}: the planned estimate under other choices`,
  columns: [
    { text: 'Choice' },
    { text: 'Estimate and interval', numeric: true },
    { text: 'p', numeric: true },
    { text: 'Children', numeric: true },
    { text: 'Method and standard error' },
  ],
  groups: [
    {
      rows: [
        rowOf('As planned', planned(record, primary), null),
        ...primary.sensitivity.map(({ words, estimate, without }) => rowOf(words, estimate, without)),
      ],
    },
  ],
})}
${note('Differences of risks are in percentage points.')}
</section>`;
}
