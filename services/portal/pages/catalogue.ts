// The catalogue: every evaluation, what it asks, and how much of it can be known today.
import { dataSourceTag } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import { count, counted } from '../../page/words.ts';
import { shownParticipants } from '../evaluation-view.ts';
import type { EvaluationSummary } from '../store.ts';

function card(evaluation: EvaluationSummary): Html {
  const participants = shownParticipants(evaluation);
  const path = `/evaluations/${evaluation.slug}`;
  return html`<li class="wm-card">
<h2 class="govuk-heading-m wm-card__title"><a class="govuk-link" href="${path}">${evaluation.title}</a></h2>
${evaluation.dataSource !== 'real' && html`<p class="wm-card__tag">${dataSourceTag(evaluation.dataSource)}</p>`}
<p class="govuk-body">${evaluation.question}</p>
${evaluation.blinded && html`<p class="govuk-body">Outcomes are blinded until the evaluation is unblinded.</p>`}
<ul class="wm-facts">
<li><strong>${participants === null ? `Fewer than ${evaluation.disclosureThreshold}` : count(participants)}</strong> ${participants === 1 ? 'child' : 'children'}</li>
<li><strong>${count(evaluation.councils)}</strong> ${evaluation.councils === 1 ? 'council' : 'councils'}</li>
</ul>
<p class="govuk-body govuk-!-margin-bottom-0"><a class="govuk-link" href="${path}/maturity">When results are known<span class="govuk-visually-hidden"> for ${evaluation.title}</span></a></p>
</li>
`;
}

export function cataloguePage(evaluations: readonly EvaluationSummary[]): Html {
  return html`<h1 class="govuk-heading-xl">Evaluations</h1>
<p class="govuk-body-l">What happens to children whose families were offered family help, compared with children who were offered the usual support.</p>
${
  evaluations.length === 0
    ? html`<div class="govuk-inset-text"><p class="govuk-body">There are no evaluations yet.</p><p class="govuk-body">An evaluation appears here once its protocol has been registered.</p></div>`
    : html`<p class="govuk-body">${counted(evaluations.length, 'evaluation')}</p><ul class="wm-cards">${evaluations.map(card)}</ul>`
}`;
}
