// What was released, one release, and what waits for a checker of outputs.
import { z } from 'zod';
import type { ReleaseFinding, ReleaseState } from '../../../schemas/release.ts';
import type { ProtectedArm, ProtectedResult } from '../../disclosure/protect.ts';
import {
  type Cell,
  dataSourceNotice,
  fingerprint,
  summaryList,
  type TagColour,
  table,
  tag,
  warning,
} from '../../page/components.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { counted, dayOf, list, moment, months, sentence } from '../../page/words.ts';
import type { HeldPanel, Release } from '../../releases/standing.ts';
import { outcomeTitle } from '../evaluation-view.ts';
import { tokenField } from '../form-token.ts';
import type { KeyHolder } from '../store.ts';
import { observed, risk } from './outcomes/marks.ts';

const stateTags: Record<ReleaseState, [words: string, colour: TagColour]> = {
  checking: ['Being checked', 'grey'],
  settled: ['Ready to publish', 'turquoise'],
  waiting: ['Needs a second person', 'orange'],
  approved: ['Approved', 'turquoise'],
  refused: ['Refused', 'red'],
  publishing: ['Being published', 'grey'],
  published: ['Published', 'green'],
  superseded: ['Superseded', 'grey'],
};

const stateTag = (state: ReleaseState): Html => tag(...stateTags[state]);
const audienceWords = { researchers: 'Signed-in researchers', public: 'Everybody' } as const;
const linkTo = ({ published, title, state }: Release): Piece =>
  html`<a class="govuk-link" href="/releases/${published?.permalink}">${title}</a>${state === 'superseded' && html` ${stateTag(state)}`}`;

/** Of evaluations, by slug. */
export type Titles = ReadonlyMap<string, string>;

export function releasesPage(all: readonly Release[], checks: boolean, titles: Titles): Html {
  const rows = all.map((release): Cell[] => [
    { content: linkTo(release) },
    { content: titles.get(release.evaluation) ?? release.evaluation },
    { content: audienceWords[release.audience] },
    { content: dayOf(release.steps.find(({ step }) => step === 'published')?.at ?? '') },
  ]);
  return html`<h1 class="govuk-heading-xl">Releases</h1>
<p class="govuk-body-l">A release is frozen: its numbers never change, and its address stays. When newer numbers take its place, both can be read.</p>
${checks && html`<p class="govuk-body"><a class="govuk-link" href="/releases/queue">Outputs to check</a></p>`}
${
  rows.length === 0
    ? html`<p class="govuk-body">Nothing has been released yet.</p>`
    : table({
        ...{ caption: 'Releases, newest first', captionHidden: true },
        columns: ['Release', 'Evaluation', 'For', 'Published'].map((text) => ({ text })),
        groups: [{ rows }],
      })
}`;
}

/** Of the frozen document, what the page shows. */
const Document = z.looseObject({ result: z.custom<ProtectedResult>((value) => typeof value === 'object') });

const armCells = (arm: ProtectedArm): Cell[] => [
  { content: arm.arm === 'trial' ? 'Trial' : 'Comparison' },
  { content: observed(arm, arm.matured) },
  { content: observed(arm, arm.events) },
  { content: risk(arm) },
];

function outcomeTable(result: ProtectedResult, outcome: string): Html {
  const rows = result.results.filter((one) => one.outcome === outcome);
  return table({
    caption: outcomeTitle(result, outcome),
    columns: [
      { text: 'Group' },
      { text: 'Followed', numeric: true },
      { text: 'With the event', numeric: true },
      { text: 'Share', numeric: true },
    ],
    groups: rows.map(({ horizon, arms }) => ({ heading: months(horizon), rows: arms.map(armCells) })),
  });
}

export function releasePage(release: Release): Html {
  const { published, supersededBy, steps } = release;
  const { result } = Document.parse(JSON.parse(published?.body ?? '{}'));
  const [drafted, decided, out] = ['drafted', 'approved', 'published'].map((step) =>
    steps.filter((one) => one.step === step).at(-1),
  );
  return html`${
    supersededBy &&
    warning(
      html`These numbers were superseded. <a class="govuk-link" href="/releases/${supersededBy.permalink}">See the release that took their place</a>`,
    )
  }
<h1 class="govuk-heading-xl">${release.title}</h1>
${dataSourceNotice(result.dataSource)}
${summaryList([
  { key: 'Evaluation', value: result.title },
  { key: 'Published', value: html`${moment(out?.at ?? '')} by ${out?.by}` },
  { key: 'Numbers as at', value: moment(result.computedAt) },
  {
    key: 'Checked',
    value: decided
      ? html`By the rules, and by ${decided.by}: ${decided.note}`
      : html`By the rules; drafted by ${drafted?.by}`,
  },
  {
    key: 'Hidden',
    value:
      result.disclosure.hiddenNumbers === 0
        ? 'Nothing'
        : `${counted(result.disclosure.hiddenNumbers, 'number')}, to protect children`,
  },
  { key: 'SHA-256', value: fingerprint(published?.hash ?? '') },
])}
<p class="govuk-body"><a class="govuk-link" href="/releases/${published?.permalink}/release.json" download>The frozen numbers (JSON)</a></p>
${[...new Set(result.results.map((one) => one.outcome))].map((outcome) => outcomeTable(result, outcome))}`;
}

