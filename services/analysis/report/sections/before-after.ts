// Before and after councils began: effects by time since, and whether councils moved alike beforehand.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted, day, months, points, sentence } from '../../../page/words.ts';
import { eventStudyPlot } from '../figures/event-study.ts';
import { interval, pValue } from '../say.ts';
import type { ShownOutcome, ShownRecord } from '../shown.ts';
import { figure } from './figure.ts';

type Study = NonNullable<ShownOutcome['eventStudy']>;

const since = (event: number, wave: string): string =>
  event < 0
    ? `${counted(-event, wave)} before`
    : event === 0
      ? `The ${wave} they began`
      : `${counted(event, wave)} after`;

const stepText = (step: Study['steps'][number]): string => interval({ measure: 'risk-difference', ...step });

function studyFigure(
  { study }: ShownRecord,
  result: ShownOutcome,
  { steps, waves, councils, preTrendP }: Study,
): Html {
  const title = `${result.title} within ${months(result.horizon)}, by time since councils began`;
  const scaled = (value: number | null) => (value === null ? null : 100 * value);
  return figure({
    title,
    caption:
      'Orange circles: before councils began, where the changes should be about nought. Blue squares: after',
    drawing: eventStudyPlot({
      title,
      description: steps.map((step) => `${since(step.event, study.waves)}: ${stepText(step)}.`).join(' '),
      steps: steps.map(({ event, estimate, lower, upper }) => ({
        event,
        estimate: scaled(estimate),
        lower: scaled(lower),
        upper: scaled(upper),
      })),
      unit: `${sentence(study.waves)}s since the council began`,
    }),
    note: `${councils.began} councils that began within the time compared, against ${councils.compared} that had not or never did; ${counted(waves.length, study.waves)} from ${day(waves[0] ?? '')}. Every council counts once. Before they began: ${
      preTrendP === null
        ? 'nothing could be compared.'
        : `p ${pValue(preTrendP)} that changes this far from the others’ came by chance (the smallest of all, times their number).`
    } Without an interval: too few councils.`,
    data: table({
      caption: title,
      captionHidden: true,
      columns: [
        { text: 'Time' },
        { text: 'Difference in points, and interval', numeric: true },
        { text: 'p', numeric: true },
      ],
      groups: [
        {
          rows: steps.map((step): Cell[] => [
            { content: since(step.event, study.waves) },
            {
              content:
                step.lower === null && step.estimate !== null
                  ? `${points(step.estimate)} (no interval)`
                  : stepText(step),
            },
            { content: pValue(step.p) },
          ]),
        },
      ],
    }),
  });
}

export function beforeAfterSection(record: ShownRecord): Html | null {
  const drawn = record.results.flatMap((result) =>
    result.eventStudy ? [{ result, study: result.eventStudy }] : [],
  );
  if (drawn.length === 0) return null;
  return html`<section aria-labelledby="before-after">
<h2 class="govuk-heading-l" id="before-after">Before and after councils began</h2>
<p class="govuk-body">Each council that began is compared with its own past, and that change with the change of councils that had not begun.</p>
${drawn.map(({ result, study }) => studyFigure(record, result, study))}
</section>`;
}
