// The dashboard: first how much can be known, then the numbers, then what they mean and where they come from.
import type { ProtectedArm, ProtectedOutcome, ProtectedResult } from '../../disclosure/protect.ts';
import { definitionWords } from '../../outcomes/definition-words.ts';
import { differenceChart, riskChart } from '../chart.ts';
import {
  type Cell,
  details,
  fingerprint,
  type RowGroup,
  shareBar,
  summaryList,
  table,
  tag,
} from '../components.ts';
import {
  dashboardPath,
  type EvaluationView,
  holdingUp,
  horizonsOf,
  type Knowledge,
  knowledgeOf,
  outcomesOf,
  outcomeTitle,
  type Selection,
  type ShownMaturityRow,
} from '../evaluation-view.ts';
import { type Html, html, type Piece } from '../html.ts';
import { count, counted, day, list, moment, months, percent, points } from '../words.ts';
import { deviationList } from './deviations.ts';
import { evaluationTop } from './evaluation-frame.ts';

type ArmNames = EvaluationView['summary']['armNames'];

const unknown = html`<span class="wm-unknown">Not yet known</span>`;
const hidden = html`<span class="wm-hidden">Hidden</span>`;

const knowledgeTags: Record<Knowledge, Html> = {
  settled: tag('All children followed', 'green'),
  partly: tag('Some children followed', 'yellow'),
  'not-yet': tag('Not yet known', 'grey'),
};

/** The last day on which the outcomes of a horizon become due, YYYY-MM-DD. */
const lastDue = (rows: readonly ShownMaturityRow[], horizon: number): string | null =>
  rows
    .filter((row) => row.horizon === horizon && row.frozenAt === null)
    .map((row) => row.due)
    .sort()
    .at(-1) ?? null;

function whatIsKnown({ result, maturity, summary, today }: EvaluationView): Html {
  const { total } = result.waves;
  const late = holdingUp(maturity, today);
  return html`<section aria-labelledby="known">
<h2 class="govuk-heading-l" id="known">How much is known</h2>
<p class="govuk-body">${
    result.completeThrough === null
      ? html`At least one council has not yet said how far its records are complete, so some answers must wait for it.`
      : html`Every council’s records are complete up to and including <strong>${day(result.completeThrough)}</strong>.`
  } A child’s outcome counts only once the council’s records cover the whole time since the child’s referral. Until then it is not yet known, which is not the same as “nothing happened”. Children are followed in groups, by when they were referred.</p>
<ul class="wm-known">${horizonsOf(result).map((horizon) => {
    const frozen = result.waves.frozen.find((row) => row.horizon === horizon)?.waves ?? 0;
    const due = lastDue(maturity, horizon);
    const any = result.results.some(
      (each) => each.horizon === horizon && knowledgeOf(result, each) !== 'not-yet',
    );
    return html`<li class="wm-known__item">
<h3 class="govuk-heading-s govuk-!-margin-bottom-1">${months(horizon)} after referral</h3>
<p class="wm-known__share">${count(frozen)} of ${count(total)} groups final</p>
${shareBar(total === 0 ? 0 : frozen / total)}
<p class="govuk-body-s govuk-!-margin-bottom-0">${
      frozen === total && total > 0
        ? 'Every child has been followed.'
        : `${any ? 'The rest' : 'Nothing is known yet. All'} can be known${due ? ` from ${day(due)}` : ' once councils’ records are complete'}.`
    }</p></li>
`;
  })}</ul>
${
  late.length > 0 &&
  html`<p class="govuk-body"><strong>Some results are overdue.</strong> They wait for records from ${late.length > 5 ? counted(late.length, 'council') : list(late)}.</p>`
}
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See each group and the councils it waits for</a></p>
</section>`;
}

const direction = (estimate: number): string =>
  points(estimate) === '0.0'
    ? 'no different'
    : `${points(estimate).slice(1)} percentage points ${estimate < 0 ? 'lower' : 'higher'}`;

/** A bound as a reader says it: 0.7 points lower. */
function bound(value: number): string {
  const text = points(value);
  return text === '0.0' ? 'none' : `${text.slice(1)} points ${value < 0 ? 'lower' : 'higher'}`;
}

