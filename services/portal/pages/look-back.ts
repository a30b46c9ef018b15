// Looking back: the day that is chosen, what is being made, figures as they were known, and what changed since and why.
import type { Reason } from '../../evaluations/as-of/figures.ts';
import type { LookBack, ThenPanel } from '../../look-back/look-back.ts';
import { type Cell, summaryList, type TagColour, table, tag } from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, counted, day, dayInTable, list, moment, months } from '../../page/words.ts';
import { tokenField } from '../form-token.ts';
import {
  type DateFault,
  type DateField,
  lookBackPath,
  type Range,
  type TypedDate,
  typedDay,
} from '../look-back-view.ts';
import type { EvaluationSummary, KeyHolder, LookedBack } from '../store.ts';
import { dateInput, errorSummary } from './date-input.ts';
import { evaluationTop } from './evaluation-frame.ts';
import { kindWords } from './kind-words.ts';
import { number, observed, risk } from './outcomes/marks.ts';
import { everyChild } from './outcomes/tables.ts';
import { thenAndLater } from './then-and-later.ts';

const EMPTY: TypedDate = { day: '', month: '', year: '' };
export const NOTHING_TYPED: Record<DateField, TypedDate> = { day: EMPTY, until: EMPTY };

const stateTags: Record<LookBack['state'], [words: string, colour: TagColour]> = {
  waiting: ['Being made', 'yellow'],
  failed: ['Could not be made', 'red'],
  made: ['Ready', 'green'],
};

const nameOf = ({ day: from, until }: LookBack): string =>
  until === null ? `Known by the end of ${day(from)}` : `Changed from ${day(from)} to ${day(until)}`;

export interface FormState {
  typed: Record<DateField, TypedDate>;
  faults: readonly DateFault[];
}

function form(
  summary: EvaluationSummary,
  person: KeyHolder | null,
  range: Range,
  { typed, faults }: FormState,
): Html {
  return html`<form method="post" action="${lookBackPath(summary.slug)}" novalidate>${tokenField(person?.form)}
${dateInput({
  ...{ field: 'day', legend: 'Show what was known at the end of', typed: typed.day, faults },
  hint: `Any day from ${day(range.first)} to ${day(range.last)}. For example, ${example(range.first)}.`,
})}
${dateInput({
  ...{
    field: 'until',
    legend: 'And what changed from then until the end of (optional)',
    typed: typed.until,
    faults,
  },
  hint: 'A later day. Leave it empty to see the figures of the first day alone.',
})}
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Look back</button>
</form>`;
}

const example = (first: string): string => {
  const { day: date, month, year } = typedDay(first);
  return `${date} ${month} ${year}`;
};

function askedFor(summary: EvaluationSummary, all: readonly LookBack[]): Html | null {
  if (all.length === 0) return null;
  return html`<h2 class="govuk-heading-m">Looked back on so far</h2>
${table({
  caption: 'Days looked back on',
  captionHidden: true,
  columns: [{ text: 'What' }, { text: 'State' }],
  groups: [
    {
      rows: all.map((one): Cell[] => [
        { content: html`<a class="govuk-link" href="${lookBackPath(summary.slug, one)}">${nameOf(one)}</a>` },
        { content: tag(...stateTags[one.state]) },
      ]),
    },
  ],
})}`;
}

const releasesLink = (summary: EvaluationSummary): Html =>
  html`<p class="govuk-body"><a class="govuk-link" href="${lookBackPath(summary.slug)}/releases">Compare two releases instead</a></p>`;

/** @param range empty while no day of the evaluation is over */
export function lookBackPage(
  summary: EvaluationSummary,
  person: KeyHolder | null,
  range: Range,
  all: readonly LookBack[],
  state: FormState = { typed: NOTHING_TYPED, faults: [] },
): Html {
  return html`${errorSummary(state.faults)}${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">Look back</h2>
<p class="govuk-body">Figures change as records arrive late, are corrected or are taken back, and as more children have been followed long enough. Here you see them as they were known on an earlier day, and what has changed them since.</p>
${
  range.first > range.last
    ? html`<p class="govuk-body">This evaluation came here on ${day(range.first)}. A day can be looked back on once it is over, so the first can be tomorrow.</p>`
    : form(summary, person, range, state)
}
${releasesLink(summary)}
${askedFor(summary, all)}`;
}

const footing = (summary: EvaluationSummary): Html =>
  html`<p class="govuk-body"><a class="govuk-link" href="${lookBackPath(summary.slug)}">Look back on another day</a></p>
<p class="govuk-body"><a class="govuk-link" href="/evaluations/${summary.slug}">Figures as they are now</a></p>`;

