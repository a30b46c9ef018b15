// The effects of an evaluation that were released to its readers; that nothing was is said plainly.
import { type Cell, summaryList, table, tag } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import { dayOfInTable, moment } from '../../page/words.ts';
import type { Release } from '../../releases/standing.ts';
import type { EvaluationSummary } from '../store.ts';
import { effectsParts } from './effects/document.ts';
import { evaluationTop } from './evaluation-frame.ts';

const publishedAt = ({ steps }: Release): string => steps.find(({ step }) => step === 'published')?.at ?? '';

function others(all: readonly Release[], current: Release): Html | null {
  if (all.length < 2) return null;
  return html`<h2 class="govuk-heading-l">Every release of effects</h2>
${table({
  caption: 'Releases of effects, newest first',
  captionHidden: true,
  columns: [{ text: 'Release' }, { text: 'Published' }, { text: 'Standing' }],
  groups: [
    {
      rows: all.map((one): Cell[] => [
        {
          content:
            one === current
              ? html`${one.title} (shown here)`
              : html`<a class="govuk-link" href="/releases/${one.published?.permalink}">${one.title}</a>`,
        },
        { content: html`<span class="wm-nowrap">${dayOfInTable(publishedAt(one))}</span>` },
        { content: one.state === 'superseded' ? tag('Superseded', 'grey') : tag('Published', 'green') },
      ]),
    },
  ],
})}`;
}

/** @param all published releases of effects that the reader may see, newest first */
export function effectsPage(summary: EvaluationSummary, all: readonly Release[]): Html {
  const current = all.find(({ state }) => state === 'published') ?? all[0];
  if (!current)
    return html`${evaluationTop(summary, 'effects')}
<h2 class="govuk-heading-l">No effects have been released yet</h2>
<p class="govuk-body">${
      summary.blinded
        ? 'This evaluation is blinded: nobody has compared its groups yet.'
        : 'Effects, adjusted as the plan says, are shown here once they have been checked for disclosure and published. Nothing of them is shown to readers before.'
    }</p>
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/plan">What the plan says will be analysed</a></p>`;
  return html`${evaluationTop(summary, 'effects')}
<h2 class="govuk-heading-l">${current.title}</h2>
${summaryList([
  {
    key: 'Release',
    value: html`<a class="govuk-link" href="/releases/${current.published?.permalink}">${current.title}</a>, published ${moment(publishedAt(current))}. Its numbers never change.`,
  },
])}
${effectsParts(current)}
${others(all, current)}`;
}

/** What the dashboard of counts says of effects. */
export const effectsNote = ({ slug, releasedEffects }: EvaluationSummary): Html =>
  html`<section aria-labelledby="effects"><h2 class="govuk-heading-m" id="effects">Effects, adjusted as planned</h2>
<p class="govuk-body">${
    releasedEffects > 0
      ? html`They have been released: <a class="govuk-link" href="/evaluations/${slug}/effects">see the effects, with intervals, groups of children and curves</a>.`
      : 'None have been released for this evaluation yet. The differences on this page are of counts as they are, and adjust for nothing.'
  }</p></section>`;
