// Who took part: the flow of participants as a drawing, as text and as a table; and how alike the groups were at the start.
import { type Cell, details, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, months, percent } from '../../../page/words.ts';
import { flowDiagram } from '../figures/flow-diagram.ts';
import { type LoveRow, lovePlot } from '../figures/love.ts';
import { flowBoxes, flowText } from '../flow-boxes.ts';
import { covariateName, decimals, HIDDEN, levelName, note, number } from '../say.ts';
import type { ShownRecord } from '../shown.ts';
import type { ShownBalance, ShownBalanceArm } from '../shown-balance.ts';
import { figure } from './figure.ts';

function flowTable({ results, study }: ShownRecord): Html {
  const own = results.filter(({ outcome }) => outcome === study.primary.outcome);
  return table({
    caption: 'Children by group and time of follow-up, for the primary outcome',
    columns: [
      { text: 'Group' },
      ...['Enrolled', 'Could not have it', 'Not yet followed', 'Followed', 'Analysed'].map((text) => ({
        text,
        numeric: true,
      })),
    ],
    groups: own.map(({ horizon, sets }) => ({
      heading: months(horizon),
      rows: sets.map((set): Cell[] => [
        { content: study.arms[set.arm] },
        { content: count(set.enrolled) },
        { content: number(set.notAtRisk) },
        { content: number(set.pending) },
        { content: number(set.matured) },
        { content: number(set.analysed) },
      ]),
    })),
  });
}

export function whoSection(record: ShownRecord): Html {
  const boxes = flowBoxes(record);
  const text = flowText(boxes);
  return html`<section aria-labelledby="who">
<h2 class="govuk-heading-l" id="who">Who took part</h2>
<p class="govuk-body">Every child stands in exactly one box of each row. A child’s outcome counts only once the council’s records cover the whole time of follow-up; until then the child is “not yet followed”.</p>
${figure(
  {
    title: 'Flow of participants',
    drawing: flowDiagram(boxes, 'Flow of participants', text.replaceAll('\n', '; ')),
    note: `Drawn as CONSORT 2025 asks, with the items for routinely collected data and for clusters.${record.threshold > 1 ? ` Numbers from 1 to ${record.threshold - 1}, and others that would give them away, are hidden.` : ''}`,
    data: html`${flowTable(record)}${note('“Could not have it”: the outcome was impossible from the start.')}`,
  },
  true,
)}
${details('The flow as text', html`<pre class="wm-pre">${text}</pre>`)}
</section>`;
}

const label = ({ of, level }: ShownBalance): string =>
  level === null ? covariateName(of) : `${covariateName(of)}: ${levelName(of, level)}`;

const cell = (row: ShownBalance, arm: ShownBalanceArm): Cell => {
  if (arm.value === null) return { content: HIDDEN };
  if (row.level !== null) return { content: `${count(arm.count ?? 0)} (${percent(arm.value)})` };
  return { content: `${decimals(arm.value, 1)}${arm.sd === null ? '' : ` (${decimals(arm.sd, 1)})`}` };
};

const apart = (value: number | null): string => (value === null ? 'Hidden' : decimals(value, 2));

export function balanceTable(
  balance: readonly ShownBalance[],
  arms: { trial: string; comparison: string },
): Html {
  const names = [...new Set(balance.map(({ of }) => of))];
  return table({
    caption: 'Children at the start, by group',
    columns: [
      { text: 'Characteristic' },
      { text: arms.trial, numeric: true },
      { text: arms.comparison, numeric: true },
      { text: 'Standardised difference', numeric: true },
    ],
    groups: names.map((of) => {
      const own = balance.filter((row) => row.of === of);
      return {
        heading: covariateName(of),
        rows: own.flatMap((row): Cell[][] => [
          [
            { content: row.level === null ? 'Mean (standard deviation)' : levelName(of, row.level) },
            cell(row, row.trial),
            cell(row, row.comparison),
            { content: apart(row.standardisedDifference) },
          ],
          ...(row.level === null && (row.trial.missing !== 0 || row.comparison.missing !== 0)
            ? [
                [
                  { content: 'Not known' },
                  { content: number(row.trial.missing) },
                  { content: number(row.comparison.missing) },
                  { content: '' },
                ],
              ]
            : []),
        ]),
      };
    }),
  });
}

/** Categories under their covariate's name, a number in a line by itself. */
function loveRows(balance: readonly ShownBalance[]): LoveRow[] {
  return balance.flatMap((row, at): LoveRow[] => {
    const difference = row.standardisedDifference;
    if (row.level === null) return [{ label: covariateName(row.of), difference }];
    const first = balance[at - 1]?.of !== row.of;
    return [
      ...(first ? [{ label: covariateName(row.of), difference: null, heading: true }] : []),
      { label: levelName(row.of, row.level), difference },
    ];
  });
}

/** Stuart (2010): where regression adjustment stops being safe. */
const LIMIT = 0.25;

/** Standardised differences as a drawing, with the table of what is drawn. */
export function loveFigure(balance: readonly ShownBalance[]): Html {
  const rows = balance.map((row) => ({ label: label(row), difference: row.standardisedDifference }));
  const known = rows.filter(({ difference }) => difference !== null);
  const worst = known.reduce<(typeof known)[number] | null>(
    (most, row) => (most && Math.abs(most.difference ?? 0) >= Math.abs(row.difference ?? 0) ? most : row),
    null,
  );
  return figure({
    title: 'Standardised differences at the start',
    drawing: lovePlot({
      title: 'Standardised differences at the start',
      description: rows
        .map((row) => `${row.label}: ${row.difference === null ? 'hidden' : decimals(row.difference, 2)}.`)
        .join(' '),
      rows: loveRows(balance),
      limit: LIMIT,
    }),
    note: `${worst ? `The largest shown is ${decimals(worst.difference ?? 0, 2)} (${worst.label}). ` : ''}Dotted lines: 0.1, customarily no concern. Dashed lines: 0.25, beyond which adjustment is not safe.`,
    data: table({
      caption: 'Standardised differences',
      captionHidden: true,
      columns: [{ text: 'Characteristic' }, { text: 'Standardised difference', numeric: true }],
      groups: [
        { rows: rows.map((row): Cell[] => [{ content: row.label }, { content: apart(row.difference) }]) },
      ],
    }),
  });
}

export function baselineSection(record: ShownRecord): Html | null {
  const { balance, study } = record;
  if (balance.length === 0) return null;
  return html`<section aria-labelledby="baseline">
<h2 class="govuk-heading-l" id="baseline">How alike the groups were</h2>
<p class="govuk-body">What was known of the children on the day they came in, over everybody enrolled.</p>
${balanceTable(balance, study.arms)}
${note(`Numbers are children and their share of the group, unless told otherwise. The standardised difference is “${study.arms.trial}” less “${study.arms.comparison}”, in standard deviations.${study.plan.covariates.includes('council') ? ' Councils are left out: numbers enrolled beside numbers followed would tell of few children.' : ''}`)}
${loveFigure(balance)}
</section>`;
}
