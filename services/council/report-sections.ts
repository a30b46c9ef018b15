// The parts of the data-quality page that are tables; null where there is nothing to say.
import { type RecordKind, recordStates } from '../../schemas/records.ts';
import { type Cell, details, shareBar, table, tag } from '../page/components.ts';
import { type Html, html, type Piece } from '../page/html.ts';
import { count, counted, dayInTable, momentInTable, percent, sentence } from '../page/words.ts';
import type { ConversionReport, ReturnFormat } from './report.ts';

const MOST_REFUSALS = 200;
const MOST_PLACES = 3;
const FEW_FILES = 6;

export const kindNames: Record<RecordKind, string> = {
  child: 'Children',
  referral: 'Referrals',
  assessment: 'Assessments',
  'section-47': 'Section 47 enquiries',
  'cin-plan': 'Child in need plans',
  'cp-plan': 'Child protection plans',
  'care-episode': 'Care episodes',
  'early-help': 'Early help',
  'family-meeting': 'Family meetings',
  'pre-proceedings': 'Pre-proceedings',
  'same-child': 'Pseudonyms of one child',
};

const formatNames: Record<ReturnFormat, string> = {
  'cin-census': 'CIN census',
  'ssda903-csv': 'SSDA903 tables',
  'ssda903-xml': 'SSDA903 XML',
  'daily-feed': 'Daily feed',
  'safeguarding-dataset': 'Safeguarding Dataset',
};

/** closureReason becomes Closure reason. */
const fieldName = (field: string): string =>
  sentence(field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));

const kindsOf = (report: ConversionReport): RecordKind[] =>
  (Object.keys(recordStates) as RecordKind[]).filter((kind) => report.records[kind] > 0);

/** A name of the source, that may break anywhere. */
const code = (text: string): Html => html`<span class="wm-code">${text}</span>`;
const codes = (texts: readonly string[]): Piece =>
  texts.map((text, at) => html`${at > 0 && ', '}${code(text)}`);
const fileNames = (files: readonly string[]): Piece =>
  files.length <= FEW_FILES ? codes(files) : details(`${count(files.length)} files`, codes(files));
const place = ({ file, line }: { file: string; line: number }): Html =>
  html`${code(file)} line ${count(line)}`;
const ruleTag = (rule: string): Piece =>
  /^\d+$/.test(rule) ? html`<span class="wm-nowrap">DfE ${rule}</span>` : rule;

export function returnsSection({ returns }: ConversionReport): Html {
  if (returns.length === 0) return html`<p class="govuk-body">No return was read to its end.</p>`;
  return table({
    caption: 'Returns read',
    captionHidden: true,
    columns: [
      { text: 'Files' },
      { text: 'Format' },
      { text: 'Complete through' },
      { text: 'Recorded' },
      { text: 'Children', numeric: true },
    ],
    groups: [
      {
        rows: returns.map((one): Cell[] => [
          { content: fileNames(one.files) },
          { content: formatNames[one.format] },
          {
            content: html`${dayInTable(one.completeThrough)}${one.completeThrough !== one.referenceDate && ` (reference date ${dayInTable(one.referenceDate)})`}${one.withheld.length > 0 && html`<br>Not stated: ${one.withheld.map((kind) => kindNames[kind]).join(', ')}`}`,
          },
          { content: momentInTable(one.recordedAt) },
          { content: count(one.children) },
        ]),
      },
    ],
  });
}

export function refusedSection(report: ConversionReport): Html | null {
  const { refused, refusals, quarantine } = report;
  if (refused === 0) return null;
  const shown = refusals.slice(0, MOST_REFUSALS);
  const waits = report.returns.some((one) => one.withheld.length > 0);
  return html`<p class="govuk-body">${
    waits
      ? 'The kinds of record that were refused are not stated complete, and outcomes that rest on them stay pending, until the records are mended and sent.'
      : report.waived !== undefined && `Stated complete without them: ${report.waived}`
  }</p>
<p class="govuk-body">${
    quarantine.length > 0
      ? html`They are kept in ${codes(quarantine)} (which holds identifiers): mend them there and convert those files as you would the return.`
      : html`<code>--quarantine FOLDER</code> keeps them in a file of their own, to be mended and converted again.`
  }</p>
${table({
  caption:
    shown.length < refused
      ? `The first ${count(shown.length)} of ${counted(refused, 'refused record')}`
      : counted(refused, 'refused record'),
  columns: [{ text: 'Place' }, { text: 'Record' }, { text: 'Rule' }, { text: 'Reason' }],
  groups: [
    {
      rows: shown.map((one): Cell[] => [
        { content: place(one) },
        { content: sentence(one.record) },
        { content: ruleTag(one.rule) },
        { content: html`${one.field !== '' && html`${code(one.field)} `}${one.reason}` },
      ]),
    },
  ],
})}`;
}