function mainFinding({ result, summary, maturity }: EvaluationView): Html | null {
  const { outcome, horizon } = summary.primary;
  const each = result.results.find((row) => row.outcome === outcome && row.horizon === horizon);
  if (!each) return null;
  const title = outcomeTitle(result, outcome);
  const trial = each.arms.find((arm) => arm.arm === 'trial');
  const comparison = each.arms.find((arm) => arm.arm === 'comparison');
  const knowledge = knowledgeOf(result, each);
  const due = lastDue(maturity, horizon);
  const finding = (): Piece => {
    if (knowledge === 'not-yet')
      return html`<p class="govuk-body">Not yet known. ${due && html`It can be known from ${day(due)}.`}</p>`;
    if (trial?.risk == null || comparison?.risk == null)
      return html`<p class="govuk-body">Hidden, because so few children are involved that they could be recognised.</p>`;
    return html`<p class="wm-finding__text">Within ${months(horizon)}, <strong>${percent(trial.risk)}</strong> of children in the group ${summary.armNames.trial} had this outcome, compared with <strong>${percent(comparison.risk)}</strong> in the group ${summary.armNames.comparison}.</p>
${
  each.effect &&
  html`<p class="govuk-body">That is ${direction(each.effect.estimate)}. Allowing for chance, the results fit a true difference of anything from ${bound(each.effect.lower)} to ${bound(each.effect.upper)}.</p>`
}${
  knowledge === 'partly' &&
  html`<p class="govuk-body">This is an early answer. It will change as more children reach ${months(horizon)}.</p>`
}`;
  };
  return html`<section class="wm-finding" aria-labelledby="main-question">
<h2 class="govuk-heading-m" id="main-question">The main question: ${title.toLowerCase()} within ${months(horizon)}</h2>
${finding()}</section>`;
}

function selector({ result }: EvaluationView, selection: Selection): Html {
  const link = (text: string, target: Selection) => {
    const current = target.outcome === selection.outcome && target.horizon === selection.horizon;
    return html`<li><a class="govuk-link" href="${dashboardPath(result.evaluation, target)}"${current && html` aria-current="true"`}>${text}</a></li>`;
  };
  return html`<nav class="wm-filters" aria-label="Choose what to show">
<div class="wm-filters__row"><p class="wm-filters__name" id="by-outcome">Outcome</p><ul aria-labelledby="by-outcome">
${link('All', { ...selection, outcome: null })}${outcomesOf(result).map((id) => link(outcomeTitle(result, id), { ...selection, outcome: id }))}</ul></div>
<div class="wm-filters__row"><p class="wm-filters__name" id="by-horizon">Time since referral</p><ul aria-labelledby="by-horizon">
${link('All', { ...selection, horizon: null })}${horizonsOf(result).map((each) => link(months(each), { ...selection, horizon: each }))}</ul></div>
</nav>`;
}

const number = (value: number | null): Piece => (value === null ? hidden : count(value));
/** A count of what was observed: unknown, not zero, while nobody has been followed to the horizon. */
const observed = (arm: ProtectedArm, value: number | null): Piece =>
  arm.matured === 0 ? unknown : number(value);
const risk = (arm: ProtectedArm): Piece =>
  arm.hidden.includes('risk') ? hidden : arm.risk === null ? unknown : percent(arm.risk);

function differenceCell(each: ProtectedOutcome): Piece {
  if (each.effectHidden || each.arms.some((arm) => arm.hidden.includes('risk'))) return hidden;
  if (each.effect) {
    const { estimate, lower, upper } = each.effect;
    return html`<strong>${points(estimate)} percentage points</strong> <span class="wm-interval">(95% interval: ${points(lower)} to ${points(upper)})</span>`;
  }
  return each.arms.some((arm) => arm.matured === 0) ? unknown : 'Could not be estimated';
}

function outcomeTable(
  result: ProtectedResult,
  rows: readonly ProtectedOutcome[],
  names: ArmNames,
  title: string,
): Html {
  const groups = rows.map((each): RowGroup => {
    const difference: Cell[] = [{ content: 'Difference' }, { content: differenceCell(each), span: 3 }];
    return {
      id: `${each.outcome}-${each.horizon}`,
      heading: html`<span class="wm-group__text">${months(each.horizon)} after referral</span> ${knowledgeTags[knowledgeOf(result, each)]}`,
      rows: [
        ...each.arms.map((arm): Cell[] => [
          { content: names[arm.arm] },
          {
            content:
              arm.matured === 0
                ? html`None of ${number(arm.enrolled)}`
                : html`${number(arm.matured)} of ${number(arm.enrolled)}`,
          },
          { content: observed(arm, arm.events) },
          { content: risk(arm) },
        ]),
        difference,
      ],
    };
  });
  return table({
    caption: html`${title}: children and outcomes by group`,
    captionHidden: true,
    columns: [
      { text: 'Group' },
      { text: 'Children followed so far', numeric: true },
      { text: 'With this outcome', numeric: true },
      { text: 'Share', numeric: true },
    ],
    groups,
  });
}

