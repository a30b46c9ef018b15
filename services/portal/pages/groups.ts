// One outcome by wave or by council: rounded, with what is hidden and what is not final yet said in words.
import type { ShownGroup } from '../../disclosure/breakdown.ts';
import { type Cell, table } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, counted, months, sentence } from '../../page/words.ts';
import { Grouping } from '../../releases/groupings.ts';
import { horizonsOf, outcomesOf, outcomeTitle } from '../evaluation-view.ts';
import { groupChart } from '../group-chart.ts';
import { type GroupsView, groupingWords, groupsPath, nameOnChart } from '../groups-view.ts';
import { councilFunnel } from './council-funnel.ts';
import { evaluationTop } from './evaluation-frame.ts';
import { hidden } from './outcomes/marks.ts';

const about = (value: number | null | undefined): Piece => (value == null ? hidden : count(value));
/** Whole percent: counts are rounded, so more would be made up. */
const share = (value: number | null | undefined): string | null =>
  value == null ? null : `${Math.round(100 * value)}%`;

function selector({ result, asked }: GroupsView): Html {
  const row = (id: string, name: string, links: readonly { text: string; target: Partial<typeof asked> }[]) =>
    html`<div class="wm-filters__row"><p class="wm-filters__name" id="${id}">${name}</p><ul aria-labelledby="${id}">${links.map(
      ({ text, target }) => {
        const to = { ...asked, ...target };
        const current = JSON.stringify(to) === JSON.stringify(asked);
        return html`<li><a class="govuk-link" href="${groupsPath(result.evaluation, to)}"${current && html` aria-current="true"`}>${text}</a></li>`;
      },
    )}</ul></div>`;
  return html`<nav class="wm-filters" aria-label="Choose what to show">
${row(
  'by-grouping',
  'By',
  Grouping.options.map((by) => ({ text: sentence(groupingWords[by]), target: { by } })),
)}
${row(
  'by-outcome',
  'Outcome',
  outcomesOf(result).map((id) => ({ text: outcomeTitle(result, id), target: { outcome: id } })),
)}
${row(
  'by-horizon',
  'Time since referral',
  horizonsOf(result).map((horizon) => ({ text: months(horizon), target: { horizon } })),
)}
</nav>`;
}

/** Why there is no table, or how much of it is there. */
function standing({ shown, summary }: GroupsView): Html {
  const { final, all, by, withheld } = shown;
  const maturity = html`<a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See when results are known</a>`;
  if (withheld === 'total-hidden')
    return html`<p class="govuk-body">Nothing is shown by ${groupingWords[by]}, because the numbers of all children together are hidden in part.</p>`;
  if (withheld === 'narrow')
    return html`<p class="govuk-body">Nothing is shown by ${groupingWords[by]}: beside the totals, the number of a few children could be worked out, or records were corrected meanwhile.</p>`;
  if (final === 0)
    return html`<p class="govuk-body"><strong>Not yet known.</strong> ${by === 'wave' ? 'No group of children is final at this time since referral.' : `Numbers by ${groupingWords[by]} are shown once every child has been followed long enough, so that no number moves afterwards.`} ${maturity}.</p>`;
  return html`<p class="govuk-body">${final === all ? html`${by === 'wave' || by === 'council' ? `All ${counted(all, by === 'wave' ? 'group' : 'council')} are` : 'Every number is'} final.` : html`${count(final)} of ${counted(all, 'group')} are final; the others are not yet known. ${maturity}.`}</p>`;
}

const cells = (name: string, one: ShownGroup | null): Cell[] => [
  { content: name },
  { content: about(one?.matured) },
  { content: about(one?.events) },
  { content: share(one?.share) ?? hidden },
];

function figures(view: GroupsView): Html | null {
  const { shown, summary, nameOf, title } = view;
  if (shown.groups.length === 0) return null;
  const { trial, comparison } = summary.armNames;
  const points = shown.groups.map((one) => ({
    group: nameOnChart(shown.by, one.group, nameOf(one.group)),
    trial: one.trial?.share ?? null,
    comparison: one.comparison?.share ?? null,
  }));
  const said = points.map(
    ({ group, ...of }) =>
      `${group}: ${share(of.trial) ?? 'hidden'} in ${trial}, ${share(of.comparison) ?? 'hidden'} in ${comparison}.`,
  );
  return html`<figure class="wm-chart wm-chart--groups"><figcaption><span class="wm-chart__title">Share of children</span>
<span class="wm-key"><svg viewBox="0 0 14 14" aria-hidden="true" focusable="false"><circle class="wm-key__trial" cx="7" cy="7" r="6"/></svg>${trial}</span>
<span class="wm-key"><svg viewBox="0 0 14 14" aria-hidden="true" focusable="false"><rect class="wm-key__comparison" x="2" y="2" width="10" height="10"/></svg>${comparison}</span></figcaption>
${groupChart({ title: `${title} by ${groupingWords[shown.by]}`, description: said.join(' '), points })}</figure>
${councilFunnel(view)}
${table({
  caption: html`${title} by ${groupingWords[shown.by]}`,
  captionHidden: true,
  columns: [
    { text: 'Group' },
    { text: 'Children followed, about', numeric: true },
    { text: 'With this outcome, about', numeric: true },
    { text: 'Share, about', numeric: true },
  ],
  groups: shown.groups.map((one) => ({
    heading: nameOf(one.group),
    rows: [cells(trial, one.trial), cells(comparison, one.comparison)],
  })),
})}`;
}

export function groupsPage(view: GroupsView): Html {
  const { summary, asked, title } = view;
  const { disclosureThreshold: threshold } = summary;
  return html`${evaluationTop(summary, 'groups')}
${selector(view)}
<section class="wm-outcome" aria-labelledby="groups"><h2 class="govuk-heading-l" id="groups">${title} within ${months(asked.horizon)}, by ${groupingWords[asked.by]}</h2>
${standing(view)}
${figures(view)}
<div class="govuk-inset-text"><p class="govuk-body">These numbers are rounded to the nearest ${threshold}, and hidden where they would be less than ${threshold}. So they need not add up, and small differences between groups mean nothing.</p>
<p class="govuk-body">Groups differ by chance. The plan says beforehand which of them are compared; for the others, look at how all children fared: <a class="govuk-link" href="/evaluations/${summary.slug}">outcomes of all children</a>.</p></div>
</section>`;
}
