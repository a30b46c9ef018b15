// The effect council by council, and what the councils come to together.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { points } from '../../../page/words.ts';
import { forest } from '../figures/forest.ts';
import { interval, sidesOf } from '../say.ts';
import type { ShownRecord } from '../shown.ts';
import { primaryOf } from '../summary.ts';
import { figure } from './figure.ts';

const scaled = (value: number | null) => (value === null ? null : 100 * value);

export function pooledSection(record: ShownRecord): Html | null {
  const pooled = primaryOf(record)?.pooled;
  if (!pooled) return null;
  const { councils, summary, prediction, i2 } = pooled;
  const rows = [
    ...councils.map(({ council, ...row }) => ({ label: council, row, summary: false })),
    { label: 'All councils', row: summary, summary: true },
  ].map(({ label, row, summary: isSummary }) => ({
    label,
    summary: isSummary,
    estimate: scaled(row.estimate),
    lower: scaled(row.lower),
    upper: scaled(row.upper),
    text: interval({ measure: 'risk-difference', ...row }),
  }));
  const title = 'Risk difference in each council';
  const { lower, upper } = prediction;
  return html`<section aria-labelledby="pooled">
<h2 class="govuk-heading-l" id="pooled">The effect from council to council</h2>
${figure({
  title,
  caption: 'Unadjusted. The diamond: all councils together, by random effects',
  drawing: forest({
    title,
    description: rows.map(({ label, text }) => `${label}: ${text}.`).join(' '),
    rows,
    none: 0,
    unit: 'Percentage points',
    ...sidesOf('risk-difference', record.study.arms.trial),
  }),
  note: `${lower !== null && upper !== null ? `In another council like these the effect would lie between ${points(lower)} and ${points(upper)} points (95% prediction interval). ` : ''}Of the spread between councils ${i2.toFixed(0)}% is more than chance (I²). Councils whose numbers are hidden are in the diamond and not drawn.`,
  data: table({
    caption: title,
    captionHidden: true,
    columns: [{ text: 'Council' }, { text: 'Difference in points, and interval', numeric: true }],
    groups: [{ rows: rows.map(({ label, text }): Cell[] => [{ content: label }, { content: text }]) }],
  }),
})}
</section>`;
}
