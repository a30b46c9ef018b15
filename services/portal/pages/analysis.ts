// A kept analysis: what it was made of and by whom, the parts of its report, and the other ones that are kept.
import { besideContents } from '../../analysis/report/sections.ts';
import { type Cell, fingerprint, summaryList, table, tag, warning } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { day, moment, momentInTable, sentence } from '../../page/words.ts';
import type { AnalysisOutline, EvaluationSummary, KeptAnalysis } from '../store.ts';
import { evaluationTop } from './evaluation-frame.ts';

export const analysisPath = (slug: string, number: number): string =>
  `/evaluations/${slug}/analysis/${number}`;

const known = ({ asOf, cut }: AnalysisOutline): string =>
  `what had come in by ${asOf === null ? moment(cut) : `the end of ${day(asOf)}`}`;

const effects = ({ withheld }: AnalysisOutline): Piece =>
  withheld ? tag('Withheld', 'orange') : tag('Shown', 'green');

function others(summary: EvaluationSummary, all: readonly AnalysisOutline[], current: number): Html | null {
  if (all.length < 2) return null;
  return html`<h2 class="govuk-heading-l">Every analysis of this evaluation</h2>
<p class="govuk-body">Each is kept as it was made. A later one does not take the place of an earlier one.</p>
${table({
  caption: 'Analyses, newest first',
  captionHidden: true,
  columns: [{ text: 'Analysis' }, { text: 'Made' }, { text: 'By' }, { text: 'Made of' }, { text: 'Effects' }],
  groups: [
    {
      rows: all.map((one): Cell[] => [
        {
          content:
            one.number === current
              ? html`Number ${String(one.number)} (this one)`
              : html`<a class="govuk-link" href="${analysisPath(summary.slug, one.number)}">Number ${String(one.number)}</a>`,
        },
        { content: html`<span class="wm-nowrap">${momentInTable(one.at)}</span>` },
        { content: one.by },
        { content: sentence(known(one)) },
        { content: effects(one) },
      ]),
    },
  ],
})}`;
}

/** Whoever reads it later can tell by the hash whether they have the same record. */
const citation = (summary: EvaluationSummary, analysis: AnalysisOutline): Html =>
  html`<span class="wm-citation">${summary.title}. Analysis ${String(analysis.number)}, of ${known(analysis)}${summary.dataSource !== 'real' && ', data that describe no real child'}. Waymark ${analysis.codeVersion}. ${analysisPath(summary.slug, analysis.number)}. Record ${analysis.hash}</span>`;

export function analysisPage(
  summary: EvaluationSummary,
  analysis: KeptAnalysis,
  all: readonly AnalysisOutline[],
): Html {
  const { number, hash, by, at, codeVersion, shown } = analysis;
  const path = analysisPath(summary.slug, number);
  return html`${evaluationTop(summary, 'analysis')}
<h2 class="govuk-heading-l">Analysis ${String(number)}</h2>
${summaryList([
  { key: 'Made', value: `${moment(at)} by ${by}, Waymark ${codeVersion}` },
  { key: 'Made of', value: sentence(known(analysis)) },
  { key: 'Address', value: html`<a class="govuk-link" href="${path}">${path}</a>` },
  { key: 'Fingerprint of the record', value: fingerprint(hash) },
  { key: 'How to cite it', value: citation(summary, analysis) },
  {
    key: 'To make it again',
    value: html`<code class="wm-code">waymark analyse --analysis ${String(number)} --verify</code>`,
  },
])}
<p class="govuk-body">This is for those who work on the evaluation. Its small numbers are hidden, but it is not weighed against what researchers have been shown: pass on a <a class="govuk-link" href="/releases">release</a>, not this page. An evaluator <a class="govuk-link" href="/releases/new?what=${`${summary.slug}:${number}`}">drafts one of its effects</a>.</p>
${
  shown === null
    ? warning('One of the groups has too few children for anything to be shown.')
    : html`<div class="wm-report">${besideContents(shown)}</div>`
}
${others(summary, all, number)}`;
}

export const noAnalysisPage = (summary: EvaluationSummary): Html => html`${evaluationTop(summary, 'analysis')}
<h2 class="govuk-heading-l">Nothing has been analysed yet</h2>
<p class="govuk-body">${
  summary.blinded
    ? 'This evaluation is blinded. It is analysed once somebody has recorded why outcomes by group may be seen.'
    : html`An evaluator carries out the plan with <code>waymark analyse --evaluation ${summary.slug} --by NAME</code>. What comes of it is kept and shown here.`
}</p>`;
