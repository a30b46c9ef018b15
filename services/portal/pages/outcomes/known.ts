// How much can be known, which stands before any number.
import { shareBar } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, counted, day, list, months } from '../../../page/words.ts';
import {
  type EvaluationView,
  holdingUp,
  horizonsOf,
  knowledgeOf,
  type ShownMaturityRow,
} from '../../evaluation-view.ts';

/** The last day on which the outcomes of a horizon become due, YYYY-MM-DD. */
export const lastDue = (rows: readonly ShownMaturityRow[], horizon: number): string | null =>
  rows
    .filter((row) => row.horizon === horizon && row.frozenAt === null)
    .map((row) => row.due)
    .sort()
    .at(-1) ?? null;

export function whatIsKnown({ result, maturity, summary, today }: EvaluationView): Html {
  const { total } = result.waves;
  const late = holdingUp(maturity, today);
  return html`<section aria-labelledby="known">
<h2 class="govuk-heading-l" id="known">How much is known</h2>
<p class="govuk-body">${
    result.completeThrough === null
      ? html`At least one council has not yet said how far its records are complete, so some answers must wait for it.`
      : html`Every council’s records are complete up to and including <strong>${day(result.completeThrough)}</strong>.`
  } A child’s outcome counts only once the council’s records cover the whole time since the child’s referral. Until then it is not yet known, which is not the same as “nothing happened”. Children are followed in groups, by when they were referred.</p>
<ul class="wm-known">${horizonsOf(result).map((horizon) => {
    const frozen = result.waves.frozen.find((row) => row.horizon === horizon)?.waves ?? 0;
    const due = lastDue(maturity, horizon);
    const any = result.results.some(
      (each) => each.horizon === horizon && knowledgeOf(result, each) !== 'not-yet',
    );
    return html`<li class="wm-known__item">
<h3 class="govuk-heading-s govuk-!-margin-bottom-1">${months(horizon)} after referral</h3>
<p class="wm-known__share">${count(frozen)} of ${count(total)} groups final</p>
${shareBar(total === 0 ? 0 : frozen / total)}
<p class="govuk-body-s govuk-!-margin-bottom-0">${
      frozen === total && total > 0
        ? 'Every child has been followed.'
        : `${any ? 'The rest' : 'Nothing is known yet. All'} can be known${due ? ` from ${day(due)}` : ' once councils’ records are complete'}.`
    }</p></li>
`;
  })}</ul>
${
  late.length > 0 &&
  html`<p class="govuk-body"><strong>Some results are overdue.</strong> They wait for records from ${late.length > 5 ? counted(late.length, 'council') : list(late)}.</p>`
}
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See each group and the councils it waits for</a></p>
</section>`;
}
