// The data-quality report as one page that opens without a network: counts, missing fields, refusals and findings.
import { recordStates } from '../../schemas/records.ts';
import type { ConversionReport } from './report.ts';

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
const count = (number: number): string => number.toLocaleString('en-GB');

function table(
  heading: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  if (rows.length === 0) return '';
  const cell = (value: string | number) =>
    typeof value === 'number' ? `<td class="number">${count(value)}</td>` : `<td>${escaped(value)}</td>`;
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<section><h2>${escaped(heading)}</h2><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></section>`;
}

/** Records by month, most recent 24 months, as bars in a table so that it can be read without seeing it. */
function byMonth(report: ConversionReport): string {
  const kinds = Object.keys(report.months).sort();
  const all = [...new Set(kinds.flatMap((kind) => Object.keys(report.months[kind] ?? {})))].sort().slice(-24);
  return table(
    'Records by month of their date (the last 24 months that have any)',
    ['Month', ...kinds],
    all.map((month) => [month, ...kinds.map((kind) => report.months[kind]?.[month] ?? 0)]),
  );
}

function missing(report: ConversionReport): string {
  const rows = Object.entries(recordStates).flatMap(([kind, schema]) => {
    const records = report.records[kind as keyof typeof recordStates];
    if (records === 0) return [];
    return Object.keys(schema.shape).map((field): (string | number)[] => {
      const filled = report.filled[kind]?.[field] ?? 0;
      return [kind, field, filled, records - filled, `${((100 * (records - filled)) / records).toFixed(1)}%`];
    });
  });
  return table('Fields filled and missing', ['Record', 'Field', 'Filled', 'Missing', 'Missing, share'], rows);
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;border-bottom:1px solid #b1b4b6;padding:.25rem .75rem .25rem 0;vertical-align:top}
.number{text-align:right;font-variant-numeric:tabular-nums}p.note{color:#505a5f}`;

/** One HTML page. It holds counts, file names, line numbers and rule codes: no value of any record. */
export function reportPage(report: ConversionReport): string {
  const last = report.againstLast;
  const findings = [...report.findings].sort((a, b) => b.count - a.count);
  const place = (one: { file: string; line: number }) => `${one.file}:${one.line}`;
  const sections = [
    table(
      'Returns read',
      ['Files', 'Format', 'Reference date', 'Recorded at', 'Stated complete through', 'Children'],
      report.returns.map((one) => [
        one.files.join(', '),
        one.format,
        one.referenceDate,
        one.recordedAt,
        one.completeThrough,
        one.children,
      ]),
    ),
    table(
      'Records sent',
      ['Record', 'Number'],
      Object.entries(report.records).filter(([, records]) => records > 0),
    ),
    last
      ? table(
          `Against ${last.file}`,
          ['New', 'Corrected', 'The same', 'Gone', 'Purged'],
          [[last.new, last.corrected, last.same, last.gone, last.purged]],
        )
      : '',
    table(
      `Records refused (${count(report.refused)}): mend them and send the return again`,
      ['Place', 'Record', 'Rule', 'Field', 'Reason'],
      report.refusals.slice(0, 200).map((one) => [place(one), one.record, one.rule, one.field, one.reason]),
    ),
    table(
      'Findings: the records were sent',
      ['Rule', 'Field', 'Number', 'Meaning', 'First places'],
      findings.map((one) => [
        one.rule,
        one.field,
        one.count,
        one.words,
        one.places.slice(0, 3).map(place).join(', '),
      ]),
    ),
    missing(report),
    byMonth(report),
  ];
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Data quality, ${escaped(report.council)}</title><style>${style}</style></head><body>
<h1>Data quality of the returns of ${escaped(report.council)}</h1>
<p>${count(report.children)} children, ${count(report.events)} case events (${count(report.purges)} of them purges), ${count(report.refused)} records refused.</p>
${report.failed ? `<p>Nothing was written: ${escaped(report.failed.message)}</p>` : ''}
<p class="note">Counts and places only: no value of any record stands here. Counts below 10 can still say something about a child: keep this page inside the council.</p>
${sections.filter((section) => section !== '').join('\n')}
</body></html>
`;
}
