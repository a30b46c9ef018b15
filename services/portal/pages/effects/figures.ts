// The parts of released effects: each figure with its table behind it, and the way to what the figure stands on.

import { DAYS_A_MONTH } from '../../../analysis/report/curve-at.ts';
import { incidenceChart } from '../../../analysis/report/figures/incidence.ts';
import { gateName, interval, measureName, pValue, unitOf } from '../../../analysis/report/say.ts';
import { armKey, figure } from '../../../analysis/report/sections/figure.ts';
import type { ShownEstimate, ShownOutcome, ShownRecord } from '../../../analysis/report/shown.ts';
import { planned } from '../../../analysis/report/summary.ts';
import { type Cell, fingerprint, summaryList, table, tag } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, months, percent } from '../../../page/words.ts';

/** Where the parts of a page of effects are found. */
export interface Place {
  /** The page of the release, which stays. */
  permalink: string;
  /** The address that the numbers are cited by, on this page. */
  citation: string;
}

/** From a figure to its definitions, release, citation and an address that stays. */
export const ways = ({ permalink, citation }: Place, id: string, of: string): Html => {
  const hidden = html`<span class="govuk-visually-hidden">: ${of}</span>`;
  return html`<ul class="wm-ways">
<li><a class="govuk-link" href="#definitions">Definitions${hidden}</a></li>
<li><a class="govuk-link" href="/releases/${permalink}">Release${hidden}</a></li>
<li><a class="govuk-link" href="#${citation}">How to cite${hidden}</a></li>
<li><a class="govuk-link" href="/releases/${permalink}#${id}">Permanent link${hidden}</a></li>
</ul>`;
};

const without: Record<NonNullable<ShownOutcome['without']>, string> = {
  withheld: 'Withheld',
  hidden: 'Hidden',
  'nobody-followed': 'Not yet known',
};

function estimateCell(result: ShownOutcome, row: ShownEstimate | undefined): Cell {
  if (result.without !== null) return { content: without[result.without] };
  if (!row) return { content: 'Not estimated' };
  return { content: html`<span class="wm-interval">${interval(row)}</span>` };
}

const ofTests = ({ without: why }: ShownOutcome, text: string): string =>
  why === null ? text : without[why];

/** The planned measure of each outcome and time, without and with what the plan adjusts for. */
export function effectTable(record: ShownRecord): Html {
  const { results, study } = record;
  const level = Math.round(100 * (1 - study.plan.alpha));
  const measure = results.map((result) => planned(record, result)?.measure).find((one) => one) ?? null;
  const of = (result: ShownOutcome, adjusted: boolean) =>
    result.estimates.find((row) => row.measure === measure && row.adjusted === adjusted);
  const what = measure === null ? 'Effect' : measureName(measure);
  const unit = measure === null ? '' : unitOf(measure);
  return table({
    caption: `${what}${unit && `, in ${unit}`}, with ${level}% intervals`,
    columns: [
      { text: 'Time since referral' },
      { text: 'Unadjusted', numeric: true },
      { text: 'Adjusted', numeric: true },
      { text: 'p', numeric: true },
      { text: 'p, adjusted for the number of tests', numeric: true },
    ],
    groups: [...new Set(results.map(({ outcome }) => outcome))].map((id) => {
      const own = results.filter(({ outcome }) => outcome === id);
      return {
        heading: own[0]?.title ?? id,
        rows: own.map((result): Cell[] => [
          { content: `${months(result.horizon)}${result.role === 'primary' ? ' (main question)' : ''}` },
          estimateCell(result, of(result, false)),
          estimateCell(result, of(result, true)),
          { content: ofTests(result, pValue(planned(record, result)?.p ?? null)) },
          {
            content: ofTests(result, result.role === 'primary' ? 'Tested alone' : pValue(result.adjustedP)),
          },
        ]),
      };
    }),
  });
}

const monthOf = (day: number): number => Math.round(day / DAYS_A_MONTH);

/** The points of a curve and the children still at risk, as they were released. */
export function curvesOf({ study, threshold }: ShownRecord, { title: outcome, curves }: ShownOutcome): Html {
  const title = `${outcome}: share of children over time`;
  const known = [...new Set(curves.flatMap(({ steps }) => steps.map(({ day }) => day)))].sort(
    (a, b) => a - b,
  );
  const at = (curve: ShownOutcome['curves'][number], day: number) =>
    curve.steps.find((one) => one.day === day);
  const words = curves
    .map(
      (curve) =>
        `${study.arms[curve.arm]}: ${curve.steps.map(({ day, incidence }) => `${percent(incidence)} by ${months(monthOf(day))}`).join(', ')}.`,
    )
    .join(' ');
  return figure({
    title,
    caption: armKey(study.arms),
    drawing: incidenceChart({
      ...{ title, description: words, curves, armNames: study.arms, horizons: study.horizons },
      points: true,
    }),
    note: `Cumulative incidence of everybody at risk, to each council’s last complete day. ${threshold > 1 ? `Counts were rounded to the middle of runs of ${threshold} before the curve was worked out, and only the points are known.` : 'Only the points are known.'}`,
    data: table({
      caption: title,
      captionHidden: true,
      columns: [
        { text: 'Months' },
        ...curves.flatMap(({ arm }) => [
          { text: study.arms[arm], numeric: true },
          { text: 'At risk', numeric: true },
        ]),
      ],
      groups: [
        {
          rows: known.map((day): Cell[] => [
            { content: String(monthOf(day)) },
            ...curves.flatMap((curve): Cell[] => {
              const point = at(curve, day);
              return [
                { content: point ? percent(point.incidence) : 'Not shown' },
                { content: point ? count(point.atRisk) : 'Not shown' },
              ];
            }),
          ]),
        },
      ],
    }),
  });
}

const gateStates = {
  passed: tag('Passed', 'green'),
  failed: tag('Failed', 'red'),
  accepted: tag('Failed, and accepted', 'orange'),
  'not-applicable': tag('Not asked here', 'grey'),
} as const;

/** What was checked before anybody looked, without the numbers of it. */
export const gatesTable = ({ gates }: ShownRecord): Html =>
  table({
    caption: 'Checks that were made before effects were looked at',
    captionHidden: true,
    columns: [{ text: 'Check' }, { text: 'Result' }],
    groups: [
      {
        rows: gates.map(({ id, state, accepted }): Cell[] => [
          { content: gateName(id) },
          {
            content: html`${gateStates[state]}${accepted && html`<br>${accepted.by}: ${accepted.reason}`}`,
          },
        ]),
      },
    ],
  });

export const definitionList = ({ definitions }: ShownRecord): Html =>
  summaryList(
    definitions.map(({ title, words, version, hash }) => ({
      key: title,
      value: html`${words}<br>Version ${version} ${fingerprint(hash)}`,
    })),
  );
