// From a chart to what is behind it: table, definition, the address of this view, and how to cite it.
import { details } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { moment, months } from '../../../page/words.ts';
import { dashboardPath, type EvaluationView, outcomeTitle, type Selection } from '../../evaluation-view.ts';

type OutcomeSelection = Selection & { outcome: string };

export function wayTo({ summary }: EvaluationView, selection: OutcomeSelection, title: string): Html {
  const { outcome } = selection;
  const of = html`<span class="govuk-visually-hidden">: ${title.toLowerCase()}</span>`;
  return html`<ul class="wm-ways">
<li><a class="govuk-link" href="#table-${outcome}">Table${of}</a></li>
<li><a class="govuk-link" href="#definition-${outcome}">Definition${of}</a></li>
<li><a class="govuk-link" href="#citation-${outcome}">How to cite${of}</a></li>
<li><a class="govuk-link" href="${dashboardPath(summary.slug, selection)}">Link to this view${of}</a></li>
</ul>`;
}

/** Names the day, the plan and the definition, because the numbers at an address change while children are followed. */
export function citation({ result, summary }: EvaluationView, selection: OutcomeSelection): Html {
  const { outcome, horizon } = selection;
  const title = outcomeTitle(result, outcome);
  const definition = result.definitions.find(({ id }) => id === outcome);
  const asAt = result.disclosure.held?.find((one) => one.outcome === outcome)?.asAt ?? result.computedAt;
  return html`<div id="citation-${outcome}">${details(
    html`How to cite this<span class="govuk-visually-hidden">: ${title.toLowerCase()}</span>`,
    html`<p class="govuk-body wm-citation">${summary.title}. ${title}${horizon !== null && ` within ${months(horizon)}`}, as worked out on ${moment(asAt)}${summary.dataSource !== 'real' && ' from data that describe no real child'}. Waymark ${result.codeVersion}. ${dashboardPath(summary.slug, selection)}. Protocol ${result.protocolHash}.${definition && ` Definition version ${definition.version}, ${definition.hash}.`}</p>
<p class="govuk-body">The numbers at this address change as more children are followed, so always give the day and time. Two readers with the same fingerprints looked at the same plan and the same definition.</p>`,
  )}</div>`;
}
