// Recruitment and balance: who was screened and enrolled, by month and council, and how alike the arms were at the start.
// Nothing on it tells an outcome, so it is there while the evaluation is blinded.

import {
  type Fate,
  fates,
  type ShownPooled,
  type ShownRecruitment,
} from '../../analysis/recruitment/shown-recruitment.ts';
import {
  covariateName,
  decimals,
  HIDDEN,
  indexRecord,
  levelName,
  note,
  number,
  reasonName,
} from '../../analysis/report/say.ts';
import { balanceTable, loveFigure } from '../../analysis/report/sections/who.ts';
import { type Cell, details, summaryList, table } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, day, moment, month, percent } from '../../page/words.ts';
import { recruitmentChart } from '../recruitment-chart.ts';
import type { RecruitmentView } from '../recruitment-view.ts';
import { evaluationTop } from './evaluation-frame.ts';

const fateWords: Record<Fate, string> = {
  enrolled: 'Enrolled',
  waiting: 'Eligible, in no arm',
  notEligible: 'Not eligible',
  optedOut: 'Opted out',
};
const fateColumns = fates.map((fate) => ({ text: fateWords[fate], numeric: true }));

function standing({ record, shown }: RecruitmentView): Piece {
  const { enrolled } = shown.byFate;
  const { target } = record;
  if (target === null)
    return html`The plan names no number of children that the study is for. ${enrolled !== null && html`<strong>${count(enrolled)}</strong> are enrolled.`}`;
  if (enrolled === null) return html`The study is for ${count(target)} children.`;
  return html`<strong>${count(enrolled)}</strong> of the ${count(target)} children that the study is for are enrolled: ${percent(enrolled / target)}.`;
}

function flowSection(view: RecruitmentView): Html {
  const { record, shown } = view;
  const { index, from, to } = record.protocol.population;
  const kind = indexRecord[index.record] ?? 'record';
  return html`<section aria-labelledby="flow"><h2 class="govuk-heading-l" id="flow">Who came in</h2>
<p class="govuk-body">${standing(view)}</p>
<p class="govuk-body">Every child in the councils’ records is screened once. It comes in with its first ${kind} from ${day(from)} to ${day(to)} that fits the plan.</p>
${summaryList([
  { key: 'Screened', value: number(shown.screened) },
  { key: `With a ${kind} that fits`, value: number(shown.withIndex) },
  { key: 'Opted out', value: number(shown.byFate.optedOut) },
  { key: 'Not eligible', value: number(shown.byFate.notEligible) },
  { key: 'Eligible', value: number(shown.eligible) },
  { key: 'Of them, in no arm', value: number(shown.byFate.waiting) },
  { key: 'Of them, enrolled', value: html`<strong>${number(shown.byFate.enrolled)}</strong>` },
])}
${
  shown.excluded.length === 0
    ? html`<p class="govuk-body">Nobody was left out.</p>`
    : table({
        caption: 'Why children are not enrolled',
        columns: [{ text: 'Reason' }, { text: 'Children', numeric: true }],
        groups: [
          {
            rows: shown.excluded.map(({ reason, count: children }): Cell[] => [
              { content: reasonName(reason) },
              { content: number(children) },
            ]),
          },
        ],
      })
}
${note('A child has the first reason that holds, in the order of the table. One that opted out after it was enrolled is counted with those who opted out.')}</section>`;
}

const fateCells = (row: ShownRecruitment['months'][number] | ShownRecruitment['councils'][number]): Cell[] =>
  fates.map((fate) => ({ content: number(row[fate]) }));

function monthSection({ record, shown }: RecruitmentView): Html {
  const { target } = record;
  const open = shown.months.some(({ cumulative }) => cumulative === null);
  const title = 'Children enrolled by the end of each month';
  return html`<section aria-labelledby="months"><h2 class="govuk-heading-l" id="months">By month</h2>
<figure class="wm-chart wm-chart--groups"><figcaption><span class="wm-chart__title">${title}</span>
By the month of the index day.${target !== null && ' The dashed line is the number of children the study is for.'}</figcaption>
${recruitmentChart({
  title,
  description: shown.months
    .map((row) => `${month(row.month)}: ${row.cumulative === null ? 'hidden' : count(row.cumulative)}.`)
    .join(' '),
  rows: shown.months.map((row) => ({ month: row.month, cumulative: row.cumulative })),
  target,
})}</figure>
${open && html`<p class="govuk-body">The line has a gap where a number of few children is hidden.</p>`}
${details(
  'The numbers by month',
  table({
    caption: 'Children by month of the index day',
    captionHidden: true,
    columns: [{ text: 'Month' }, ...fateColumns, { text: 'Enrolled so far', numeric: true }],
    groups: [
      {
        rows: shown.months.map((row): Cell[] => [
          { content: html`<span class="wm-nowrap">${month(row.month)}</span>` },
          ...fateCells(row),
          { content: number(row.cumulative) },
        ]),
      },
    ],
  }),
)}</section>`;
}