/** Nobody has asked for it, or it failed: a button asks. */
export function notMadePage(
  summary: EvaluationSummary,
  person: KeyHolder | null,
  days: { day: string; until: string | null },
  failed: boolean,
): Html {
  const fields = (['day', 'until'] as const).flatMap((field) => {
    const typed = days[field] === null ? null : typedDay(days[field] ?? '');
    return typed === null
      ? []
      : Object.entries(typed).map(
          ([part, value]) => html`<input type="hidden" name="${field}-${part}" value="${value}">`,
        );
  });
  return html`${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">${heading(days)}</h2>
<p class="govuk-body">${
    failed
      ? 'This could not be made: it was tried several times, and the fault has been noted. You can ask for it again.'
      : 'Nobody has looked back on this yet. It is worked out from every record that had arrived by then, which takes from seconds to several minutes.'
  }</p>
<form method="post" action="${lookBackPath(summary.slug)}" novalidate>${tokenField(person?.form)}${fields}
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">${failed ? 'Try again' : 'Work it out'}</button></form>
${footing(summary)}`;
}

const heading = ({ day: from, until }: { day: string; until: string | null }): string =>
  until === null ? `As known at the end of ${day(from)}` : `What changed from ${day(from)} to ${day(until)}`;

export function waitingPage(summary: EvaluationSummary, one: LookBack & { state: 'waiting' }): Html {
  const { ahead, councilsDone, councils } = one;
  return html`${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">${heading(one)}</h2>
<div data-wm-made-soon>
<p class="govuk-body-l" role="status">This is being made. ${
    ahead > 0 && councilsDone === 0
      ? `${counted(ahead, 'other')} ${ahead === 1 ? 'is' : 'are'} made before it.`
      : `${count(councilsDone)} of ${counted(councils, 'council')} ${councilsDone === 1 ? 'is' : 'are'} done.`
  }</p>
<progress class="wm-progress" max="${councils}" value="${councilsDone}" aria-label="Councils done">${councilsDone} of ${councils}</progress>
<p class="govuk-body">You can close this page: it goes on being made, and will stand at this address.</p>
<p class="govuk-body"><a class="govuk-button govuk-button--secondary" role="button" draggable="false" data-module="govuk-button" href="${lookBackPath(summary.slug, one)}">See whether it is ready</a></p>
</div>
${footing(summary)}`;
}

const withheld = html`<p class="govuk-body">Not shown: beside figures of other days, too few children could be told apart. Choose a day further away from those that were looked at.</p>`;

type Made = LookBack & { state: 'made' };

const about = (summary: EvaluationSummary, one: Made): Html => {
  const path = lookBackPath(summary.slug, one);
  return summaryList([
    { key: 'Worked out', value: `${moment(one.madeAt)}, Waymark ${one.codeVersion}` },
    { key: 'Address', value: html`<a class="govuk-link" href="${path}">${path}</a>` },
    {
      key: 'How to cite it',
      value: `${summary.title}. ${heading(one)}${summary.dataSource === 'real' ? '' : ', data that describe no real child'}. Waymark ${one.codeVersion}. ${path}`,
    },
  ]);
};

const forWorkers = html`<p class="govuk-body">This is for those who work on the evaluation. It is weighed against everything that they and researchers had been shown when it was made, but pass on a <a class="govuk-link" href="/releases">release</a>, not this page. Statements that were purged since tell nothing of any day.</p>`;

/** `null` for a title where the protocol has no such outcome any more. */
const titleOf = ({ outcomes }: LookedBack, id: string): string =>
  outcomes.find((one) => one.id === id)?.title ?? id;

const rowsOf = (panels: readonly ThenPanel[], outcome: string) =>
  panels.find((one) => one.outcome === outcome)?.panel?.results ?? null;

function outcomeThen(summary: EvaluationSummary, looked: LookedBack, { outcome, panel }: ThenPanel): Html {
  const title = titleOf(looked, outcome);
  const top = html`<section class="wm-outcome" aria-labelledby="outcome-${outcome}"><h3 class="govuk-heading-m" id="outcome-${outcome}">${title}</h3>`;
  if (panel === null) return html`${top}${withheld}</section>`;
  return html`${top}${table({
    caption: html`${title}: children and outcomes by group`,
    captionHidden: true,
    columns: [
      { text: 'Group' },
      { text: 'Children followed', numeric: true },
      { text: 'With this outcome', numeric: true },
      { text: 'Share', numeric: true },
    ],
    groups: panel.results.map((each) => ({
      heading: `${months(each.horizon)} after referral`,
      rows: each.arms.map((arm): Cell[] => [
        { content: summary.armNames[arm.arm] },
        {
          content:
            arm.matured === 0
              ? html`None of ${number(arm.enrolled)}`
              : html`${number(arm.matured)} of ${number(arm.enrolled)}`,
        },
        { content: observed(arm, arm.events) },
        { content: risk(arm) },
      ]),
    })),
  })}
${everyChild(panel.results, summary.armNames, title)}</section>`;
}

