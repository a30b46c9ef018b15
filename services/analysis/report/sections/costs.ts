// What the groups cost, by unit costs given as data, beside what they came to.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, months } from '../../../page/words.ts';
import { decimals, note } from '../say.ts';
import type { ShownRecord } from '../shown.ts';

type Costs = NonNullable<ShownRecord['costs']>;
type Compared = Costs['total'];

function money(value: number, currency: string): string {
  const sign = value < 0 && Math.round(value) !== 0 ? '−' : '';
  const amount = count(Math.abs(Math.round(value)));
  return currency === 'GBP' ? `${sign}£${amount}` : `${sign}${amount} ${currency}`;
}

const interval = ({ difference, lower, upper }: Compared, say: (value: number) => string): string =>
  lower === null || upper === null
    ? `${say(difference)} (no interval)`
    : `${say(difference)} (${say(lower)} to ${say(upper)})`;

const row = (name: string, one: Compared, say: (value: number) => string): Cell[] => [
  { content: name },
  { content: say(one.trial) },
  { content: say(one.comparison) },
  { content: interval(one, say) },
];

export function costsSection({ costs, study }: ShownRecord): Html | null {
  if (!costs) return null;
  const say = (value: number) => money(value, costs.currency);
  const places = (value: number) => decimals(value, 3);
  return html`<section aria-labelledby="costs">
<h2 class="govuk-heading-l" id="costs">What it cost</h2>
${table({
  caption: `Costs a child within ${months(costs.horizon)}`,
  columns: [
    { text: 'Item' },
    { text: study.arms.trial, numeric: true },
    { text: study.arms.comparison, numeric: true },
    { text: 'Difference and interval', numeric: true },
  ],
  groups: [
    ...costs.items.map((item) => ({
      heading: `${item.words}, ${say(item.unitCost)} ${item.per === 'day' ? 'a day' : 'each'}`,
      rows: [
        row(item.per === 'day' ? 'Days a child' : 'Events a child', item.quantity, places),
        row('Cost a child', item.cost, say),
      ],
    })),
    { heading: 'All that is counted', rows: [row('Cost a child', costs.total, say)] },
  ],
})}
${note(`Prices of ${costs.priceYear}; ${costs.source} ${count(costs.children.trial)} and ${count(costs.children.comparison)} children, of whom everything counted is known. Intervals: whole clusters drawn again ${count(costs.bootstrap.draws)} times within each group. What the offer itself costs is counted only where it is an item.`)}
</section>`;
}
