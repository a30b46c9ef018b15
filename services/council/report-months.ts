// Records by month of their date: a gap or a sudden jump shows an export that has lost something. Drawn for the eye, with the
// numbers in a table for everybody.
import { type RecordKind, recordKinds } from '../../schemas/records.ts';
import { details, table } from '../page/components.ts';
import { type Html, html } from '../page/html.ts';
import { count, month as monthWords } from '../page/words.ts';
import type { ConversionReport } from './report.ts';
import { kindNames } from './report-sections.ts';

const MONTHS = 24;
const [STEP, BAR, HEIGHT] = [12, 10, 60];

/** The months up to and with the last, YYYY-MM, earliest first. */
function monthsTo(last: string): string[] {
  const [year = 0, month = 1] = last.split('-').map(Number);
  return Array.from({ length: MONTHS }, (_, at) =>
    new Date(Date.UTC(year, month - MONTHS + at, 1)).toISOString().slice(0, 7),
  );
}

const words = (month: string): string => monthWords(`${month}-01`);

/** One column a month; a month without records leaves a gap. */
function columns(name: string, months: readonly string[], numbers: readonly number[]): Html {
  const most = Math.max(...numbers);
  const peak = most === 0 ? '' : `: at most ${count(most)}, in ${words(months[numbers.indexOf(most)] ?? '')}`;
  const label = `${name} by month from ${words(months[0] ?? '')} to ${words(months.at(-1) ?? '')}${peak}`;
  return html`<svg class="wm-months__svg" viewBox="0 0 ${MONTHS * STEP} ${HEIGHT + 2}" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="wm-bar__all" y="${HEIGHT}" width="${MONTHS * STEP}" height="2"/>${numbers.map(
    (number, at) => {
      const height = number === 0 ? 0 : Math.max(1, Math.round((HEIGHT * number) / most));
      return html`<rect class="wm-bar__part" x="${at * STEP + 1}" y="${HEIGHT - height}" width="${BAR}" height="${height}"/>`;
    },
  )}</svg>`;
}

interface Counted {
  kind: RecordKind;
  numbers: number[];
  earlier: number;
  later: number;
}

function countedOf(report: ConversionReport, kind: RecordKind, months: readonly string[]): Counted {
  const by = Object.entries(report.months[kind] ?? {});
  const sum = (of: (month: string) => boolean) =>
    by.reduce((total, [month, number]) => (of(month) ? total + number : total), 0);
  const [first = '', last = ''] = [months[0], months.at(-1)];
  return {
    kind,
    numbers: months.map((month) => report.months[kind]?.[month] ?? 0),
    earlier: sum((month) => month < first),
    later: sum((month) => month > last),
  };
}

function outside({ earlier, later }: Counted): string {
  const parts = [earlier > 0 && `${count(earlier)} earlier`, later > 0 && `${count(later)} later`];
  return parts.filter((part) => part !== false).join(', ');
}

function most(numbers: readonly number[]): string {
  const number = Math.max(...numbers);
  return number === 0 ? 'None in these months' : `At most ${count(number)} a month`;
}

/** The two years up to the latest reference date; what lies outside them is counted beside. */
export function monthsSection(report: ConversionReport): Html | null {
  const kinds = recordKinds.filter((kind) => report.months[kind] !== undefined);
  if (kinds.length === 0) return null;
  const ends = report.returns.map((one) => one.referenceDate.slice(0, 7)).sort();
  const all = kinds.flatMap((kind) => Object.keys(report.months[kind] ?? {})).sort();
  const months = monthsTo(ends.at(-1) ?? all.at(-1) ?? '');
  const each = kinds.map((kind) => countedOf(report, kind, months));
  const [first = '', last = ''] = [months[0], months.at(-1)];
  return html`<p class="govuk-body">By the month of their date, from ${words(first)} to ${words(last)}. Each drawing has a scale of its own; a gap is a month without records.</p>
<ul class="govuk-list wm-months">${each.map((one) => {
    const beside = outside(one);
    return html`<li><h3 class="govuk-heading-s govuk-!-margin-bottom-1">${kindNames[one.kind]}</h3>
${columns(kindNames[one.kind], months, one.numbers)}
<p class="govuk-body-s govuk-!-margin-bottom-0">${most(one.numbers)}${beside !== '' && `; ${beside}`}</p></li>
`;
  })}</ul>
${details(
  'The numbers by month',
  each.map(({ kind, numbers }) =>
    table({
      caption: kindNames[kind],
      columns: [{ text: 'Month' }, { text: 'Records', numeric: true }],
      groups: [
        {
          rows: months.map((month, at) => [{ content: words(month) }, { content: count(numbers[at] ?? 0) }]),
        },
      ],
    }),
  ),
)}`;
}
