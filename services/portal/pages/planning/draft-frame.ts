// What stands at the top of every page about one draft, and how what is wrong with it is said.
import type { ProtocolFault } from '../../../evaluations/protocol/check.ts';
import { type Html, html } from '../../../page/html.ts';
import { moment, sentence } from '../../../page/words.ts';
import type { Draft } from '../../planning/store.ts';

type Tab = 'choices' | 'document' | 'compare' | 'record';

export const draftTitle = ({ title, id }: Pick<Draft, 'title' | 'id'>): string =>
  title || id || 'A draft without a title';

export function draftTop(draft: Draft, current: Tab): Html {
  const path = `/drafts/${draft.number}`;
  const tabs: { id: Tab; text: string }[] = [
    { id: 'choices', text: 'Main choices' },
    { id: 'document', text: 'The whole document' },
    { id: 'compare', text: 'Compare' },
    { id: 'record', text: 'Put on record' },
  ];
  return html`<span class="govuk-caption-xl">Draft ${draft.number}: nothing depends on it yet</span>
<h1 class="govuk-heading-xl wm-title">${draftTitle(draft)}</h1>
<p class="govuk-body">Last saved by ${draft.changedBy}, ${moment(draft.changedAt)}.</p>
<nav class="wm-tabs" aria-label="This draft"><ul>${tabs.map(
    ({ id, text }) =>
      html`<li><a class="govuk-link wm-tabs__link" href="${path}/${id}"${id === current && html` aria-current="page"`}>${text}</a></li>`,
  )}</ul></nav>`;
}

export const draftBreadcrumbs = (draft: Draft): { text: string; href?: string }[] => [
  { text: 'Protocol drafts', href: '/drafts' },
  { text: draftTitle(draft) },
];

/** As the command says it, without the place. */
export const faultWords = ({ field, message, suggestion }: ProtocolFault): string =>
  `${field === '' ? 'The document' : sentence(field)} ${message}${suggestion === null ? '' : ` (${suggestion})`}`;
