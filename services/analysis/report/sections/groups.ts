// Whether the effect differs between groups of children, and which councils are out of line.
import { type Cell, table } from '../../../page/components.ts';
import { type FunnelCouncil, funnelPlot, isOutside } from '../../../page/funnel.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, percent, sentence } from '../../../page/words.ts';
import { forest } from '../figures/forest.ts';
import { covariateName, interval, levelName, note, number, pValue, sidesOf } from '../say.ts';
import type { ShownRecord } from '../shown.ts';
import type { ShownArmEvents, ShownSubgroup } from '../shown-groups.ts';
import { primaryOf } from '../summary.ts';
import { figure } from './figure.ts';

const armOf = (arms: readonly ShownArmEvents[], arm: string) => arms.find((one) => one.arm === arm);
const of = (one: ShownArmEvents | undefined): Cell => ({
  content: one ? html`${number(one.events)} of ${number(one.n)}` : 'None',
});

const effectText = (effect: ShownSubgroup['levels'][number]['effect']): string =>
  effect ? interval({ measure: 'risk-difference', ...effect }) : 'Hidden or not estimated';

function subgroup(record: ShownRecord, { by, words, levels, interaction, warnings }: ShownSubgroup): Html {
  const { study } = record;
  const title = `By ${covariateName(by).toLowerCase()}`;
  const rows = levels.map(({ level, effect }) => ({
    label: levelName(by, level),
    estimate: effect?.estimate == null ? null : 100 * effect.estimate,
    lower: effect?.lower == null ? null : 100 * effect.lower,
    upper: effect?.upper == null ? null : 100 * effect.upper,
    text: effectText(effect),
  }));
  return figure({
    title,
    caption: `Expected beforehand: ${words}`,
    drawing: forest({
      title: `${title}: risk difference`,
      description: rows.map(({ label, text }) => `${label}: ${text}.`).join(' '),
      rows,
      none: 0,
      unit: 'Percentage points',
      ...sidesOf('risk-difference', study.arms.trial),
    }),
    note: `${interaction ? `One test of whether the effect differs between the groups: p ${pValue(interaction.p)}.` : 'Whether the effect differs could not be tested.'} ${warnings.length > 0 ? 'Children whose group is not known are in none.' : ''}`,
    data: table({
      caption: title,
      captionHidden: true,
      columns: [
        { text: 'Group of children' },
        { text: study.arms.trial, numeric: true },
        { text: study.arms.comparison, numeric: true },
        { text: 'Risk difference, points', numeric: true },
      ],
      groups: [
        {
          rows: levels.map(({ level, arms, effect }): Cell[] => [
            { content: levelName(by, level) },
            of(armOf(arms, 'trial')),
            of(armOf(arms, 'comparison')),
            { content: effectText(effect) },
          ]),
        },
      ],
    }),
  });
}

export function subgroupsSection(record: ShownRecord): Html | null {
  const found = primaryOf(record)?.subgroups ?? [];
  if (found.length === 0) return null;
  return html`<section aria-labelledby="subgroups">
<h2 class="govuk-heading-l" id="subgroups">Groups of children</h2>
<p class="govuk-body">Unadjusted differences of the primary outcome. A difference that is clear in one group and unclear in another does not show that the effect differs; the test of interaction asks that.</p>
${found.map((one) => subgroup(record, one))}
</section>`;
}

/** Children and risk of a council whose numbers may all be shown. */
function whole(council: string, arms: readonly ShownArmEvents[]): FunnelCouncil | null {
  if (arms.length === 0 || arms.some(({ n, events }) => n === null || events === null)) return null;
  const n = arms.reduce((sum, one) => sum + (one.n ?? 0), 0);
  const events = arms.reduce((sum, one) => sum + (one.events ?? 0), 0);
  return n > 0 ? { council, n, risk: events / n } : null;
}

export function councilsSection(record: ShownRecord): Html | null {
  const primary = primaryOf(record);
  if (!primary || primary.councils.length < 2) return null;
  const { study } = record;
  const shown = primary.councils.flatMap(({ council, arms }) => whole(council, arms) ?? []);
  const total = primary.sets.reduce((sum, set) => sum + (set.matured ?? 0), 0);
  const risk = primary.sets.reduce((sum, set) => sum + (set.events ?? 0), 0) / total;
  const outside = shown.filter((one) => isOutside(one, risk)).map(({ council }) => council);
  const hidden = primary.councils.length - shown.length;
  const title = `${primary.title} by council`;
  return html`<section aria-labelledby="councils">
<h2 class="govuk-heading-l" id="councils">Councils side by side</h2>
${
  shown.length > 1
    ? figure({
        title,
        caption: 'Each dot is a council. Lines: where 95% and 99.8% of councils would lie by chance alone',
        drawing: funnelPlot({
          title,
          description: `${shown.map((one) => `${one.council}: ${percent(one.risk)} of ${count(one.n)}.`).join(' ')} All: ${percent(risk)}.`,
          councils: shown,
          risk,
        }),
        note: `${outside.length === 0 ? 'No council lies outside the outer lines.' : `Outside the outer lines: ${outside.join(', ')}. What a council records can differ as well as what happens there.`} ${hidden > 0 ? `${sentence(String(hidden))} of ${primary.councils.length} councils are not drawn: their numbers are hidden.` : ''}`,
        data: table({
          caption: title,
          captionHidden: true,
          columns: [
            { text: 'Council' },
            { text: study.arms.trial, numeric: true },
            { text: study.arms.comparison, numeric: true },
          ],
          groups: [
            {
              rows: primary.councils.map(({ council, arms }): Cell[] => [
                { content: council },
                of(armOf(arms, 'trial')),
                of(armOf(arms, 'comparison')),
              ]),
            },
          ],
        }),
      })
    : note('The councils’ numbers are hidden: they would tell of few children.')
}
</section>`;
}
