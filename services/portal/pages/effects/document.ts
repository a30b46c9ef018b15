// Released effects as a page reads them: the frozen document of a published analysis, from its top to its citation.
import { z } from 'zod';
import { note } from '../../../analysis/report/say.ts';
import { subgroupsSection } from '../../../analysis/report/sections/groups.ts';
import { resultsSection } from '../../../analysis/report/sections/results.ts';
import { whoSection } from '../../../analysis/report/sections/who.ts';
import type { ShownRecord } from '../../../analysis/report/shown.ts';
import { designWords, finding } from '../../../analysis/report/summary.ts';
import { fingerprint, summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { count, list, moment } from '../../../page/words.ts';
import type { EffectsDocument } from '../../../releases/effects/judge.ts';
import type { Release } from '../../../releases/standing.ts';
import { curvesOf, definitionList, effectTable, gatesTable, type Place, ways } from './figures.ts';

const Document = z.custom<EffectsDocument>((value) => typeof value === 'object' && value !== null);

/** The document of a published release of an analysis. */
export const documentOf = ({ published }: Release): EffectsDocument =>
  Document.parse(JSON.parse(published?.body ?? 'null'));

const CITATION = 'how-to-cite';

/** Whoever reads it later can tell by the hash whether they have the same bytes. */
const citation = (release: Release, record: ShownRecord, { cut }: EffectsDocument['analysis']): Html =>
  html`<span class="wm-citation">${record.title}. ${release.title}, of what had come in by ${moment(cut)}${record.dataSource !== 'real' && ', data that describe no real child'}. Waymark ${record.codeVersion}. /releases/${release.published?.permalink}. SHA-256 ${release.published?.hash}</span>`;

const leftOutWords = ({ estimates, subgroups, curves }: EffectsDocument['disclosure']['leftOut']): string => {
  const parts = [
    ...(estimates > 0 ? [`${count(estimates)} estimates`] : []),
    ...(subgroups > 0 ? [`${count(subgroups)} effects in groups of children`] : []),
    ...(curves > 0 ? [`${count(curves)} curves`] : []),
  ];
  return parts.length === 0 ? 'Nothing' : `${list(parts)}, because too few children stand behind them`;
};

function curvesSection(record: ShownRecord, place: Place): Html | null {
  const drawn = record.results.filter(({ curves }) => curves.length > 0);
  if (drawn.length === 0) return null;
  return html`<section aria-labelledby="over-time">
<h2 class="govuk-heading-l" id="over-time">When outcomes came</h2>
${drawn.map((result) => html`${curvesOf(record, result)}${ways(place, 'over-time', `${result.title.toLowerCase()} over time`)}`)}
</section>`;
}

/** Everything that was released of an analysis, with headings of the second level. */
export function effectsParts(release: Release): Html {
  const { effects: record, analysis, disclosure } = documentOf(release);
  if (record === null)
    return html`<p class="govuk-body">Nothing of this analysis may be shown: too few children stand behind it.</p>`;
  const place: Place = { permalink: release.published?.permalink ?? '', citation: CITATION };
  const subgroups = subgroupsSection(record);
  return html`<div class="wm-report">
${finding(record)}
<p class="govuk-body">${designWords(record)}</p>
<section aria-labelledby="effects">
<h2 class="govuk-heading-l" id="effects">Effects, unadjusted and adjusted</h2>
${effectTable(record)}
${note(html`“${record.study.arms.trial}” against “${record.study.arms.comparison}”. The plan, written down before results were seen, says what is adjusted for${record.study.plan.covariates.length === 0 && ': nothing here'}. An interval that holds no difference does not show that the groups are alike.`)}
${ways(place, 'effects', 'effects, unadjusted and adjusted')}
</section>
${resultsSection(record)}
${ways(place, 'results', 'results')}
${subgroups && html`${subgroups}${ways(place, 'subgroups', 'groups of children')}`}
${curvesSection(record, place)}
${whoSection(record)}
${ways(place, 'who', 'who took part')}
<section aria-labelledby="checks">
<h2 class="govuk-heading-l" id="checks">Checks before looking</h2>
${gatesTable(record)}
</section>
<section aria-labelledby="definitions">
<h2 class="govuk-heading-l" id="definitions">Definitions</h2>
${definitionList(record)}
</section>
<section aria-labelledby="${CITATION}">
<h2 class="govuk-heading-l" id="${CITATION}">How to cite this, and what it was made of</h2>
${summaryList([
  { key: 'Citation', value: citation(release, record, analysis) },
  {
    key: 'Address that stays',
    value: html`<a class="govuk-link" href="/releases/${place.permalink}">/releases/${place.permalink}</a>`,
  },
  { key: 'Left out', value: leftOutWords(disclosure.leftOut) },
  { key: 'Protocol', value: fingerprint(record.protocolHash) },
  { key: 'Analysis record', value: fingerprint(analysis.hash) },
])}
</section></div>`;
}
