// What holds for every number of the page: when, from which plan, and what is hidden.

import { fingerprint, summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, day, moment } from '../../../page/words.ts';
import { columns, HIDDEN, NOT_YET } from '../../columns.ts';
import type { EvaluationView } from '../../evaluation-view.ts';
import { deviationList } from '../deviations.ts';

const sentenceCount = (value: number): string =>
  value === 1 ? '1 number is' : `${count(value)} numbers are`;

export function aboutNumbers({ result, summary }: EvaluationView): Html {
  const { threshold, hiddenNumbers } = result.disclosure;
  const path = `/evaluations/${summary.slug}`;
  return html`<section aria-labelledby="about">
<h2 class="govuk-heading-l" id="about">About these numbers</h2>
${summaryList([
  { key: 'Worked out', value: moment(result.computedAt) },
  {
    key: 'Records complete through',
    value: result.completeThrough === null ? 'Not yet known for every council' : day(result.completeThrough),
  },
  {
    key: 'Children enrolled',
    value:
      result.participants.trial === null || result.participants.comparison === null
        ? 'Hidden, because there are so few'
        : `${count(result.participants.trial)} in ${summary.armNames.trial}, ${count(result.participants.comparison)} in ${summary.armNames.comparison}`,
  },
  {
    key: 'Protecting children',
    value: html`${
      threshold > 1
        ? `Counts from 1 to ${threshold - 1} are hidden, and so are the numbers they could be worked out from. `
        : 'This evaluation hides no counts. '
    }${threshold > 1 && (hiddenNumbers === 0 ? 'Nothing on this page had to be hidden.' : `${sentenceCount(hiddenNumbers)} hidden in these results.`)}`,
  },
  {
    key: '95% interval',
    value:
      'A range of differences that fit the data. If there were no bias and the study were repeated many times, 95 in 100 such ranges would hold the true difference.',
  },
  {
    key: 'Protocol fingerprint',
    value: html`${fingerprint(result.protocolHash)} The plan for this evaluation, written down before results were seen. If a word of it changed, so would the fingerprint.`,
  },
  { key: 'Changes after locking', value: deviationList(result.deviations) },
  { key: 'Software', value: `Waymark ${result.codeVersion}` },
])}
<h3 class="govuk-heading-m">Take the numbers with you</h3>
<ul class="govuk-list">
<li><a class="govuk-link" href="${path}/outcomes.csv" download>Download the table (CSV)</a></li>
<li><a class="govuk-link" href="${path}/outcomes.parquet" download>Download the table with its types (Parquet)</a></li>
<li><a class="govuk-link" href="${path}/outcomes.csv-metadata.json" download>What the table’s columns mean, for a program (CSV on the Web)</a></li>
<li><a class="govuk-link" href="/api/v1${path}/result">The same numbers for a program (JSON)</a></li>
</ul>
<details class="govuk-details"><summary class="govuk-details__summary"><span class="govuk-details__summary-text">What the table’s columns mean</span></summary>
<div class="govuk-details__text"><p class="govuk-body">${HIDDEN} stands for a number that is hidden to protect people, ${NOT_YET} for one that is not known yet. In Parquet such a cell is empty, and the columns <code>hidden</code> and <code>not_yet</code> name those that are.</p>
<dl class="wm-columns">${columns.map(({ name, means }) => html`<dt><code>${name}</code></dt><dd>${means}</dd>`)}</dl></div></details></section>`;
}
