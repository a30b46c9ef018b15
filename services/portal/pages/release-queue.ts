// What waits for a checker of outputs: each release with what the automatic checks found, and what may be done with it.
import type { OutputCheck, ReleaseFinding } from '../../../schemas/release.ts';
import { type Cell, details, table, tag } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import { list, moment, months, sentence } from '../../page/words.ts';
import type { HeldPanel, Release } from '../../releases/standing.ts';
import { tokenField } from '../form-token.ts';
import type { KeyHolder } from '../store.ts';
import { analysisPath } from './analysis.ts';
import { audienceWords, stateTag, type Titles } from './releases.ts';

export interface Queue {
  open: readonly Release[];
  published: readonly Release[];
  held: readonly HeldPanel[];
  titles: Titles;
  /** The person who may decide; null for a reader. */
  checker: KeyHolder | null;
  /** Whether the reader drafts releases. */
  drafts: boolean;
}

const reasonWords: Record<ReleaseFinding['reason'], string> = {
  narrowed: 'a hidden number could be narrowed down',
  few: 'too few children could be told apart',
  corrected: 'records were corrected for too few children',
  'left-out': 'effects are of fewer children than are counted beside them',
  interim: 'the trial is not over: this is a look on the way',
  text: 'the words that somebody wrote have figures in them',
};

function findingItem({ outcome, arm, horizons, what, reason }: ReleaseFinding): Html {
  const where = [
    outcome === null ? null : sentence(outcome.replaceAll('-', ' ')),
    arm === null ? null : `${arm} arm`,
    horizons.length > 0 ? list(horizons.map(months)) : null,
  ].filter((part) => part !== null);
  return html`<li>${where.length > 0 && `${where.join(', ')}: `}${reasonWords[reason]} (${what})</li>`;
}

const checkNames: Record<string, string> = {
  'small-counts': 'Small counts',
  'hidden-stay-hidden': 'Hidden numbers',
  'no-few-by-subtraction': 'Differences',
  'no-small-corrections': 'Corrections',
  regression: 'Estimates',
  subgroups: 'Groups of children',
  curves: 'Curves',
  'everybody-analysed': 'Who is analysed',
  'final-look': 'Looks on the way',
  'free-text': 'Reasons in words',
};

const checksTable = (id: number, checks: readonly OutputCheck[]): Html =>
  table({
    caption: html`Automatic checks<span class="govuk-visually-hidden"> of release ${id}</span>`,
    columns: [{ text: 'Check' }, { text: 'Rule' }, { text: 'Found' }],
    groups: [
      {
        rows: checks.map(({ id: check, result, words }): Cell[] => [
          { content: checkNames[check] ?? sentence(check.replaceAll('-', ' ')) },
          { content: words },
          { content: result === 'pass' ? tag('Passed', 'green') : tag('To be decided', 'orange') },
        ]),
      },
    ],
  });

const stepWords: Record<string, string> = {
  drafted: 'Drafted',
  checked: 'Checked',
  approved: 'Approved',
  refused: 'Refused',
  asked: 'Publication asked for',
  published: 'Published',
  superseded: 'Superseded',
};

const history = ({ id, steps }: Release): Html =>
  details(
    html`What was done so far<span class="govuk-visually-hidden"> with release ${id}</span>`,
    html`<ul class="govuk-list govuk-list--bullet">${steps.map(({ step, by, at, note }) => html`<li>${stepWords[step] ?? step} by ${by}, ${moment(at)}${note && html`: ${note}`}</li>`)}</ul>`,
  );

const button = (step: string, words: Html, kind = ''): Html =>
  html`<button type="submit" name="step" value="${step}" class="govuk-button ${kind}" data-module="govuk-button" data-prevent-double-click="true">${words}</button>`;

const of = (id: number): Html => html`<span class="govuk-visually-hidden"> release ${id}</span>`;

const reasonField = (name: string, label: string): Html => html`<div class="govuk-form-group">
<label class="govuk-label" for="reason-${name}">${label}</label>
<div id="reason-${name}-hint" class="govuk-hint">It stands in the record of this release for good, with your name.</div>
<textarea class="govuk-textarea" id="reason-${name}" name="reason" rows="3" maxlength="2000" required aria-describedby="reason-${name}-hint"></textarea>
</div>`;

const formOf = (person: KeyHolder, release: number, fields: Html): Html =>
  html`<form method="post" action="/releases/queue">${tokenField(person.form)}
<input type="hidden" name="release" value="${release}">
${fields}</form>`;

const isDrafter = ({ draftedBy, steps }: Release, { id, label }: KeyHolder): boolean =>
  draftedBy.trim().toLowerCase() === label.trim().toLowerCase() ||
  (id !== undefined && steps[0]?.signedIn === id);

