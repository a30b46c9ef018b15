// The findings in plain English: what was asked, what was found, and how sure anybody can be.
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, list, months, percent, points } from '../../page/words.ts';
import { plannedEstimate } from '../plan/estimates.ts';
import { decimals, gateName, isRatio, measureName } from './say.ts';
import type { ShownEstimate, ShownOutcome, ShownRecord } from './shown.ts';

export const primaryOf = ({ results }: ShownRecord): ShownOutcome | undefined =>
  results.find(({ role }) => role === 'primary');

/** The one estimate that the plan is about, as it may be shown. */
export const planned = ({ study }: ShownRecord, { estimates }: ShownOutcome): ShownEstimate | undefined =>
  plannedEstimate(estimates, study.estimand.summary);

/** −0.0 and 0.0 are no difference. */
function bound(value: number): string {
  const text = points(value);
  return text === '0.0' ? 'no difference' : `${text.slice(1)} points ${value < 0 ? 'lower' : 'higher'}`;
}

function differenceWords({ estimate, lower, upper }: ShownEstimate, level: number, compares: string): Piece {
  if (estimate === null) return null;
  const size =
    points(estimate) === '0.0'
      ? 'no difference'
      : `${points(estimate).slice(1)} percentage points ${estimate < 0 ? 'lower' : 'higher'}`;
  if (lower === null || upper === null)
    return html`${compares} ${size}, and too few clusters to say how far chance could have moved it.`;
  const clear = lower > 0 || upper < 0;
  return html`${compares} <strong>${size}</strong>. Allowing for chance, the records fit a true difference of anything from ${bound(lower)} to ${bound(upper)} (${level}% interval). ${
    clear
      ? 'Chance alone is an unlikely explanation.'
      : 'That range holds no difference at all: the study does not show that the groups differ, nor that they are the same.'
  }`;
}

function ratioWords({ measure, estimate, lower, upper }: ShownEstimate, level: number): Piece {
  if (estimate === null) return null;
  const between =
    lower === null || upper === null
      ? ''
      : ` (${level}% interval ${decimals(lower, 2)} to ${decimals(upper, 2)})`;
  const clear = lower !== null && upper !== null && (lower > 1 || upper < 1);
  return html`The planned comparison gives a ${measureName(measure).toLowerCase()} of <strong>${decimals(estimate, 2)}</strong>${between}; 1 is no difference. ${
    clear
      ? 'Chance alone is an unlikely explanation.'
      : 'The interval holds 1: the study does not show that the groups differ, nor that they are the same.'
  }`;
}

function foundWords(record: ShownRecord, primary: ShownOutcome): Html {
  const { arms, plan } = record.study;
  const [trial, comparison] = ['trial', 'comparison'].map((arm) =>
    primary.sets.find((set) => set.arm === arm),
  );
  const level = Math.round(100 * (1 - plan.alpha));
  const main = planned(record, primary);
  const compares =
    main?.method === 'did'
      ? 'Comparing how councils changed when they began with how the others changed gives'
      : 'The planned comparison gives';
  const pending = primary.sets.map((set) => set.pending);
  return html`${
    main?.method !== 'did' &&
    trial?.risk != null &&
    comparison?.risk != null &&
    html`<p class="wm-finding__text">Within ${months(primary.horizon)}, <strong>${percent(trial.risk)}</strong> of children in the group “${arms.trial}” had this outcome, compared with <strong>${percent(comparison.risk)}</strong> in the group “${arms.comparison}”.</p>`
  }
<p class="govuk-body">${
    main?.estimate != null
      ? isRatio(main.measure)
        ? ratioWords(main, level)
        : main.measure === 'risk-difference'
          ? differenceWords(main, level, compares)
          : html`The planned comparison gives a difference of ${decimals(main.estimate, 1)} days.`
      : 'The planned comparison could not be made with these records.'
  }</p>
${
  pending.some((some) => some === null || some > 0) &&
  html`<p class="govuk-body">${pending.every((some) => some !== null) ? `${count(pending.reduce<number>((sum, some) => sum + (some ?? 0), 0))} children have` : 'Some children have'} not yet been followed for ${months(primary.horizon)}. They are not counted, and the answer can change.</p>`
}`;
}

/** The box at the top of the page. */
export function finding(record: ShownRecord): Html {
  const primary = primaryOf(record);
  const failed = record.gates.filter(({ state }) => state === 'failed');
  const title = primary ? `${primary.title.toLowerCase()} within ${months(primary.horizon)}` : '';
  const words = (): Html => {
    if (!primary) return html`<p class="govuk-body">The primary outcome was not worked out.</p>`;
    switch (primary.without) {
      case 'withheld':
        return html`<p class="wm-finding__text">No effect is shown.</p>
<p class="govuk-body">${failed.length === 1 ? 'A check that must hold before anybody looks at effects failed' : `${failed.length} checks that must hold before anybody looks at effects failed`}: ${list(failed.map(({ id }) => gateName(id).toLowerCase()))} (<a class="govuk-link" href="#checks">the checks</a>). Effects and the numbers of outcomes stay out of this report until a named person records why they may be seen.</p>`;
      case 'nobody-followed':
        return html`<p class="wm-finding__text">Not yet known.</p>
<p class="govuk-body">Nobody in one of the groups has been followed for ${months(primary.horizon)} yet. Not yet known is not the same as nothing happened.</p>`;
      case 'hidden':
        return html`<p class="wm-finding__text">Hidden.</p>
<p class="govuk-body">So few children had, or did not have, this outcome that they could be recognised.</p>`;
      case null:
        return foundWords(record, primary);
    }
  };
  return html`<section class="wm-finding" aria-labelledby="main-question">
<h2 class="govuk-heading-m" id="main-question">The main question: ${title}</h2>
${words()}</section>`;
}

/** What kind of answer a study of this design can give. */
export const designWords = ({ study }: ShownRecord): string =>
  study.design === 'randomised'
    ? 'Chance decided which group each unit was in. A difference beyond chance between the groups is an effect of what was offered.'
    : 'Nobody was allocated by chance. A difference between the groups can come from what was offered, and also from other ways in which the groups differ that the records do not show.';
