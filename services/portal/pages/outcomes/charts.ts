// The two charts of one outcome. A point that is hidden or not yet known is named in its place, never drawn at zero.
import type { ProtectedOutcome, ProtectedResult } from '../../../disclosure/protect.ts';
import { type Html, html } from '../../../page/html.ts';
import { list, months, percent, points } from '../../../page/words.ts';
import { differenceChart, riskChart } from '../../chart.ts';
import { knowledgeOf } from '../../evaluation-view.ts';
import type { ArmNames } from './marks.ts';

export function charts(
  result: ProtectedResult,
  rows: readonly ProtectedOutcome[],
  names: ArmNames,
  title: string,
): Html {
  const missing = (each: ProtectedOutcome) =>
    each.arms.every((arm) => arm.hidden.includes('risk'))
      ? 'Hidden'
      : each.arms.some((arm) => arm.hidden.includes('risk'))
        ? `${list(each.arms.filter((arm) => arm.hidden.includes('risk')).map((arm) => names[arm.arm]))} hidden`
        : knowledgeOf(result, each) === 'not-yet'
          ? 'Not yet known'
          : null;
  const riskOf = (each: ProtectedOutcome, name: string) =>
    each.arms.find((arm) => arm.arm === name)?.risk ?? null;
  const inWords = rows.map((each) => {
    const trial = riskOf(each, 'trial');
    const comparison = riskOf(each, 'comparison');
    if (trial === null || comparison === null)
      return `${months(each.horizon)}: ${(missing(each) ?? 'not known').toLowerCase()}.`;
    return `${months(each.horizon)}: ${percent(trial)} in ${names.trial}, ${percent(comparison)} in ${names.comparison}.`;
  });
  const differences = rows.map((each) =>
    each.effect
      ? `${months(each.horizon)}: ${points(each.effect.estimate)} percentage points, from ${points(each.effect.lower)} to ${points(each.effect.upper)}.`
      : `${months(each.horizon)}: ${(missing(each) ?? 'not estimated').toLowerCase()}.`,
  );
  return html`<div class="wm-charts">
<figure class="wm-chart"><figcaption><span class="wm-chart__title">Share of children</span>
<span class="wm-key"><svg viewBox="0 0 36 14" aria-hidden="true" focusable="false"><line class="wm-key__trial" x1="0" x2="36" y1="7" y2="7"/><circle class="wm-key__trial" cx="18" cy="7" r="6"/></svg>${names.trial}</span>
<span class="wm-key"><svg viewBox="0 0 36 14" aria-hidden="true" focusable="false"><line class="wm-key__comparison" x1="0" x2="36" y1="7" y2="7"/><rect class="wm-key__comparison" x="13" y="2" width="10" height="10"/></svg>${names.comparison}</span></figcaption>
${riskChart({
  title: `${title}: share of children in each group`,
  description: inWords.join(' '),
  armNames: names,
  points: rows.map((each) => ({
    horizon: months(each.horizon),
    trial: riskOf(each, 'trial'),
    comparison: riskOf(each, 'comparison'),
    missing: missing(each),
  })),
})}</figure>
<figure class="wm-chart"><figcaption><span class="wm-chart__title">Difference, in percentage points</span>
<span class="wm-key">${names.trial} minus ${names.comparison}, with 95% interval. Below 0: fewer children in ${names.trial}.</span></figcaption>
${differenceChart({
  title: `${title}: difference between the groups`,
  description: differences.join(' '),
  points: rows.map((each) => ({
    horizon: months(each.horizon),
    estimate: each.effect?.estimate ?? null,
    lower: each.effect?.lower ?? null,
    upper: each.effect?.upper ?? null,
    missing: each.effectHidden ? 'Hidden' : each.effect ? null : (missing(each) ?? 'Not estimated'),
  })),
})}</figure></div>`;
}
