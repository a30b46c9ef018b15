// The checks that must hold before effects are looked at, and what was found.
import { summaryList, tag } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { gateName } from '../say.ts';
import type { ShownGate, ShownRecord } from '../shown.ts';

const tags: Record<ShownGate['state'], Html> = {
  passed: tag('Holds', 'green'),
  failed: tag('Failed', 'red'),
  accepted: tag('Failed, explained', 'yellow'),
  'not-applicable': tag('Does not apply', 'grey'),
};

export const checksSection = ({ gates, withheld }: ShownRecord): Html =>
  html`<section aria-labelledby="checks">
<h2 class="govuk-heading-l" id="checks">Checks before looking</h2>
<p class="govuk-body">Each was worked out before anybody looked at an effect. ${
    withheld
      ? 'One or more failed and nobody has recorded why effects may be seen all the same: they are withheld.'
      : gates.some(({ state }) => state === 'accepted')
        ? 'Where one failed, a named person recorded why effects may be seen all the same.'
        : 'None failed.'
  }</p>
${summaryList(
  gates.map((gate) => ({
    key: gateName(gate.id),
    value: html`${tags[gate.state]}<br>${gate.words ?? 'What was found is hidden: it would tell of too few children.'}${
      gate.accepted && html`<br><strong>${gate.accepted.by}:</strong> ${gate.accepted.reason}`
    }`,
  })),
)}
</section>`;
