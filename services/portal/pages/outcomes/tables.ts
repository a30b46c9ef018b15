// The tables of one outcome: its result by horizon and arm, and where every child is counted.
import type { ProtectedOutcome, ProtectedResult } from '../../../disclosure/protect.ts';
import { type Cell, details, type RowGroup, table, tag } from '../../../page/components.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import { months, points } from '../../../page/words.ts';
import { type Knowledge, knowledgeOf } from '../../evaluation-view.ts';
import { type ArmNames, hidden, number, observed, risk, unknown } from './marks.ts';

const knowledgeTags: Record<Knowledge, Html> = {
  settled: tag('All children followed', 'green'),
  partly: tag('Some children followed', 'yellow'),
  'not-yet': tag('Not yet known', 'grey'),
};

function differenceCell(each: ProtectedOutcome): Piece {
  if (each.effectHidden || each.arms.some((arm) => arm.hidden.includes('risk'))) return hidden;
  if (each.effect) {
    const { estimate, lower, upper } = each.effect;
    return html`<strong>${points(estimate)} percentage points</strong> <span class="wm-interval">(95% interval: ${points(lower)} to ${points(upper)})</span>`;
  }
  return each.arms.some((arm) => arm.matured === 0) ? unknown : 'Could not be estimated';
}

export function outcomeTable(
  result: ProtectedResult,
  rows: readonly ProtectedOutcome[],
  names: ArmNames,
  title: string,
): Html {
  const groups = rows.map((each): RowGroup => {
    const difference: Cell[] = [{ content: 'Difference' }, { content: differenceCell(each), span: 3 }];
    return {
      id: `${each.outcome}-${each.horizon}`,
      heading: html`<span class="wm-group__text">${months(each.horizon)} after referral</span> ${knowledgeTags[knowledgeOf(result, each)]}`,
      rows: [
        ...each.arms.map((arm): Cell[] => [
          { content: names[arm.arm] },
          {
            content:
              arm.matured === 0
                ? html`None of ${number(arm.enrolled)}`
                : html`${number(arm.matured)} of ${number(arm.enrolled)}`,
          },
          { content: observed(arm, arm.events) },
          { content: risk(arm) },
        ]),
        difference,
      ],
    };
  });
  return table({
    caption: html`${title}: children and outcomes by group`,
    captionHidden: true,
    columns: [
      { text: 'Group' },
      { text: 'Children followed so far', numeric: true },
      { text: 'With this outcome', numeric: true },
      { text: 'Share', numeric: true },
    ],
    groups,
  });
}

export function everyChild(rows: readonly ProtectedOutcome[], names: ArmNames, title: string): Html {
  const groups = rows.map(
    (each): RowGroup => ({
      heading: `${months(each.horizon)} after referral`,
      rows: each.arms.map((arm): Cell[] => [
        { content: names[arm.arm] },
        { content: number(arm.enrolled) },
        { content: number(arm.notAtRisk) },
        { content: number(arm.pending) },
        { content: observed(arm, arm.events) },
        { content: observed(arm, arm.noEvents) },
        { content: observed(arm, arm.censored) },
      ]),
    }),
  );
  return details(
    html`Where every child is counted<span class="govuk-visually-hidden"> for ${title.toLowerCase()}</span>`,
    html`<p class="govuk-body">Each enrolled child stands in exactly one of the other columns.</p>
${table({
  caption: `${title}: every child enrolled`,
  captionHidden: true,
  columns: [
    { text: 'Group' },
    { text: 'Enrolled', numeric: true },
    { text: 'Could not have it', numeric: true },
    { text: 'Not yet known', numeric: true },
    { text: 'With this outcome', numeric: true },
    { text: 'Without it', numeric: true },
    { text: 'Left before the end', numeric: true },
  ],
  groups,
})}
<ul class="govuk-list govuk-list--bullet">
<li>“Could not have it” means that the outcome was impossible from the start, such as entering care for a child already in care.</li>
<li>“Left before the end” means that the child turned 18, died, or moved to another council, or that the council’s records have a gap, with no such outcome seen until then. These children count among those followed.</li>
</ul>`,
  );
}
