// The dashboard: first how much can be known, then the numbers, then what they mean and where they come from.
import { type Html, html } from '../../page/html.ts';
import { list, months } from '../../page/words.ts';
import {
  dashboardPath,
  type EvaluationView,
  horizonsOf,
  outcomesOf,
  outcomeTitle,
  type Selection,
} from '../evaluation-view.ts';
import { effectsNote } from './effects.ts';
import { evaluationTop } from './evaluation-frame.ts';
import { aboutNumbers } from './outcomes/about.ts';
import { mainFinding } from './outcomes/finding.ts';
import { whatIsKnown } from './outcomes/known.ts';
import { outcomeSection } from './outcomes/section.ts';

function selector({ result }: EvaluationView, selection: Selection): Html {
  const link = (text: string, target: Selection) => {
    const current = target.outcome === selection.outcome && target.horizon === selection.horizon;
    return html`<li><a class="govuk-link" href="${dashboardPath(result.evaluation, target)}"${current && html` aria-current="true"`}>${text}</a></li>`;
  };
  return html`<nav class="wm-filters" aria-label="Choose what to show">
<div class="wm-filters__row"><p class="wm-filters__name" id="by-outcome">Outcome</p><ul aria-labelledby="by-outcome">
${link('All', { ...selection, outcome: null })}${outcomesOf(result).map((id) => link(outcomeTitle(result, id), { ...selection, outcome: id }))}</ul></div>
<div class="wm-filters__row"><p class="wm-filters__name" id="by-horizon">Time since referral</p><ul aria-labelledby="by-horizon">
${link('All', { ...selection, horizon: null })}${horizonsOf(result).map((each) => link(months(each), { ...selection, horizon: each }))}</ul></div>
<div class="wm-filters__row"><p class="wm-filters__name" id="by-day">As known</p><ul aria-labelledby="by-day">
<li><a class="govuk-link" href="${dashboardPath(result.evaluation, selection)}" aria-current="true">Now</a></li><li><a class="govuk-link" href="/evaluations/${result.evaluation}/look-back">Earlier, and what changed since</a></li></ul></div>
</nav>`;
}

export function outcomesPage(view: EvaluationView, selection: Selection): Html {
  const { result, summary } = view;
  const shown = outcomesOf(result).filter((id) => selection.outcome === null || id === selection.outcome);
  return html`${evaluationTop(summary, 'outcomes')}
${whatIsKnown(view)}
${mainFinding(view)}
${effectsNote(summary)}
${selector(view, selection)}
${shown.map((id) => outcomeSection(view, id, selection.horizon))}
${aboutNumbers(view)}`;
}

/** An evaluation whose outcomes nobody has worked out yet. */
export function noResultPage(
  summary: EvaluationView['summary'],
  tab: 'outcomes' | 'groups' = 'outcomes',
): Html {
  return html`${evaluationTop(summary, tab)}
<h2 class="govuk-heading-l">No results yet</h2>
<p class="govuk-body">No outcome of this evaluation has been worked out yet. That happens by itself, once children are enrolled and ${list(['their councils’ records have arrived'])}.</p>
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See when results can be known</a></p>`;
}
