// The calendar: which group of children can be known when, and which councils it waits for.
import { type Cell, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import {
  count,
  counted,
  day,
  dayInTable,
  dayOfInTable,
  list,
  momentInTable,
  month,
  months,
} from '../../page/words.ts';
import { holdingUp, type ShownMaturityRow } from '../evaluation-view.ts';
import { livePlace, liveRegion, type Regions } from '../live.ts';
import type { LiveProgress } from '../live-progress.ts';
import type { EvaluationSummary } from '../store.ts';
import { evaluationTop } from './evaluation-frame.ts';

function waiting(councils: readonly string[]): Html {
  const most = 3;
  if (councils.length <= most) return html`Waits for ${list(councils)}`;
  const rest = councils.slice(most);
  return html`Waits for ${councils.slice(0, most).join(', ')} <details class="wm-more"><summary>and ${counted(rest.length, 'other council')}</summary>${list(rest)}</details>`;
}

const when = (mark: Html, text: string): Html =>
  html`<span class="wm-pair">${mark} <span class="wm-when">${text}</span></span>`;

function cell(row: ShownMaturityRow | undefined, today: string): Piece {
  if (!row) return html`<span class="wm-unknown">Not followed</span>`;
  if (row.frozenAt !== null) {
    const final = when(tag('Final', 'green'), dayOfInTable(row.frozenAt));
    if (row.supersededAt === null) return final;
    return html`${final} <span class="wm-when wm-waiting">Later records differ, since ${dayOfInTable(row.supersededAt)}</span>`;
  }
  if (row.due >= today) return when(tag('Not due', 'grey'), `until ${dayInTable(row.due)}`);
  if (row.waitingFor.length === 0) return when(tag('Being settled', 'blue'), `due ${dayInTable(row.due)}`);
  return html`${when(tag('Waiting', 'orange'), `due ${dayInTable(row.due)}`)} <span class="wm-when wm-waiting">${waiting(row.waitingFor)}</span>`;
}

function overview(rows: readonly ShownMaturityRow[], today: string): Html {
  const final = rows.filter((row) => row.frozenAt !== null).length;
  const overdue = rows.filter((row) => row.frozenAt === null && row.due < today && row.waitingFor.length > 0);
  const next = rows
    .filter((row) => row.frozenAt === null && row.due >= today)
    .sort((a, b) => a.due.localeCompare(b.due))[0];
  const blockers = holdingUp(rows, today);
  return html`<ul class="govuk-list govuk-list--bullet">
<li>${count(final)} of ${counted(rows.length, 'result')} ${final === 1 ? 'is' : 'are'} final</li>
${overdue.length > 0 && html`<li>${counted(overdue.length, 'result')} ${overdue.length === 1 ? 'waits' : 'wait'} for records from ${blockers.length > 5 ? counted(blockers.length, 'council') : list(blockers)}</li>`}
${next && html`<li>the next one is due on ${day(next.due)}: children referred in ${month(next.wave)}, ${months(next.horizon)} on</li>`}
</ul>`;
}

/** What comes in while the page is open. Without it nobody could tell a quiet day from a broken feed. */
function arrival({ stored, exact, oldestWaiting, recomputing }: LiveProgress): Html {
  const records = exact || stored === 0 ? count(stored) : `more than ${count(stored)}`;
  const waits =
    oldestWaiting !== null
      ? `What came since ${momentInTable(oldestWaiting)} is being taken into account.`
      : recomputing
        ? 'The newest are being taken into account.'
        : 'All of them are taken into account.';
  return html`<p class="govuk-body">Records stored, of all councils and evaluations: ${records}. ${waits}</p>`;
}

/** Where the page’s news come from. */
export const livePath = ({ slug }: EvaluationSummary): string => `/evaluations/${slug}/maturity/live`;

/** The parts of the page that change while children are followed. */
export function maturityRegions(
  { rows, progress }: { rows: readonly ShownMaturityRow[]; progress: LiveProgress | null },
  today: string,
): Regions {
  const none = rows.length === 0;
  return {
    summary: none
      ? html`<div class="govuk-inset-text">No children are enrolled yet, so there is nothing to wait for.</div>`
      : overview(rows, today),
    ...(progress && { arrival: arrival(progress) }),
    calendar: none ? html`` : calendar(rows, today),
  };
}

function calendar(rows: readonly ShownMaturityRow[], today: string): Html {
  const horizons = [...new Set(rows.map((row) => row.horizon))].sort((a, b) => a - b);
  const waves = [...new Set(rows.map((row) => row.wave))].sort();
  const byYear = [...new Set(waves.map((wave) => wave.slice(0, 4)))];
  const anyHidden = rows.some((row) => row.participants === null);
  const dataRow = (wave: string): Cell[] => {
    const inWave = rows.filter((row) => row.wave === wave);
    const children = inWave[0]?.participants ?? null;
    return [
      { content: html`<span class="wm-nowrap">${month(wave)}</span>` },
      {
        content: children === null ? html`<span class="wm-hidden">Hidden</span>` : count(children),
        numeric: true,
      },
      ...horizons.map((horizon) => ({
        content: cell(
          inWave.find((row) => row.horizon === horizon),
          today,
        ),
      })),
    ];
  };
  return html`${table({
    caption: 'Results by period of referral and time since',
    captionHidden: true,
    columns: [
      { text: 'Referred in' },
      { text: 'Children', numeric: true },
      ...horizons.map((horizon) => ({ text: `After ${months(horizon)}` })),
    ],
    groups: byYear.map((year) => ({
      ...(byYear.length > 1 && { heading: year }),
      rows: waves.filter((wave) => wave.startsWith(year)).map(dataRow),
    })),
  })}
${anyHidden && html`<p class="govuk-body">“Hidden” means that there are so few children that they could be recognised, or that the number would give away another one.</p>`}`;
}

export function maturityPage(
  summary: EvaluationSummary,
  parts: { rows: readonly ShownMaturityRow[]; progress: LiveProgress | null },
  today: string,
): Html {
  const regions = maturityRegions(parts, today);
  return html`${evaluationTop(summary, 'maturity')}
<h2 class="govuk-heading-l">When results are known</h2>
<p class="govuk-body">Children are followed together with all others who were referred in the same period. A result for a period is final once every council’s records cover the whole time, to the last child. Late corrections are part of it until that day, and no longer. Where later records would give another result, that is said beside it; the final result stays as it is until it is published anew.</p>
${livePlace(livePath(summary))}
${Object.entries(regions).map(([name, region]) => liveRegion(name, region, name === 'summary'))}`;
}