export function figuresPage(summary: EvaluationSummary, looked: LookedBack, one: Made): Html {
  const through = one.panels.flatMap(({ panel }) => panel?.completeThrough ?? [])[0];
  const { disclosureThreshold: threshold } = summary;
  return html`${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">${heading(one)}</h2>
<p class="govuk-body">${through ? `Every council’s records were complete through ${day(through)} then.` : 'Not every council had said how far its records were complete.'} Numbers below ${threshold}, and others that would give them away, are hidden.</p>
${one.panels.map((panel) => outcomeThen(summary, looked, panel))}
${about(summary, one)}
${forWorkers}
${footing(summary)}`;
}

function whyWords({ why, kind }: Pick<Reason, 'why' | 'kind'>): string {
  const records = kind === null ? '' : kindWords[kind];
  switch (why) {
    case 'late':
      return `Late records: ${records}`;
    case 'corrected':
      return `Corrected records: ${records}`;
    case 'purged':
      return `Records taken back: ${records}`;
    case 'new':
      return `New records: ${records}`;
    case 'matured':
      return `Newly followed long enough: complete records of ${records}`;
    case 'gap':
      return `A gap that a council declared: ${records}`;
    case 'allocation':
      return 'Allocation to a group';
  }
}

function reasonsTable(summary: EvaluationSummary, title: string, reasons: Made['reasons']): Piece {
  if (reasons.length === 0)
    return html`<p class="govuk-body">No kind of record changed this outcome of ${count(summary.disclosureThreshold)} children or more, or it cannot be told beside what was shown of other days.</p>`;
  const horizons = [...new Set(reasons.flatMap(({ horizon }) => horizon ?? []))].sort((a, b) => a - b);
  return table({
    caption: `Why ${title.toLowerCase()} changed`,
    captionHidden: true,
    columns: [
      { text: 'Because of' },
      { text: 'Group' },
      { text: 'Children whose outcome changed, about', numeric: true },
    ],
    groups: horizons.map((horizon) => ({
      heading: `${months(horizon)} after referral`,
      rows: reasons
        .filter((one) => one.horizon === horizon)
        .sort((a, b) => b.about - a.about)
        .map((one): Cell[] => [
          { content: whyWords(one) },
          { content: one.arm && summary.armNames[one.arm] },
          { content: count(one.about) },
        ]),
    })),
  });
}

/** What was purged is erased: that it was is all that can be told. */
function takenBack(reasons: Made['reasons']): Html | null {
  const purged = reasons.filter(({ outcome }) => outcome === null);
  if (purged.length === 0) return null;
  return html`<p class="govuk-body">Records were taken back between the two days: ${list(
    purged.map(
      ({ kind, about: children }) =>
        `${kind === null ? 'others' : kindWords[kind]} of about ${count(children)} children`,
    ),
  )}. What they had said is erased, so nobody can tell which outcomes they had changed.</p>`;
}

/** `before` and `after`: the figures of both days. */
export function changesPage(
  summary: EvaluationSummary,
  looked: LookedBack,
  one: Made,
  before: Made,
  after: Made,
): Html {
  const when = { earlier: `by ${dayInTable(before.day)}`, later: `by ${dayInTable(after.day)}` };
  const section = ({ id, title }: LookedBack['outcomes'][number]): Html => {
    const [earlier, later] = [rowsOf(before.panels, id), rowsOf(after.panels, id)];
    return html`<section class="wm-outcome" aria-labelledby="outcome-${id}"><h3 class="govuk-heading-m" id="outcome-${id}">${title}</h3>
${earlier && later ? thenAndLater({ title, earlier, later, names: summary.armNames, when }) : withheld}
<h4 class="govuk-heading-s">Why outcomes of children changed</h4>
${reasonsTable(
  summary,
  title,
  one.reasons.filter(({ outcome }) => outcome === id),
)}</section>`;
  };
  return html`${evaluationTop(summary, 'look-back')}
<h2 class="govuk-heading-l">${heading(one)}</h2>
<p class="govuk-body">See the figures <a class="govuk-link" href="${lookBackPath(summary.slug, { day: before.day, until: null })}">of ${day(before.day)}</a> and <a class="govuk-link" href="${lookBackPath(summary.slug, { day: after.day, until: null })}">of ${day(after.day)}</a> whole.</p>
<div class="govuk-inset-text"><p class="govuk-body">Children are counted under every reason that changed their outcome, and two reasons may have been needed together, so reasons do not add up to the change. They are rounded to the nearest ${summary.disclosureThreshold}; those of fewer than ${summary.disclosureThreshold} children are left out.</p></div>
${takenBack(one.reasons)}
${looked.outcomes.map(section)}
${about(summary, one)}
${forWorkers}
${footing(summary)}`;
}