/** Whoever is signed in decides in their own name; who drafted a release is told to leave the decision to another. */
function forms(release: Release, person: KeyHolder): Html | undefined {
  const { id, state } = release;
  if (state !== 'waiting' && state !== 'settled' && state !== 'approved') return undefined;
  const own = isDrafter(release, person);
  return html`${state !== 'waiting' && formOf(person, id, button('asked', html`Publish${of(id)}`))}${
    own
      ? html`<p class="govuk-body">You drafted this release: another person decides on it.</p>`
      : formOf(
          person,
          id,
          html`${reasonField(String(id), `Your reason, as ${person.label}`)}
<div class="govuk-button-group">${state === 'waiting' && button('approved', html`Approve${of(id)}`)}${button('refused', html`Refuse${of(id)}`, 'govuk-button--warning')}</div>
`,
        )
  }`;
}

const ofWhat = ({ evaluation, analysis }: Release): Html =>
  analysis === null
    ? html`counts`
    : html`effects of <a class="govuk-link" href="${analysisPath(evaluation, analysis)}">analysis ${analysis}</a>`;

function openRelease(release: Release, { titles, checker }: Queue): Html {
  const { id, title, state, evaluation, audience, draftedBy, check } = release;
  return html`<section class="wm-outcome" id="release-${id}">
<h3 class="govuk-heading-m">${id}: ${title} ${stateTag(state)}</h3>
<p class="govuk-body">${titles.get(evaluation) ?? evaluation}: ${ofWhat(release)}, for ${audienceWords[audience].toLowerCase()}. Drafted by ${draftedBy}.</p>
${
  state === 'checking' || state === 'publishing'
    ? html`<p class="govuk-body">The rules are judging it now. <a class="govuk-link" href="/releases/queue">Look again</a></p>`
    : null
}${check?.record?.checks && checksTable(id, check.record.checks)}
${
  check &&
  check.findings.length > 0 &&
  html`<p class="govuk-body">The rules do not settle:</p>
<ul class="govuk-list govuk-list--bullet">${check.findings.map(findingItem)}</ul>`
}
${history(release)}
<p class="govuk-body"><code class="wm-code">waymark release check ${id} --json</code> prints the output record.</p>
${checker && forms(release, checker)}
</section>`;
}

/** Published releases that a newer one of the same evaluation and audience can take the place of. */
function supersession({ published, checker, titles }: Queue): Html | null {
  if (!checker) return null;
  const replaceable = published.flatMap((older) => {
    const newer = published.filter(
      (one) =>
        one.id > older.id &&
        one.evaluation === older.evaluation &&
        one.audience === older.audience &&
        one.kind === older.kind,
    );
    return newer.length > 0 ? [{ older, newer }] : [];
  });
  if (replaceable.length === 0) return null;
  return html`<h2 class="govuk-heading-l">Published releases that a newer one can supersede</h2>
<p class="govuk-body">The older one keeps its numbers and its address; its page then leads to the newer one.</p>
${replaceable.map(
  ({ older, newer }) => html`<section class="wm-outcome">
<h3 class="govuk-heading-m">${older.id}: ${older.title}</h3>
<p class="govuk-body">${titles.get(older.evaluation) ?? older.evaluation}, for ${audienceWords[older.audience].toLowerCase()}.</p>
${formOf(
  checker,
  older.id,
  html`<div class="govuk-form-group"><label class="govuk-label" for="with-${older.id}">The release that takes its place</label>
<select class="govuk-select" id="with-${older.id}" name="with">${newer.map(({ id, title }) => html`<option value="${id}">${id}: ${title}</option>`)}</select></div>
${reasonField(`with-${older.id}`, `Your reason, as ${checker.label}`)}
${button('superseded', html`Supersede${of(older.id)}`, 'govuk-button--secondary')}`,
)}</section>`,
)}`;
}

const heldItem = ({ evaluation, outcome, since, findings }: HeldPanel, titles: Titles): Html =>
  html`<li>${sentence(outcome.replaceAll('-', ' '))} of ${titles.get(evaluation) ?? evaluation}, since ${moment(since)}: ${list([...new Set(findings.map(({ reason }) => reasonWords[reason]))])}</li>`;

export function queuePage(queue: Queue): Html {
  const { open, held, titles, drafts } = queue;
  return html`<h1 class="govuk-heading-xl">Outputs to check</h1>
${drafts && html`<p class="govuk-body"><a class="govuk-button" href="/releases/new" role="button" draggable="false" data-module="govuk-button">Draft a release</a></p>`}
<h2 class="govuk-heading-l">Releases under way</h2>
${open.length === 0 ? html`<p class="govuk-body">None.</p>` : open.map((release) => openRelease(release, queue))}
${supersession(queue)}
<h2 class="govuk-heading-l">Live numbers held back</h2>
<p class="govuk-body">Readers see older numbers of these outcomes. Newer ones follow by themselves once they tell of enough children; to decide sooner, draft a release.</p>
${
  held.length === 0
    ? html`<p class="govuk-body">None.</p>`
    : html`<ul class="govuk-list govuk-list--bullet">${held.map((one) => heldItem(one, titles))}</ul>`
}`;
}
