// The report: one page that asks for nothing from elsewhere, made of what may be shown and of nothing else.
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { dataSourceNotice } from '../../page/components.ts';
import { type Html, html, trusted } from '../../page/html.ts';
import { mark, stylesheet } from '../../page/stylesheet.ts';
import { sentence } from '../../page/words.ts';
import { beforeAfterSection } from './sections/before-after.ts';
import { checksSection } from './sections/checks.ts';
import { costsSection } from './sections/costs.ts';
import { checklistSection, definitionsSection, madeSection } from './sections/end.ts';
import { councilsSection, subgroupsSection } from './sections/groups.ts';
import { interimSection } from './sections/interim.ts';
import { matchingSection } from './sections/matching.ts';
import { overTimeSection } from './sections/over-time.ts';
import { pooledSection } from './sections/pooled.ts';
import { resultsSection } from './sections/results.ts';
import { sensitivitySection } from './sections/sensitivity.ts';
import { summarySection } from './sections/top.ts';
import { baselineSection, whoSection } from './sections/who.ts';
import { type ShownRecord, shownRecord } from './shown.ts';

type Section = (record: ShownRecord) => Html | null;

const sections: readonly [id: string, title: string, section: Section][] = [
  ['summary', 'Summary', summarySection],
  ['checks', 'Checks before looking', checksSection],
  ['who', 'Who took part', whoSection],
  ['baseline', 'How alike the groups were', baselineSection],
  ['matching', 'How alike the groups were made', matchingSection],
  ['results', 'Results', resultsSection],
  ['interim', 'Looks before the end', interimSection],
  ['before-after', 'Before and after councils began', beforeAfterSection],
  ['sensitivity', 'The same question asked otherwise', sensitivitySection],
  ['costs', 'What it cost', costsSection],
  ['over-time', 'When outcomes came', overTimeSection],
  ['subgroups', 'Groups of children', subgroupsSection],
  ['councils', 'Councils side by side', councilsSection],
  ['pooled', 'The effect from council to council', pooledSection],
  ['definitions', 'Definitions', definitionsSection],
  ['checklist', 'Reporting checklist', checklistSection],
  ['made', 'How this was made', madeSection],
];

const icon = (): string => `data:image/svg+xml;base64,${Buffer.from(mark()).toString('base64')}`;

/**
 * The page of a record.
 * @throws UserError as `shownRecord` does
 */
export function reportPage(record: AnalysisRecord): string {
  const shown = shownRecord(record);
  const drawn = sections.flatMap(([id, title, section]) => {
    const body = section(shown);
    return body ? [{ id, title, body }] : [];
  });
  const source = record.dataSource === 'real' ? '' : ` (${record.dataSource} data)`;
  return html`<!DOCTYPE html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<title>${record.title}${source} – Waymark report</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="${icon()}" type="image/svg+xml">
<style>${trusted(stylesheet())}</style>
</head>
<body class="govuk-template__body">
<a href="#main-content" class="govuk-skip-link">Skip to main content</a>
<header class="govuk-template__header"><div class="govuk-generic-header"><div class="govuk-generic-header__container govuk-width-container">
<div class="govuk-generic-header__logo"><span class="govuk-generic-header__homepage-link"><img class="wm-mark" src="${icon()}" alt="" width="32" height="32">Waymark</span></div>
</div></div></header>
<div class="govuk-width-container">
<main class="govuk-main-wrapper wm-report" id="main-content">
<span class="govuk-caption-l">Evaluation report</span>
<h1 class="govuk-heading-xl">${record.title}</h1>
${dataSourceNotice(record.dataSource)}
<div class="wm-beside">
<nav class="wm-contents" aria-label="Contents"><h2 class="govuk-heading-s govuk-!-margin-bottom-1">Contents</h2>
<ol class="govuk-list">${drawn.map(({ id, title }) => html`<li><a class="govuk-link" href="#${id}">${title}</a></li>`)}</ol></nav>
<div>
${drawn.map(({ body }) => body)}
</div></div>
</main>
</div>
<footer class="govuk-template__footer wm-footer"><div class="govuk-width-container">
<p class="govuk-body-s">${source ? `${sentence(record.dataSource)} data: no finding on this page is true of anyone. ` : ''}Numbers of children below ${shown.threshold}, and others that would give them away, are hidden.</p>
<p class="govuk-body-s">Waymark is not a GOV.UK service.</p>
</div></footer>
</body>
</html>
`.text;
}
