// Two releases of an evaluation beside each other: all that those may compare who see no figures between releases.
import { z } from 'zod';
import type { ProtectedResult } from '../../disclosure/protect.ts';
import { type Html, html } from '../../page/html.ts';
import { dayOf, dayOfInTable } from '../../page/words.ts';
import type { Release } from '../../releases/standing.ts';
import { outcomesOf, outcomeTitle } from '../evaluation-view.ts';
import { lookBackPath } from '../look-back-view.ts';
import type { EvaluationSummary } from '../store.ts';
import { evaluationTop } from './evaluation-frame.ts';
import { thenAndLater } from './then-and-later.ts';

/** Of the frozen document, what is compared. */
const Document = z.looseObject({ result: z.custom<ProtectedResult>((value) => typeof value === 'object') });

const resultOf = ({ published }: Release): ProtectedResult =>
  Document.parse(JSON.parse(published?.body ?? '{}')).result;

const nameOf = (release: Release): string => `${release.title}, as at ${dayOf(resultOf(release).computedAt)}`;

function choose(
  field: 'from' | 'to',
  label: string,
  all: readonly Release[],
  chosen: Release | undefined,
): Html {
  return html`<div class="govuk-form-group"><label class="govuk-label" for="${field}">${label}</label>
<select class="govuk-select wm-select" id="${field}" name="${field}">${all.map(
    (one) =>
      html`<option value="${one.published?.permalink}"${one === chosen && html` selected`}>${nameOf(one)}</option>`,
  )}</select></div>`;
}

function comparison(summary: EvaluationSummary, from: Release, to: Release): Html {
  const [earlier, later] = [resultOf(from), resultOf(to)];
  const when = {
    earlier: `as at ${dayOfInTable(earlier.computedAt)}`,
    later: `as at ${dayOfInTable(later.computedAt)}`,
  };
  const outcomes = [...new Set([...outcomesOf(earlier), ...outcomesOf(later)])];
  const rows = (result: ProtectedResult, id: string) =>
    result.results.filter(({ outcome }) => outcome === id);
  return html`<h3 class="govuk-heading-m">${from.title}, and ${to.title}</h3>
<p class="govuk-body"><a class="govuk-link" href="/releases/${from.published?.permalink}">The first release</a> and <a class="govuk-link" href="/releases/${to.published?.permalink}">the second</a> whole.</p>
${outcomes.map((id) => {
  const title = outcomeTitle(later, id);
  return html`<section class="wm-outcome" aria-labelledby="outcome-${id}"><h4 class="govuk-heading-m" id="outcome-${id}">${title}</h4>
${thenAndLater({ title, earlier: rows(earlier, id), later: rows(later, id), names: summary.armNames, when })}</section>`;
})}`;
}

/**
 * @param all published releases of the evaluation, newest first
 * @param live whether the reader may look back on any day too
 */
export function compareReleasesPage(
  summary: EvaluationSummary,
  all: readonly Release[],
  chosen: { from: Release; to: Release } | null,
  live: boolean,
): Html {
  const [newest, before] = all;
  return html`${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">Compare two releases</h2>
<p class="govuk-body">A release says what was known when it was made, and never changes. Between releases nobody but those who work on the evaluation looks back on figures.</p>
${
  all.length < 2
    ? html`<p class="govuk-body">${all.length === 0 ? 'This evaluation has no release yet' : 'This evaluation has one release so far'}, and two are needed to compare. <a class="govuk-link" href="/releases">See every release</a>.</p>`
    : html`<form method="get" action="${lookBackPath(summary.slug)}/releases">
${choose('from', 'Earlier release', all, chosen?.from ?? before)}
${choose('to', 'Later release', all, chosen?.to ?? newest)}
<button type="submit" class="govuk-button" data-module="govuk-button">Compare</button></form>`
}
${chosen && comparison(summary, chosen.from, chosen.to)}
${live && html`<p class="govuk-body"><a class="govuk-link" href="${lookBackPath(summary.slug)}">Look back on any day</a></p>`}`;
}
