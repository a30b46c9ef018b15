// One outcome: what it is, its charts, its table, and what is behind them.
import type { ProtectedResult } from '../../../disclosure/protect.ts';
import { definitionWords } from '../../../outcomes/definition-words.ts';
import { details, fingerprint, summaryList } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { counted, moment, months, points } from '../../../page/words.ts';
import { type EvaluationView, outcomeTitle } from '../../evaluation-view.ts';
import { charts } from './charts.ts';
import { citation, wayTo } from './citation.ts';
import { everyChild, outcomeTable } from './tables.ts';

/** Numbers that wait because of what readers saw before. */
function heldNote({ disclosure }: ProtectedResult, outcome: string): Html | undefined {
  const held = disclosure.held?.find((one) => one.outcome === outcome);
  if (!held) return undefined;
  const since = held.asAt && html`These numbers are as they stood on ${moment(held.asAt)}. `;
  return html`<div class="govuk-inset-text"><p class="govuk-body">${since}${held.reason}</p></div>`;
}

export function outcomeSection(view: EvaluationView, id: string, horizon: number | null): Html {
  const { result, summary } = view;
  const rows = result.results
    .filter((each) => each.outcome === id && (horizon === null || each.horizon === horizon))
    .sort((a, b) => a.horizon - b.horizon);
  const title = outcomeTitle(result, id);
  const definition = result.definitions.find((one) => one.id === id);
  const warnings = rows.flatMap((each) => each.warnings.map((text) => `${months(each.horizon)}: ${text}`));
  const effects = rows.flatMap((each) => (each.effect ? [{ horizon: each.horizon, ...each.effect }] : []));
  return html`<section class="wm-outcome" aria-labelledby="outcome-${id}">
<h2 class="govuk-heading-l" id="outcome-${id}">${title}</h2>
${definition && html`<p class="govuk-body">${definition.definition.words}</p>`}
${charts(result, rows, summary.armNames, title)}
${wayTo(view, { outcome: id, horizon }, title)}
<div id="table-${id}">${outcomeTable(result, rows, summary.armNames, title)}</div>
${heldNote(result, id)}
${warnings.length > 0 && html`<div class="govuk-inset-text"><p class="govuk-body">Take care with these numbers:</p><ul class="govuk-list govuk-list--bullet">${warnings.map((text) => html`<li>${text}</li>`)}</ul></div>`}
${everyChild(rows, summary.armNames, title)}
<div id="definition-${id}">${details(
    html`How this outcome is defined and compared<span class="govuk-visually-hidden">: ${title.toLowerCase()}</span>`,
    summaryList([
      ...(definition
        ? [
            {
              key: 'What counts',
              value: html`<ul class="govuk-list govuk-list--bullet">${definitionWords(definition.definition).map((choice) => html`<li>${choice}</li>`)}</ul>`,
            },
            { key: 'Source', value: definition.definition.source },
            {
              key: 'Version and fingerprint',
              value: html`Version ${definition.version} ${fingerprint(definition.hash)}`,
            },
          ]
        : []),
      ...effects.map((effect) => ({
        key: `Difference at ${months(effect.horizon)}`,
        value: html`Method: ${effect.method}. Standard error ${points(effect.standardError).slice(1)} percentage points, from ${counted(effect.clusters, 'separate unit')} (such as families or councils)${effect.degreesOfFreedom !== null && `, ${effect.degreesOfFreedom.toFixed(1)} degrees of freedom`}. p ${effect.p < 0.001 ? 'less than 0.001' : `= ${effect.p.toFixed(3)}`}.`,
      })),
    ]),
  )}</div>
${citation(view, { outcome: id, horizon })}
</section>`;
}
