// When outcomes came: cumulative incidence by group.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, months, percent } from '../../../page/words.ts';
import { atRiskAt, incidenceAt } from '../curve-at.ts';
import { incidenceChart } from '../figures/incidence.ts';
import type { ShownOutcome, ShownRecord } from '../shown.ts';
import { armKey, figure } from './figure.ts';

function curvesOf(record: ShownRecord, result: ShownOutcome): Html {
  const { study, threshold } = record;
  const { curves } = result;
  const last = study.horizons.at(-1) ?? 12;
  const times = [
    ...new Set([
      0,
      ...Array.from({ length: Math.floor(last / 3) }, (_, k) => 3 * (k + 1)),
      ...study.horizons,
    ]),
  ].sort((a, b) => a - b);
  const title = `${result.title}: share of children over time`;
  const words = curves
    .map(
      (curve) =>
        `${study.arms[curve.arm]}: ${study.horizons.map((month) => `${percent(incidenceAt(curve, month))} by ${months(month)}`).join(', ')}.`,
    )
    .join(' ');
  return figure({
    title,
    caption: armKey(study.arms),
    drawing: incidenceChart({
      title,
      description: words,
      curves,
      armNames: study.arms,
      horizons: study.horizons,
    }),
    note: `Cumulative incidence of everybody at risk, those not yet followed to the end included, to each council’s last complete day${curves[0]?.competing ? '; a child who turns 18 or dies can have it no more' : ''}. ${threshold > 1 ? `Counts are rounded to the middle of runs of ${threshold} before the curve is drawn, so that no step tells of few children.` : ''}`,
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
          rows: times.map((month): Cell[] => [
            { content: String(month) },
            ...curves.flatMap((curve) => [
              { content: percent(incidenceAt(curve, month)) },
              { content: count(atRiskAt(curve, month)) },
            ]),
          ]),
        },
      ],
    }),
  });
}

export function overTimeSection(record: ShownRecord): Html | null {
  const drawn = record.results.filter(({ curves }) => curves.length > 0);
  if (drawn.length === 0) return null;
  return html`<section aria-labelledby="over-time">
<h2 class="govuk-heading-l" id="over-time">When outcomes came</h2>
${drawn.map((result) => curvesOf(record, result))}
</section>`;
}