function everyChild(rows: readonly ProtectedOutcome[], names: ArmNames, title: string): Html {
  const groups = rows.map(
    (each): RowGroup => ({
      heading: `${months(each.horizon)} after referral`,
      rows: each.arms.map((arm): Cell[] => [
        { content: names[arm.arm] },
        { content: number(arm.enrolled) },
        { content: number(arm.notAtRisk) },
        { content: number(arm.pending) },
        { content: observed(arm, arm.events) },
        { content: observed(arm, arm.noEvents) },
        { content: observed(arm, arm.censored) },
      ]),
    }),
  );
  return details(
    html`Where every child is counted<span class="govuk-visually-hidden"> for ${title.toLowerCase()}</span>`,
    html`<p class="govuk-body">Each enrolled child stands in exactly one of the other columns.</p>
${table({
  caption: `${title}: every child enrolled`,
  captionHidden: true,
  columns: [
    { text: 'Group' },
    { text: 'Enrolled', numeric: true },
    { text: 'Could not have it', numeric: true },
    { text: 'Not yet known', numeric: true },
    { text: 'With this outcome', numeric: true },
    { text: 'Without it', numeric: true },
    { text: 'Left before the end', numeric: true },
  ],
  groups,
})}
<ul class="govuk-list govuk-list--bullet">
<li>“Could not have it” means that the outcome was impossible from the start, such as entering care for a child already in care.</li>
<li>“Left before the end” means that the child turned 18, died, or moved to another council, or that the council’s records have a gap, with no such outcome seen until then. These children count among those followed.</li>
</ul>`,
  );
}

function charts(
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

function outcomeSection({ result, summary }: EvaluationView, id: string, horizon: number | null): Html {
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
${outcomeTable(result, rows, summary.armNames, title)}
${warnings.length > 0 && html`<div class="govuk-inset-text"><p class="govuk-body">Take care with these numbers:</p><ul class="govuk-list govuk-list--bullet">${warnings.map((text) => html`<li>${text}</li>`)}</ul></div>`}
${everyChild(rows, summary.armNames, title)}
${details(
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
)}
</section>`;
}

function aboutNumbers({ result, summary }: EvaluationView): Html {
  const { threshold, hiddenNumbers } = result.disclosure;
  const path = `/evaluations/${summary.slug}`;
  return html`<section aria-labelledby="about">
<h2 class="govuk-heading-l" id="about">About these numbers</h2>
${summaryList([
  { key: 'Worked out', value: moment(result.computedAt) },
  {
    key: 'Records complete through',
    value: result.completeThrough === null ? 'Not yet known for every council' : day(result.completeThrough),
  },
  {
    key: 'Children enrolled',
    value:
      result.participants.trial === null || result.participants.comparison === null
        ? 'Hidden, because there are so few'
        : `${count(result.participants.trial)} in ${summary.armNames.trial}, ${count(result.participants.comparison)} in ${summary.armNames.comparison}`,
  },
  {
    key: 'Protecting children',
    value: html`${
      threshold > 1
        ? `Counts from 1 to ${threshold - 1} are hidden, and so are the numbers they could be worked out from. `
        : 'This evaluation hides no counts. '
    }${threshold > 1 && (hiddenNumbers === 0 ? 'Nothing on this page had to be hidden.' : `${sentenceCount(hiddenNumbers)} hidden in these results.`)}`,
  },
  {
    key: '95% interval',
    value:
      'A range of differences that fit the data. If there were no bias and the study were repeated many times, 95 in 100 such ranges would hold the true difference.',
  },
  {
    key: 'Protocol fingerprint',
    value: html`${fingerprint(result.protocolHash)} The plan for this evaluation, written down before results were seen. If a word of it changed, so would the fingerprint.`,
  },
  { key: 'Changes after locking', value: deviationList(result.deviations) },
  { key: 'Software', value: `Waymark ${result.codeVersion}` },
])}
<h3 class="govuk-heading-m">Take the numbers with you</h3>
<ul class="govuk-list">
<li><a class="govuk-link" href="${path}/outcomes.csv" download>Download the table (CSV)</a></li>
<li><a class="govuk-link" href="/api/v1${path}/result">The same numbers for a program (JSON)</a></li>
</ul></section>`;
}

const sentenceCount = (value: number): string =>
  value === 1 ? '1 number is' : `${count(value)} numbers are`;

export function outcomesPage(view: EvaluationView, selection: Selection): Html {
  const { result, summary } = view;
  const shown = outcomesOf(result).filter((id) => selection.outcome === null || id === selection.outcome);
  return html`${evaluationTop(summary, 'outcomes')}
${whatIsKnown(view)}
${mainFinding(view)}
${selector(view, selection)}
${shown.map((id) => outcomeSection(view, id, selection.horizon))}
${aboutNumbers(view)}`;
}

/** An evaluation whose outcomes nobody has worked out yet. */
export function noResultPage(summary: EvaluationView['summary']): Html {
  return html`${evaluationTop(summary, 'outcomes')}
<h2 class="govuk-heading-l">No results yet</h2>
<p class="govuk-body">No outcome of this evaluation has been worked out yet. That happens by itself, once children are enrolled and ${list(['their councils’ records have arrived'])}.</p>
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}/maturity">See when results can be known</a></p>`;
}
