// Councils by size and share of children with the outcome, both arms together, between the lines of chance.
import type { ShownGroup } from '../../disclosure/breakdown.ts';
import { type FunnelCouncil, funnelPlot, isOutside } from '../../page/funnel.ts';
import { type Html, html } from '../../page/html.ts';
import { counted, list } from '../../page/words.ts';
import type { GroupsView } from '../groups-view.ts';

/** Whole percent: counts are rounded. */
const share = (risk: number): string => `${Math.round(100 * risk)}%`;

/** A council whose counts may all be seen; null where one is hidden. */
function whole(council: string, arms: readonly (ShownGroup | null)[]): FunnelCouncil | null {
  let [n, events] = [0, 0];
  for (const arm of arms) {
    if (arm === null) continue;
    if (arm.matured === null || arm.events === null) return null;
    n += arm.matured;
    events += arm.events;
  }
  return n > 0 ? { council, n, risk: Math.min(1, events / n) } : null;
}

/** Null for waves, and where fewer than three councils can be drawn. */
export function councilFunnel({ shown, nameOf, title }: GroupsView): Html | null {
  if (shown.by !== 'council') return null;
  const councils = shown.groups.flatMap(
    ({ group, trial, comparison }) => whole(nameOf(group), [trial, comparison]) ?? [],
  );
  if (councils.length < 3) return null;
  const children = councils.reduce((sum, { n }) => sum + n, 0);
  const risk = councils.reduce((sum, { n, risk: own }) => sum + n * own, 0) / children;
  const outside = councils.filter((one) => isOutside(one, risk)).map(({ council }) => council);
  const missing = shown.groups.length - councils.length;
  const words = `${title}, councils by size`;
  return html`<figure class="wm-chart wm-chart--groups"><figcaption><span class="wm-chart__title">Councils by the number of children followed</span>
Each dot is a council, children of both groups together. Between the dotted lines chance alone would put 95 councils in 100, between the dashed lines 998 in 1,000.</figcaption>
${funnelPlot({
  title: words,
  description: `${councils.map((one) => `${one.council}: ${share(one.risk)}.`).join(' ')} Together: ${share(risk)}.`,
  councils,
  risk,
})}
<p class="govuk-body">${outside.length === 0 ? 'No council lies outside the dashed lines.' : `Outside the dashed lines: ${list(outside)}. What is recorded may differ there, or the families, or what they were offered.`}${missing > 0 && ` ${counted(missing, 'council')} cannot be drawn: numbers are hidden.`}</p></figure>`;
}