const reasonWords = {
  narrowed: 'a hidden number could be narrowed down',
  few: 'too few children could be told apart',
  corrected: 'records were corrected for too few children',
} as const;

const findingItem = ({ outcome, arm, horizons, what, reason }: ReleaseFinding): Html =>
  html`<li>${sentence(outcome.replaceAll('-', ' '))}, ${arm} arm${horizons.length > 0 && `, ${list(horizons.map(months))}`}: ${reasonWords[reason]} (${what})</li>`;

/** Whoever is signed in decides in their own name; who drafted a release is told to leave it to another. */
function decisionForm({ id, state, draftedBy }: Release, person: KeyHolder): Html | undefined {
  if (state !== 'waiting' && state !== 'settled' && state !== 'approved') return undefined;
  if (draftedBy.trim().toLowerCase() === person.label.trim().toLowerCase())
    return html`<p class="govuk-body">You drafted this release: another person decides on it.</p>`;
  const button = (decision: string, words: string, warn = '') =>
    html`<button type="submit" name="decision" value="${decision}" class="govuk-button ${warn}" data-module="govuk-button">${words}</button>`;
  return html`<form method="post" action="/releases/queue">${tokenField(person.form)}
<input type="hidden" name="release" value="${id}">
<div class="govuk-form-group">
<label class="govuk-label" for="reason-${id}">Your reason, as ${person.label}</label>
<div id="reason-${id}-hint" class="govuk-hint">It stands in the record of this release for good, with your name.</div>
<textarea class="govuk-textarea" id="reason-${id}" name="reason" rows="3" maxlength="2000" required aria-describedby="reason-${id}-hint"></textarea>
</div>
<div class="govuk-button-group">${state === 'waiting' && button('approved', 'Approve')}${button('refused', 'Refuse', 'govuk-button--warning')}</div>
</form>`;
}

const openRelease = (
  release: Release,
  titles: Titles,
  checker: KeyHolder | null,
): Html => html`<section class="wm-outcome">
<h3 class="govuk-heading-m">${release.id}: ${release.title} ${stateTag(release.state)}</h3>
<p class="govuk-body">${titles.get(release.evaluation) ?? release.evaluation}, for ${audienceWords[release.audience].toLowerCase()}. Drafted by ${release.draftedBy}.</p>
${release.check && release.check.findings.length > 0 && html`<ul class="govuk-list govuk-list--bullet">${release.check.findings.map(findingItem)}</ul>`}
<p class="govuk-body"><code class="wm-code">waymark release check ${release.id} --json</code> prints the output record.</p>
${checker && decisionForm(release, checker)}
</section>`;

export function queuePage(
  open: readonly Release[],
  held: readonly HeldPanel[],
  titles: Titles,
  checker: KeyHolder | null,
): Html {
  return html`<h1 class="govuk-heading-xl">Outputs to check</h1>
<h2 class="govuk-heading-l">Releases under way</h2>
${open.length === 0 ? html`<p class="govuk-body">None.</p>` : open.map((release) => openRelease(release, titles, checker))}
<h2 class="govuk-heading-l">Live numbers held back</h2>
<p class="govuk-body">Readers see older numbers of these outcomes. Newer ones follow by themselves once they tell of enough children; to decide sooner, draft a release.</p>
${
  held.length === 0
    ? html`<p class="govuk-body">None.</p>`
    : html`<ul class="govuk-list govuk-list--bullet">${held.map(
        ({ evaluation, outcome, since, findings }) =>
          html`<li>${sentence(outcome.replaceAll('-', ' '))} of ${titles.get(evaluation) ?? evaluation}, since ${moment(since)}: ${list([...new Set(findings.map(({ reason }) => reasonWords[reason]))])}</li>`,
      )}</ul>`
}`;
}
