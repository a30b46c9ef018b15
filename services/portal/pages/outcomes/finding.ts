// The answer to the evaluation's main question, in words.
import { type Html, html, type Piece } from '../../../page/html.ts';
import { day, months, percent, points } from '../../../page/words.ts';
import { type EvaluationView, knowledgeOf, outcomeTitle } from '../../evaluation-view.ts';
import { lastDue } from './known.ts';

const direction = (estimate: number): string =>
  points(estimate) === '0.0'
    ? 'no different'
    : `${points(estimate).slice(1)} percentage points ${estimate < 0 ? 'lower' : 'higher'}`;

/** A bound as a reader says it: 0.7 points lower. */
function bound(value: number): string {
  const text = points(value);
  return text === '0.0' ? 'none' : `${text.slice(1)} points ${value < 0 ? 'lower' : 'higher'}`;
}

export function mainFinding({ result, summary, maturity }: EvaluationView): Html | null {
  const { outcome, horizon } = summary.primary;
  const each = result.results.find((row) => row.outcome === outcome && row.horizon === horizon);
  if (!each) return null;
  const title = outcomeTitle(result, outcome);
  const trial = each.arms.find((arm) => arm.arm === 'trial');
  const comparison = each.arms.find((arm) => arm.arm === 'comparison');
  const knowledge = knowledgeOf(result, each);
  const due = lastDue(maturity, horizon);
  const finding = (): Piece => {
    if (knowledge === 'not-yet')
      return html`<p class="govuk-body">Not yet known. ${due && html`It can be known from ${day(due)}.`}</p>`;
    if (trial?.risk == null || comparison?.risk == null)
      return html`<p class="govuk-body">Hidden, because so few children are involved that they could be recognised.</p>`;
    return html`<p class="wm-finding__text">Within ${months(horizon)}, <strong>${percent(trial.risk)}</strong> of children in the group ${summary.armNames.trial} had this outcome, compared with <strong>${percent(comparison.risk)}</strong> in the group ${summary.armNames.comparison}.</p>
${
  each.effect &&
  html`<p class="govuk-body">That is ${direction(each.effect.estimate)}. Allowing for chance, the results fit a true difference of anything from ${bound(each.effect.lower)} to ${bound(each.effect.upper)}.</p>`
}${
  knowledge === 'partly' &&
  html`<p class="govuk-body">This is an early answer. It will change as more children reach ${months(horizon)}.</p>`
}`;
  };
  return html`<section class="wm-finding" aria-labelledby="main-question">
<h2 class="govuk-heading-m" id="main-question">The main question: ${title.toLowerCase()} within ${months(horizon)}</h2>
${finding()}</section>`;
}
