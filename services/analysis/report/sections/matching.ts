// How alike the groups are once they are weighted or matched, beside how alike they were.
import { type Cell, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count } from '../../../page/words.ts';
import { type LoveRow, lovePlot } from '../figures/love.ts';
import { covariateName, decimals, levelName } from '../say.ts';
import type { ShownRecord } from '../shown.ts';
import type { ShownMatchingRow } from '../shown-matching.ts';
import { figure } from './figure.ts';

const LIMIT = 0.25;
const uses: Record<string, string> = {
  nearest: 'matching each child of the trial group with the most alike child of the comparison',
  'iptw-ate': 'weighting both groups to everybody',
  'iptw-att': 'weighting the comparison to the trial group',
  overlap: 'weighting both groups to the children who could have been in either',
  entropy: 'weighting the comparison to the means of the trial group',
};

const label = ({ of, level }: ShownMatchingRow): string =>
  level === null ? covariateName(of) : `${covariateName(of)}: ${levelName(of, level)}`;
const said = (value: number | null): string => (value === null ? 'hidden' : decimals(value, 2));

function loveRows(rows: readonly ShownMatchingRow[]): LoveRow[] {
  return rows.flatMap((row, at): LoveRow[] => {
    const own = { difference: row.after, before: row.before };
    if (row.level === null) return [{ label: covariateName(row.of), ...own }];
    return [
      ...(rows[at - 1]?.of === row.of
        ? []
        : [{ label: covariateName(row.of), difference: null, heading: true }]),
      { label: levelName(row.of, row.level), ...own },
    ];
  });
}

export function matchingSection({ matching, study }: ShownRecord): Html | null {
  if (!matching) return null;
  const { rows, use, effective, unmatched } = matching;
  const title = 'Standardised differences before and after';
  return html`<section aria-labelledby="matching">
<h2 class="govuk-heading-l" id="matching">How alike the groups were made</h2>
<p class="govuk-body">The groups were made alike by ${uses[use] ?? use}. What the records do not show stays as it was.</p>
${figure({
  title,
  caption: 'Open orange circles: before. Full blue circles: after',
  drawing: lovePlot({
    title,
    description: rows
      .map((row) => `${label(row)}: ${said(row.before)} before, ${said(row.after)} after.`)
      .join(' '),
    rows: loveRows(rows),
    limit: LIMIT,
  }),
  note: `Children whose primary outcome is known. So treated, the groups are worth ${count(Math.round(effective.trial))} children of “${study.arms.trial}” and ${count(Math.round(effective.comparison))} of “${study.arms.comparison}”.${unmatched !== null && unmatched > 0 ? ` ${count(unmatched)} children of “${study.arms.trial}” had nobody to be compared with.` : ''}`,
  data: table({
    caption: title,
    captionHidden: true,
    columns: [
      { text: 'Characteristic' },
      { text: 'Before', numeric: true },
      { text: 'After', numeric: true },
    ],
    groups: [
      {
        rows: rows.map((row): Cell[] => [
          { content: label(row) },
          { content: said(row.before) },
          { content: said(row.after) },
        ]),
      },
    ],
  }),
})}
</section>`;
}
