// The drafts that an evaluator works on, and what a new one can begin from.
import { templates } from '../../../evaluations/protocol/templates.ts';
import { namesIn } from '../../../evaluations/protocol/text.ts';
import { type Cell, table } from '../../../page/components.ts';
import { done, radios } from '../../../page/forms.ts';
import { type Html, html } from '../../../page/html.ts';
import { momentInTable } from '../../../page/words.ts';
import { tokenField } from '../../form-token.ts';
import type { Draft } from '../../planning/store.ts';
import type { EvaluationSummary, KeyHolder } from '../../store.ts';
import { draftTitle } from './draft-frame.ts';
import { NO_NAME, type Sent, summaryOf } from './step-frame.ts';

const draftTable = (drafts: readonly Draft[]): Html =>
  table({
    caption: 'Drafts, newest first',
    captionHidden: true,
    columns: [{ text: 'Draft' }, { text: 'Id in the document' }, { text: 'Last saved' }, { text: 'By' }],
    groups: [
      {
        rows: drafts.map((draft): Cell[] => [
          {
            content: html`<a class="govuk-link" href="/drafts/${draft.number}/choices">${draft.number}: ${draftTitle(draft)}</a>`,
          },
          { content: draft.id || 'None' },
          { content: momentInTable(draft.changedAt) },
          { content: draft.own ? 'You' : draft.changedBy },
        ]),
      },
    ],
  });

const beginForm = (
  person: KeyHolder,
  evaluations: readonly EvaluationSummary[],
  { values, errors }: Sent,
): Html =>
  html`<form method="post" action="/drafts" id="step" tabindex="-1" novalidate>${tokenField(person.form)}
${radios({
  name: 'from',
  label: 'Begin from',
  hint: 'A ready protocol is right as it is: its id, councils, dates and words are to be replaced by yours.',
  value: values.from ?? '',
  error: errors.from,
  choices: [
    ...Object.entries(templates).map(([name, document]) => ({
      value: `template:${name}`,
      text: namesIn(document).title,
      hint: `A ready protocol (${name})`,
    })),
    ...evaluations.map(({ slug, title }) => ({
      value: `evaluation:${slug}`,
      text: title,
      hint: `The plan of an evaluation (${slug}), to change it or to make another like it`,
    })),
  ],
})}
<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Begin a draft</button>
</form>`;

export function draftsPage(
  { person, named, withdrawn }: { person: KeyHolder; named: boolean; withdrawn: boolean },
  drafts: readonly Draft[],
  evaluations: readonly EvaluationSummary[],
  sent: Sent,
): Html {
  return html`${withdrawn && done('The draft was withdrawn')}${summaryOf(sent)}<h1 class="govuk-heading-xl">Protocol drafts</h1>
<p class="govuk-body-l">Write a protocol here, check it, compare it, and put it on record when it is ready. You see your own drafts, and those of evaluations you work on.</p>
${drafts.length === 0 ? html`<p class="govuk-body">There are no drafts.</p>` : draftTable(drafts)}
<h2 class="govuk-heading-l">A new draft</h2>
${named ? beginForm(person, evaluations, sent) : html`<div class="govuk-inset-text">${NO_NAME}</div>`}`;
}
