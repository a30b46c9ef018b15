// What was released, and one release.
import { z } from 'zod';
import type { DataSource } from '../../../schemas/protocol.ts';
import type { ReleaseState } from '../../../schemas/release.ts';
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
import { counted, dayOf, moment, months } from '../../page/words.ts';
import type { Release } from '../../releases/standing.ts';
import { outcomeTitle } from '../evaluation-view.ts';
import { documentOf, effectsParts } from './effects/document.ts';
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

export const stateTag = (state: ReleaseState): Html => tag(...stateTags[state]);
export const audienceWords = { researchers: 'Signed-in researchers', public: 'Everybody' } as const;
const linkTo = ({ published, title, state }: Release): Piece =>
  html`<a class="govuk-link" href="/releases/${published?.permalink}">${title}</a>${state === 'superseded' && html` ${stateTag(state)}`}`;

/** Of evaluations, by slug. */
export type Titles = ReadonlyMap<string, string>;

export function releasesPage(all: readonly Release[], checks: boolean, titles: Titles): Html {
  const rows = all.map((release): Cell[] => [
    { content: linkTo(release) },
    { content: titles.get(release.evaluation) ?? release.evaluation },
    { content: release.kind === 'analysis' ? 'Effects' : 'Counts' },
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
        columns: ['Release', 'Evaluation', 'Of', 'For', 'Published'].map((text) => ({ text })),
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

const outcomeTables = ({ published }: Release): { result: ProtectedResult; tables: Html } => {
  const { result } = Document.parse(JSON.parse(published?.body ?? '{}'));
  const outcomes = [...new Set(result.results.map((one) => one.outcome))];
  return { result, tables: html`${outcomes.map((outcome) => outcomeTable(result, outcome))}` };
};

interface Contents {
  dataSource: DataSource;
  evaluation: string;
  /** RFC 3339. */
  asAt: string;
  hidden: number;
  parts: Html;
}

function contentsOf(release: Release): Contents {
  if (release.kind === 'analysis') {
    const { analysis, effects, disclosure } = documentOf(release);
    return {
      dataSource: effects?.dataSource ?? 'real',
      evaluation: effects?.title ?? release.evaluation,
      asAt: analysis.cut,
      hidden: disclosure.hiddenNumbers,
      parts: effectsParts(release),
    };
  }
  const { result, tables } = outcomeTables(release);
  return {
    dataSource: result.dataSource,
    evaluation: result.title,
    asAt: result.computedAt,
    hidden: result.disclosure.hiddenNumbers,
    parts: tables,
  };
}

export function releasePage(release: Release): Html {
  const { published, supersededBy, steps } = release;
  const { dataSource, evaluation, asAt, hidden, parts } = contentsOf(release);
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
${dataSourceNotice(dataSource)}
${summaryList([
  { key: 'Evaluation', value: evaluation },
  { key: 'Published', value: html`${moment(out?.at ?? '')} by ${out?.by}` },
  { key: 'Numbers as at', value: moment(asAt) },
  {
    key: 'Checked',
    value: decided
      ? html`By the rules, and by ${decided.by}: ${decided.note}`
      : html`By the rules; drafted by ${drafted?.by}`,
  },
  {
    key: 'Hidden',
    value: hidden === 0 ? 'Nothing' : `${counted(hidden, 'number')}, to protect children`,
  },
  { key: 'SHA-256', value: fingerprint(published?.hash ?? '') },
])}
<p class="govuk-body"><a class="govuk-link" href="/releases/${published?.permalink}/release.json" download>The frozen numbers (JSON)</a></p>
${parts}`;
}
