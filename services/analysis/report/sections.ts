// What a report consists of, in the order in which it is read: each part is made of what may be shown, or is not there.
import { type Html, html } from '../../page/html.ts';
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
import type { ShownRecord } from './shown.ts';

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

/** The parts that a record has. */
const sectionsOf = (shown: ShownRecord): { id: string; title: string; body: Html }[] =>
  sections.flatMap(([id, title, section]) => {
    const body = section(shown);
    return body ? [{ id, title, body }] : [];
  });

/** The parts beside a list of them. */
export function besideContents(shown: ShownRecord): Html {
  const parts = sectionsOf(shown);
  return html`<div class="wm-beside">
<nav class="wm-contents" aria-label="Contents"><h2 class="govuk-heading-s govuk-!-margin-bottom-1">Contents</h2>
<ol class="govuk-list">${parts.map(({ id, title }) => html`<li><a class="govuk-link" href="#${id}">${title}</a></li>`)}</ol></nav>
<div>
${parts.map(({ body }) => body)}
</div></div>`;
}
