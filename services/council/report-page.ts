// The data-quality report as one page that opens without a network and asks for nothing from elsewhere. It holds counts,
// file names, line numbers and rule codes: no value of any record.
import { type Html, html, trusted } from '../page/html.ts';
import { mark, stylesheet } from '../page/stylesheet.ts';
import { count, counted, day, list } from '../page/words.ts';
import type { ConversionReport } from './report.ts';
import { monthsSection } from './report-months.ts';
import {
  findingsSection,
  lastSection,
  linkageSection,
  missingSection,
  notCarriedSection,
  recordsSection,
  refusedSection,
  returnsSection,
} from './report-sections.ts';

type Section = (report: ConversionReport) => Html | null;

const sections: readonly [id: string, title: string, section: Section][] = [
  ['returns', 'Returns read', returnsSection],
  ['refused', 'Refused records', refusedSection],
  ['findings', 'Rule breaches and doubts', findingsSection],
  ['last', 'Against what was last sent', lastSection],
  ['linkage', 'Children looked after and the other returns', linkageSection],
  ['records', 'Records made', recordsSection],
  ['missing', 'Missing fields', missingSection],
  ['months', 'Records by month', monthsSection],
  ['not-carried', 'Read and not sent', notCarriedSection],
];

const failure = ({ failed }: ConversionReport): Html | null =>
  failed
    ? html`<div class="govuk-error-summary"><div role="alert"><h2 class="govuk-error-summary__title">Nothing was written or sent</h2>
<div class="govuk-error-summary__body"><p>${failed.message}${failed.file !== undefined && ` (${failed.file}${failed.line === undefined ? '' : `, line ${count(failed.line)}`})`}</p>
<p>The counts below are of what was read until then.</p></div></div></div>`
    : null;

/** What came of the conversion, and what is to be done about it. */
function summary(report: ConversionReport): Html {
  const { children, events, purges, refused, findings, returns } = report;
  const through = [...new Set(returns.map((one) => one.completeThrough))].sort();
  const doubts = findings.reduce((sum, one) => sum + one.count, 0);
  // Children are counted when a return has been read to its end.
  const whole = !report.failed && html`${counted(children, 'child', 'children')} and `;
  const made = html`${whole}${counted(events, 'case event')}${purges > 0 && `, of which ${counted(purges, 'purge')}`}`;
  return html`<p class="govuk-body-l">${made}${through.length > 0 && `, complete through ${list(through.map(day))}`}.</p>
<ul class="govuk-list govuk-list--bullet">
<li>${refused === 0 ? 'No record was refused.' : html`<strong>${counted(refused, 'record')} refused</strong>: mend ${refused === 1 ? 'it' : 'them'} and convert again. The other records are not held back${report.waived === undefined && ', but kinds with refused records are not stated complete until then'}.`}</li>
<li>${doubts === 0 ? 'No rule was broken and nothing was doubtful.' : html`<strong>${counted(doubts, 'rule breach or doubt', 'rule breaches and doubts')}</strong>: the records were kept, each marked with its rule.`}</li>
</ul>`;
}

/** The page of a report. */
export function reportPage(report: ConversionReport): string {
  const drawn = sections.flatMap(([id, title, section]) => {
    const body = section(report);
    return body ? [{ id, title, body }] : [];
  });
  return html`<!DOCTYPE html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<title>${report.failed && 'Failed: '}Data quality of the returns of ${report.council} – Waymark</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${trusted(stylesheet())}</style>
</head>
<body class="govuk-template__body">
<a href="#main-content" class="govuk-skip-link">Skip to main content</a>
<header class="govuk-template__header"><div class="govuk-generic-header"><div class="govuk-generic-header__container govuk-width-container">
<div class="govuk-generic-header__logo"><span class="govuk-generic-header__homepage-link"><span class="wm-mark" aria-hidden="true">${trusted(mark())}</span>Waymark</span></div>
</div></div></header>
<div class="govuk-width-container">
<main class="govuk-main-wrapper wm-report" id="main-content">
<span class="govuk-caption-l">Data-quality report</span>
<h1 class="govuk-heading-xl">Returns of ${report.council}</h1>
${failure(report)}
${summary(report)}
<div class="govuk-inset-text">Keep this page inside the council. It holds counts and places, and no value of any record; but a count below 10 can still say something about a child.</div>
<div class="wm-beside">
<nav class="wm-contents" aria-label="Contents"><h2 class="govuk-heading-s govuk-!-margin-bottom-1">Contents</h2>
<ol class="govuk-list">${drawn.map(({ id, title }) => html`<li><a class="govuk-link" href="#${id}">${title}</a></li>`)}</ol></nav>
<div>
${drawn.map(({ id, title, body }) => html`<section id="${id}"><h2 class="govuk-heading-l">${title}</h2>\n${body}</section>\n`)}
</div></div>
</main>
</div>
<footer class="govuk-template__footer wm-footer"><div class="govuk-width-container">
<p class="govuk-body-s">Rules with a number are those of the Department for Education’s validation of the census and of SSDA903. Waymark is not a GOV.UK service.</p>
</div></footer>
</body>
</html>
`.text;
}