function councilSection({ shown, nameOf }: RecruitmentView): Html | null {
  if (shown.councils.length < 2) return null;
  const rows = shown.councils
    .map((row) => ({ ...row, name: nameOf(row.council) }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const coarser = fates.filter((fate) => (shown.roundedTo[fate] ?? 0) > shown.threshold);
  return html`<section aria-labelledby="councils"><h2 class="govuk-heading-l" id="councils">By council</h2>
${table({
  caption: 'Children by council, about',
  captionHidden: true,
  columns: [{ text: 'Council' }, ...fateColumns.map((one) => ({ ...one, text: `${one.text}, about` }))],
  groups: [{ rows: rows.map((row): Cell[] => [{ content: row.name }, ...fateCells(row)]) }],
})}
${shown.threshold > 1 && note(`Rounded to the middle of steps of ${count(shown.threshold)}${coarser.length > 0 ? `; ${coarser.map((fate) => `“${fateWords[fate]}” of ${count(shown.roundedTo[fate] ?? 0)}`).join(', ')}` : ''}: beside a council’s outcomes, exact numbers would tell of the few children who were not followed. They need not add up. A column is hidden where the totals would give a council away all the same. 0 is nobody.`)}</section>`;
}

function pooledTable(rows: readonly ShownPooled[]): Html {
  const value = (row: ShownPooled): Piece => {
    if (row.value === null) return HIDDEN;
    if (row.level !== null) return html`${count(row.count ?? 0)} (${percent(row.value)})`;
    return `${decimals(row.value, 1)}${row.sd === null ? '' : ` (${decimals(row.sd, 1)})`}`;
  };
  return table({
    caption: 'Children at the start, both groups together',
    columns: [{ text: 'Characteristic' }, { text: 'All children', numeric: true }],
    groups: [...new Set(rows.map(({ of }) => of))].map((of) => ({
      heading: covariateName(of),
      rows: rows
        .filter((row) => row.of === of)
        .flatMap((row): Cell[][] => [
          [
            { content: row.level === null ? 'Mean (standard deviation)' : levelName(of, row.level) },
            { content: value(row) },
          ],
          ...(row.level === null && row.missing !== 0
            ? [[{ content: 'Not known' }, { content: number(row.missing) }]]
            : []),
        ]),
    })),
  });
}

const TOGETHER =
  'The groups are not told apart while children are still being given their groups one by one: whoever recruits could reckon from it which group comes next. They are once recruitment is over.';

function baselineSection({ summary, shown }: RecruitmentView): Html {
  const { baseline } = shown;
  const { armNames } = summary;
  const body = (): Html => {
    if (baseline.arms === 'together')
      return html`<div class="govuk-inset-text">${TOGETHER}</div>
${baseline.rows.length > 0 && pooledTable(baseline.rows)}`;
    const { trial, comparison } = baseline.participants;
    if (baseline.rows.length === 0)
      return html`<p class="govuk-body">${trial === null ? 'One of the groups has too few children for anything to be shown.' : 'Nothing is known of the children at their start yet.'}</p>`;
    return html`<p class="govuk-body">${number(trial)} children are in “${armNames.trial}”, ${number(comparison)} in “${armNames.comparison}”.</p>
${balanceTable(baseline.rows, armNames)}
${note(`Numbers are children and their share of the group, unless told otherwise. The standardised difference is “${armNames.trial}” less “${armNames.comparison}”, in standard deviations. A difference by chance is no fault of the allocation: the plan’s check of balance is made with the analysis.`)}
${loveFigure(baseline.rows)}`;
  };
  return html`<section aria-labelledby="baseline"><h2 class="govuk-heading-l" id="baseline">How alike the groups are at the start</h2>
<p class="govuk-body">What is known of the children enrolled on the day they came in, as the records stand now. Nothing here tells how they fared.</p>
${body()}</section>`;
}

export function recruitmentPage(view: RecruitmentView): Html {
  const { summary, record, shown } = view;
  return html`${evaluationTop(summary, 'recruitment')}
<p class="govuk-body">For those who work on the evaluation. No outcome is on this page${summary.blinded && ', so it can be read while the evaluation is blinded'}. Counted on ${moment(record.countedAt)}.${shown.threshold > 1 && ` Numbers from 1 to ${shown.threshold - 1}, and others that would give them away, are hidden.`}</p>
<div class="wm-report">${flowSection(view)}
${monthSection(view)}
${councilSection(view)}
${baselineSection(view)}</div>`;
}
