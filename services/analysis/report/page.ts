// The report: one page that asks for nothing from elsewhere, made of what may be shown and of nothing else.
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { dataSourceNotice } from '../../page/components.ts';
import { html, trusted } from '../../page/html.ts';
import { mark, stylesheet } from '../../page/stylesheet.ts';
import { sentence } from '../../page/words.ts';
import { besideContents } from './sections.ts';
import { shownRecord } from './shown.ts';

const icon = (): string => `data:image/svg+xml;base64,${Buffer.from(mark()).toString('base64')}`;

/**
 * The page of a record.
 * @throws UserError as `shownRecord` does
 */
export function reportPage(record: AnalysisRecord): string {
  const shown = shownRecord(record);
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
${besideContents(shown)}
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
