// Every outcome at every horizon: risks by group, the difference, and how it was estimated.
import { type Cell, details, table } from '../../../page/components.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import { list, months, sentence } from '../../../page/words.ts';
import { type ForestRow, forest } from '../figures/forest.ts';
import {
  inOneLine,
  interval,
  isRatio,
  measureName,
  methodName,
  note,
  number,
  pValue,
  share,
  sidesOf,
  unitOf,
} from '../say.ts';
import type { ShownEstimate, ShownOutcome, ShownRecord } from '../shown.ts';
import { planned } from '../summary.ts';
import { figure } from './figure.ts';

const why: Record<NonNullable<ShownOutcome['without']>, string> = {
  withheld: 'Withheld',
  hidden: 'Hidden',
  'nobody-followed': 'Not yet known',
};

const lacking = ({ without }: ShownOutcome): string => (without === null ? 'Not estimated' : why[without]);

function plannedCell(record: ShownRecord, result: ShownOutcome): Piece {
  const row = planned(record, result);
  if (!row) return lacking(result);
  return html`<strong>${measureName(row.measure)} ${interval(row)}</strong> ${unitOf(row.measure)}<br>p ${pValue(row.p)}${result.adjustedP !== null && `; adjusted for the number of tests ${pValue(result.adjustedP)}`}`;
}

function resultsTable(record: ShownRecord): Html {
  const { study, results } = record;
  return table({
    caption: 'Outcomes by group',
    columns: [
      { text: 'Group' },
      { text: 'Followed', numeric: true },
      { text: 'With this outcome', numeric: true },
      { text: 'Share', numeric: true },
    ],
    groups: results.map((result) => ({
      heading: `${result.title}, ${months(result.horizon)}${result.role === 'secondary' ? '' : ` (${result.role.replace('-', ' ')})`}`,
      rows: [
        ...result.sets.map((set): Cell[] => [
          { content: study.arms[set.arm] },
          { content: number(set.matured) },
          { content: result.without === null ? number(set.events) : why[result.without] },
          { content: result.without === null ? share(set.risk) : why[result.without] },
        ]),
        [{ content: 'Planned comparison' }, { content: plannedCell(record, result), span: 3 }],
      ],
    })),
  });
}

const estimateRow = (row: ShownEstimate): Cell[] => [
  { content: `${measureName(row.measure)}, ${row.adjusted ? 'adjusted' : 'unadjusted'}` },
  { content: html`<span class="wm-interval">${interval(row)}</span>` },
  { content: pValue(row.p) },
  { content: number(row.n) },
  { content: number(row.clusters) },
  { content: `${methodName(row.method)}; ${row.variance}` },
];

const everyEstimate = ({ results }: ShownRecord): Html =>
  table({
    caption: 'Every estimate, with its method',
    captionHidden: true,
    columns: [
      { text: 'Estimate' },
      { text: 'Value and interval', numeric: true },
      { text: 'p', numeric: true },
      { text: 'Children', numeric: true },
      { text: 'Clusters', numeric: true },
      { text: 'Method and standard error' },
    ],
    groups: results.flatMap((result) =>
      result.estimates.length === 0
        ? []
        : [
            {
              heading: `${result.title}, ${months(result.horizon)}`,
              rows: result.estimates.map(estimateRow),
            },
          ],
    ),
  });

/** Each outcome's rows under its name; the name alone where there is one time. */
function forestRows(results: readonly ShownOutcome[], row: (result: ShownOutcome) => ForestRow): ForestRow[] {
  const outcomes = [...new Set(results.map(({ outcome }) => outcome))];
  return outcomes.flatMap((id): ForestRow[] => {
    const own = results.filter(({ outcome }) => outcome === id);
    const title = own[0]?.title ?? id;
    return [
      { label: title, heading: true, estimate: null, lower: null, upper: null, text: '' },
      ...own.map(row),
    ];
  });
}

/** The planned estimates of one measure in one drawing, in percentage points where they are risks. */
function outcomeForest(record: ShownRecord): Html | null {
  const { results, study } = record;
  const first = results.map((result) => planned(record, result)).find((row) => row);
  if (!first) return null;
  const { measure } = first;
  const scale = measure === 'risk-difference' ? 100 : 1;
  const scaled = (value: number | null | undefined) => (value == null ? null : scale * value);
  const same = (result: ShownOutcome) => {
    const row = planned(record, result);
    return row?.measure === measure ? row : undefined;
  };
  const textOf = (result: ShownOutcome): string => {
    const row = same(result);
    return row ? interval(row) : lacking(result);
  };
  const title = `${measureName(measure)} of each outcome`;
  const ratio = isRatio(measure);
  return figure({
    title,
    caption: `“${study.arms.trial}” against “${study.arms.comparison}”, as planned, with ${Math.round(100 * (1 - study.plan.alpha))}% intervals`,
    drawing: forest({
      title,
      description: results
        .map((result) => `${result.title}, ${months(result.horizon)}: ${textOf(result)}.`)
        .join(' '),
      rows: forestRows(results, (result) => ({
        label: `${months(result.horizon)}${result.role === 'primary' ? ' (primary)' : ''}`,
        estimate: scaled(same(result)?.estimate),
        lower: scaled(same(result)?.lower),
        upper: scaled(same(result)?.upper),
        text: textOf(result),
      })),
      none: ratio ? 1 : 0,
      unit: ratio ? 'Ratio (log scale)' : sentence(unitOf(measure)),
      ...sidesOf(measure, study.arms.trial),
    }),
    note: 'An interval that crosses the line is compatible with no difference.',
    data: table({
      caption: title,
      captionHidden: true,
      columns: [{ text: 'Outcome' }, { text: 'Estimate and interval', numeric: true }],
      groups: [
        {
          rows: results.map((result): Cell[] => [
            { content: `${result.title}, ${months(result.horizon)}` },
            { content: textOf(result) },
          ]),
        },
      ],
    }),
  });
}

/** One line a warning, with the outcomes that have it; waves that are left out for one reason stand together. */
function warningLines(results: readonly ShownOutcome[]): string[] {
  const having = new Map<string, string[]>();
  for (const result of results) {
    const name = `${result.title}, ${months(result.horizon)}`;
    for (const text of inOneLine(result.warnings)) having.set(text, [...(having.get(text) ?? []), name]);
  }
  return [...having].map(
    ([text, names]) => `${names.length === results.length ? 'Every outcome' : list(names)}: ${text}`,
  );
}

export function resultsSection(record: ShownRecord): Html {
  const { results, withheld, study } = record;
  const warnings = warningLines(results);
  return html`<section aria-labelledby="results">
<h2 class="govuk-heading-l" id="results">Results</h2>
${withheld ? html`<p class="govuk-body">Effects, risks and numbers of outcomes are withheld: a check failed.</p>` : outcomeForest(record)}
${resultsTable(record)}
${note(html`Differences of risks are in percentage points, “${study.arms.trial}” less “${study.arms.comparison}”. The primary outcome is tested alone at ${study.plan.alpha}; other outcomes and times are one family.`)}
${warnings.length > 0 && html`<div class="govuk-inset-text"><p class="govuk-body">Take care with these numbers:</p><ul class="govuk-list govuk-list--bullet">${warnings.map((text) => html`<li>${text}</li>`)}</ul></div>`}
${results.some(({ estimates }) => estimates.length > 0) && details('Every estimate, with its method', everyEstimate(record))}
</section>`;
}
