// The report as a person reads it in a terminal.
import type { ConversionReport } from './report.ts';

const count = (number: number): string => number.toLocaleString('en-GB');

export function reportWords(report: ConversionReport): string {
  const lines = [
    `${count(report.children)} children, ${count(report.events)} case events, ${count(report.purges)} purges, ${count(report.statements)} feed statements`,
  ];
  for (const one of report.returns) {
    const save = one.withheld.length > 0 ? `, save for ${one.withheld.join(', ')}` : '';
    const through = `complete through ${one.completeThrough}${save}`;
    const said = one.withheld.length < one.kinds.length ? through : 'not stated complete';
    lines.push(`  ${one.format} ${one.files.join(', ')}: ${said}`);
  }
  for (const [kind, records] of Object.entries(report.records)) {
    if (records > 0) lines.push(`  ${kind.padEnd(16)} ${count(records)}`);
  }
  lines.push(`${count(report.refused)} records refused${report.refused > 0 ? ':' : ''}`);
  for (const one of report.refusals.slice(0, 10)) {
    lines.push(
      `  ${one.file}, line ${one.line}: ${one.record}${one.field ? `, ${one.field}` : ''} ${one.reason}`,
    );
  }
  if (report.refused > 10) lines.push(`  … and ${count(report.refused - 10)} more: see --report`);
  if (report.quarantine.length > 0) {
    lines.push(`  to be mended and converted again: ${report.quarantine.join(', ')} (they hold identifiers)`);
  } else if (report.refused > 0) {
    lines.push('  --quarantine FOLDER keeps them, to be mended and converted again');
  }
  if (report.returns.some((one) => one.withheld.length > 0)) {
    lines.push(
      '  until they are mended and sent, their kinds are not stated complete: outcomes that rest on them stay pending',
    );
  } else if (report.refused > 0 && report.waived !== undefined) {
    lines.push(`  stated complete without them: ${report.waived}`);
  }
  if (report.notCarried.length > 0) {
    const names = report.notCarried.map((one) => `${one.table} (${count(one.rows)})`);
    lines.push(`Read, and hold nothing that is sent, with their rows: ${names.join(', ')}`);
  }
  const { linkage } = report;
  if (linkage) {
    lines.push(
      `${count(linkage.unlinked)} of ${count(linkage.careChildren)} children looked after are not in the other returns${linkage.unlinked > 0 ? ': --unlinked FILE lists them' : ''}`,
    );
  }
  const last = report.againstLast;
  if (last) {
    lines.push(
      `Against ${last.file}: ${count(last.new)} new, ${count(last.corrected)} corrected, ${count(last.same)} the same, ${count(last.gone)} gone (${count(last.purged)} purged)`,
    );
  }
  const findings = [...report.findings].sort((a, b) => b.count - a.count);
  if (findings.length > 0) lines.push('Findings (records kept):');
  for (const one of findings) {
    lines.push(
      `  ${count(one.count).padStart(7)} ${one.rule}${one.field ? ` ${one.field}` : ''}: ${one.words}`,
    );
  }
  return lines.join('\n');
}
