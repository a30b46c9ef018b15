// The audit log, page by page, under what a check of the whole chain found.

import type { Entry } from '../../audit/read.ts';
import { type Cell, table, tag } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import { count, counted, moment, momentInTable, sentence } from '../../page/words.ts';
import { AUDIT_PAGE, type AuditLine, type CheckedLog } from '../audit-log.ts';

/** So many faults are told here; the command tells all. */
const MOST_FAULTS = 20;
const HASH_SHOWN = 8;

const told = (what: Record<string, unknown>): string =>
  Object.entries(what)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
    .slice(0, 160);

/** A key is known by its hash, whose beginning is enough to find it again. */
const nameShown = (by: string): string => (by.startsWith('key:') ? `${by.slice(0, 16)}…` : by);

export const auditRow = ({ seq, entry }: { seq: number; entry: Omit<Entry, 'seq'> | null }): Cell[] =>
  entry === null
    ? [{ content: count(seq) }, { content: html`${tag('Not an entry', 'red')}`, span: 4 }]
    : [
        { content: count(seq) },
        { content: momentInTable(entry.at) },
        { content: sentence(entry.kind.replaceAll('-', ' ')) },
        { content: html`<span class="wm-who">${nameShown(entry.by)}</span>` },
        { content: html`<span class="wm-break">${told(entry.what)}</span>` },
      ];

export const auditColumns = ['Entry', 'When', 'What', 'By', 'About'].map((text) => ({ text }));

function verdict(checked: CheckedLog | null): Html {
  if (checked === null)
    return html`<p class="govuk-body">${tag('Being checked', 'blue')} The whole log is being checked. Open this page again in a minute.</p>`;
  const { entries, faults, head, checkedAt } = checked;
  if (faults.length === 0)
    return html`<p class="govuk-body">${tag('Whole', 'green')} All ${counted(entries, 'entry', 'entries')} follow from each other, none is missing, and none was changed. Checked on ${moment(checkedAt)}.</p>
<p class="govuk-body">The log ended then at entry ${count(head.seq)}, with the hash <code class="wm-code">${head.hash}</code>. Keep it where whoever runs the database cannot reach it: <code class="wm-code">waymark audit verify</code> compares.</p>`;
  return html`<div class="govuk-warning-text"><span class="govuk-warning-text__icon" aria-hidden="true">!</span>
<div class="govuk-warning-text__text"><span class="govuk-visually-hidden">Warning</span>The log is not whole: ${counted(faults.length, 'fault')}, found on ${moment(checkedAt)}.</div></div>
<ul class="govuk-list govuk-list--bullet">${faults.slice(0, MOST_FAULTS).map(({ seq, fault }) => html`<li>Entry ${count(seq)}: ${fault}</li>`)}</ul>
${faults.length > MOST_FAULTS && html`<p class="govuk-body"><code class="wm-code">waymark audit verify</code> names all of them.</p>`}`;
}

function onwards(lines: readonly AuditLine[], before: number | null): Html | null {
  const last = lines.at(-1);
  const older = last !== undefined && lines.length === AUDIT_PAGE && last.seq > 1;
  if (!older && before === null) return null;
  return html`<nav class="govuk-pagination" aria-label="Pages of the log">
${before !== null && html`<div class="govuk-pagination__prev"><a class="govuk-link govuk-pagination__link" href="/service/audit"><span class="govuk-pagination__link-title">Newest entries</span></a></div>`}
${older && html`<div class="govuk-pagination__next"><a class="govuk-link govuk-pagination__link" href="/service/audit?before=${last.seq}" rel="next"><span class="govuk-pagination__link-title">Older entries</span></a></div>`}</nav>`;
}

export const auditPage = (
  lines: readonly AuditLine[],
  before: number | null,
  checked: CheckedLog | null,
): Html =>
  html`<h1 class="govuk-heading-xl">Audit log</h1>
<p class="govuk-body-l">Who read, changed, allocated and released what, newest first. Each entry carries a hash over itself and the one before it, so that nothing can be changed unnoticed.</p>
<section aria-labelledby="whole"><h2 class="govuk-heading-l" id="whole">Whether the log is whole</h2>${verdict(checked)}</section>
<section aria-labelledby="entries"><h2 class="govuk-heading-l" id="entries">Entries</h2>
${
  lines.length === 0
    ? html`<p class="govuk-body">There is no entry here.</p>`
    : table({
        ...{ caption: 'Audit log, newest first', captionHidden: true },
        columns: [...auditColumns, { text: 'Hash' }],
        groups: [
          {
            rows: lines.map((line) => [
              ...auditRow(line),
              { content: html`<code class="wm-code wm-nowrap">${line.hash.slice(0, HASH_SHOWN)}</code>` },
            ]),
          },
        ],
      })
}
${onwards(lines, before)}</section>`;
