// What comes first: what was asked, of whom, what was found, and what kind of answer it is.
import { summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted, day, list, months } from '../../../page/words.ts';
import { armsBy, indexRecord } from '../say.ts';
import type { ShownRecord } from '../shown.ts';
import { designWords, finding } from '../summary.ts';

export function summarySection(record: ShownRecord): Html {
  const { study, asOf } = record;
  const { population } = study;
  return html`<section aria-labelledby="summary">
<h2 class="govuk-heading-l" id="summary">Summary</h2>
${finding(record)}
<p class="govuk-body">${designWords(record)}</p>
${summaryList([
  { key: 'Question', value: study.question },
  { key: 'What is estimated', value: study.estimand.words },
  {
    key: 'Who',
    value: `Children with a ${indexRecord[population.index.record] ?? 'record'} from ${day(population.from)} to ${day(population.to)}, in ${counted(study.councils.length, 'council')}`,
  },
  {
    key: 'Groups',
    value: `${study.arms.trial}, and ${study.arms.comparison}; ${armsBy[study.armsBy] ?? study.armsBy}`,
  },
  { key: 'Followed for', value: list(study.horizons.map(months)) },
  { key: 'Records', value: asOf === null ? 'All that were received' : `Recorded by ${day(asOf)}` },
])}
</section>`;
}