export function findingsSection({ findings }: ConversionReport): Html | null {
  if (findings.length === 0) return null;
  const most = [...findings].sort((a, b) => b.count - a.count);
  return table({
    caption: 'The most frequent first; the records were kept',
    columns: [
      { text: 'Meaning' },
      { text: 'Rule' },
      { text: 'Number', numeric: true },
      { text: 'First places' },
    ],
    groups: [
      {
        rows: most.map((one): Cell[] => [
          { content: html`${one.words}${one.field !== '' && html` Field ${code(one.field)}.`}` },
          { content: ruleTag(one.rule) },
          { content: count(one.count) },
          {
            content: one.places
              .slice(0, MOST_PLACES)
              .map((at) => html`<span class="wm-place">${place(at)}</span> `),
          },
        ]),
      },
    ],
  });
}

export function lastSection({ againstLast: last }: ConversionReport): Html | null {
  if (!last) return null;
  const rows: [string, number, string][] = [
    ['New', last.new, 'not among what was last sent'],
    ['Corrected', last.corrected, 'the same record, stated otherwise'],
    ['The same', last.same, 'nothing has changed'],
    [
      'Gone',
      last.gone,
      last.purged > 0 || last.gone === 0
        ? 'last sent, and in these returns no more'
        : 'last sent, and in these returns no more; kept, because --complete was not given',
    ],
    ['Purged', last.purged, 'taken back, because --complete was given'],
  ];
  return table({
    caption: html`Records, against ${code(last.file)}`,
    columns: [{ text: 'Record is' }, { text: 'Number', numeric: true }, { text: 'Meaning' }],
    groups: [
      {
        rows: rows.map(([is, number, words]): Cell[] => [
          { content: is },
          { content: count(number) },
          { content: sentence(words) },
        ]),
      },
    ],
  });
}

export function linkageSection({ linkage }: ConversionReport): Html | null {
  if (!linkage) return null;
  const { careChildren, unlinked, crosswalkUnused } = linkage;
  return html`<p class="govuk-body">Of ${counted(careChildren, 'child', 'children')} looked after, ${unlinked === 0 ? 'every one is' : html`<strong>${count(unlinked)} ${unlinked === 1 ? 'is not' : 'are not'}</strong>`} in the census, feed or dataset read beside the SSDA903.${unlinked > 0 && html` Either their ids differ there (give <code>--crosswalk</code>), or they had no referral in its year. <code>--unlinked FILE</code> lists them by pseudonym.`}</p>
${crosswalkUnused > 0 && html`<p class="govuk-body">${counted(crosswalkUnused, 'row')} of the crosswalk ${crosswalkUnused === 1 ? 'names' : 'name'} an id that is in no SSDA903 table.</p>`}`;
}

export function recordsSection(report: ConversionReport): Html | null {
  const kinds = kindsOf(report);
  if (kinds.length === 0) return null;
  return table({
    caption: 'Records made, by kind',
    captionHidden: true,
    columns: [{ text: 'Record' }, { text: 'Number', numeric: true }],
    groups: [
      {
        rows: kinds.map((kind): Cell[] => [
          { content: kindNames[kind] },
          { content: count(report.records[kind]) },
        ]),
      },
    ],
  });
}

export function missingSection(report: ConversionReport): Html | null {
  const kinds = kindsOf(report);
  if (kinds.length === 0) return null;
  const rowsOf = (kind: RecordKind): Cell[][] => {
    const records = report.records[kind];
    return Object.keys(recordStates[kind].shape).map((field) => {
      const missing = records - (report.filled[kind]?.[field] ?? 0);
      return [
        { content: fieldName(field) },
        { content: count(missing) },
        { content: percent(missing / records) },
        { content: missing === records ? tag('None filled', 'yellow') : shareBar(missing / records) },
      ];
    });
  };
  return html`<p class="govuk-body">A field may be missing rightly: a case that is open has no closure date, and a source that does not carry a field has it in no record.</p>
${table({
  caption: 'Fields missing, by kind of record',
  captionHidden: true,
  columns: [
    { text: 'Field' },
    { text: 'Missing', numeric: true },
    { text: 'Share missing', numeric: true },
    { text: 'Drawn' },
  ],
  groups: kinds.map((kind) => ({
    heading: html`${kindNames[kind]}: ${count(report.records[kind])}`,
    rows: rowsOf(kind),
  })),
})}`;
}

export function notCarriedSection({ notCarried }: ConversionReport): Html | null {
  if (notCarried.length === 0) return null;
  return table({
    caption: 'Parts that hold nothing which is sent',
    columns: [{ text: 'File' }, { text: 'Part' }, { text: 'Rows', numeric: true }],
    groups: [
      {
        rows: notCarried.map((one): Cell[] => [
          { content: code(one.file) },
          { content: code(one.table) },
          { content: count(one.rows) },
        ]),
      },
    ],
  });
}
