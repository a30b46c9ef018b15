// The order rules that look across one child's records: what breaks one is flagged and kept.
import type { ReportWriter } from './report.ts';

/** A period for the order rules: open when `end` is undefined. */
export interface Span {
  start: string;
  end: string | undefined;
  line: number;
}

export interface Referral extends Span {
  noFurtherAction: boolean;
}

const FOREVER = '9999-12-31';
const endOf = (span: Span): string => span.end ?? FOREVER;

/** What one child's records add up to, for the rules that look across them. */
export interface Seen {
  referrals: Referral[];
  cpPlans: Span[];
  cinPlans: Span[];
}

const byStart = (a: Span, b: Span): number => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0);

/** Spans that begin before an earlier one has ended; one may begin the day another ends. */
function overlapping(spans: readonly Span[], end: (span: Span) => string): Span[] {
  const found: Span[] = [];
  let reached = '';
  for (const span of [...spans].sort(byStart)) {
    if (span.start < reached) found.push(span);
    const until = end(span);
    if (until > reached) reached = until;
  }
  return found;
}

export function checkAcross(seen: Seen, file: string, writer: ReportWriter): void {
  const { referrals, cpPlans, cinPlans } = seen;
  // Most children have one of each and nothing to look across.
  if (referrals.length < 2 && cpPlans.length < 2 && (cpPlans.length === 0 || cinPlans.length === 0)) return;
  const flag = (rule: string, span: Span) => writer.finding(rule, file, span.line);
  if (referrals.length > 1) {
    const open = referrals.filter((one) => one.end === undefined && !one.noFurtherAction);
    for (const one of open.slice(1)) flag('8815', one);
    const latest = [...referrals].sort(byStart).at(-1)?.start ?? '';
    for (const one of open) if (one.start < latest) flag('8816', one);
    const end = (span: Span) =>
      span.end === undefined && (span as Referral).noFurtherAction ? span.start : endOf(span);
    for (const one of overlapping(referrals, end)) flag('8820', one);
  }
  if (cpPlans.length > 1) for (const one of overlapping(cpPlans, endOf)) flag('8940', one);
  for (const plan of cinPlans) {
    const beside = cpPlans.some((cp) => plan.start < endOf(cp) && cp.start < endOf(plan));
    if (beside) flag('4001', plan);
  }
}
