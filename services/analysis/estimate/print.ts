// An answer as a table for people: rows of estimates, then everything else the method added.
import type { Answer } from '../../statistics/answer.ts';

const short = (x: unknown): string => {
  if (x === null || x === undefined) return '-';
  if (typeof x !== 'number') return String(x);
  if (Number.isInteger(x)) return String(x);
  return Math.abs(x) >= 1e5 || Math.abs(x) < 1e-4 ? x.toExponential(4) : x.toPrecision(6);
};

/** Left column as text, the others to the right, in equal widths. */
export function columnsOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => (row[j] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, j) => (j === 0 ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function printAnswer(answer: Answer): string {
  const { method, n, warnings, estimates, ...rest } = answer;
  const parts = [`${method}, n = ${n}`];
  if (estimates && estimates.length > 0) {
    const keys = [...new Set(estimates.flatMap((row) => Object.keys(row)))];
    parts.push(
      columnsOf([
        keys,
        ...estimates.map((row) => keys.map((key) => short((row as unknown as Record<string, unknown>)[key]))),
      ]),
    );
  }
  for (const [key, value] of Object.entries(rest)) {
    if (
      Array.isArray(value) &&
      value.length > 0 &&
      typeof value[0] === 'object' &&
      !Array.isArray(value[0])
    ) {
      const rows = value as Record<string, unknown>[];
      const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((k) =>
        rows.some((row) => typeof row[k] !== 'object'),
      );
      parts.push(
        `${key}\n${columnsOf([keys, ...rows.slice(0, 200).map((row) => keys.map((k) => short(row[k])))])}`,
      );
    } else if (Array.isArray(value) && Array.isArray(value[0])) {
      parts.push(`${key}\n${columnsOf((value as unknown[][]).map((row) => row.map(short)))}`);
    } else if (Array.isArray(value)) parts.push(`${key}: ${value.map(short).join(', ')}`);
    else if (value !== null && typeof value === 'object') parts.push(`${key}: ${JSON.stringify(value)}`);
    else parts.push(`${key}: ${short(value)}`);
  }
  if (warnings.length > 0) parts.push(`warnings: ${warnings.join(', ')}`);
  return `${parts.join('\n\n')}\n`;
}
