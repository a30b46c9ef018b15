// A made-up service on a bad morning: three changes are stuck, Walsall is silent and a result is overdue.
import { createHash } from 'node:crypto';
import { AUDIT_PAGE, type AuditLine, type CheckedLog } from '../../services/portal/audit-log.ts';
import type { ServiceState } from '../../services/portal/service-state.ts';

const slug = 'families-first-demonstration';

export const serviceState: ServiceState = {
  askedAt: '2026-08-31T09:04:00.000Z',
  database: { bytes: 1_842_000_000, version: '18.4' },
  outbox: { waiting: 3, oldest: '2026-08-31T08:52:00.000Z' },
  recompute: 0,
  intake: { received: 412_067, stored: 401_915, duplicates: 9_120, statements: 1_019, quarantined: 13 },
  refusedLines: 48,
  quarantine: [
    { code: 'bad-field', count: 10 },
    { code: 'not-json', count: 3 },
  ],
  alerts: [
    {
      ...{ kind: 'feed-silent', subject: 'E08000030', raisedAt: '2026-06-06T04:00:00.000Z' },
      message: 'Walsall has sent nothing since 4 June 2026.',
    },
    {
      ...{
        kind: 'milestone-overdue',
        subject: `${slug}/2025-06-01/12`,
        raisedAt: '2026-07-07T06:00:00.000Z',
      },
      message: 'The result waits for Walsall.',
    },
  ],
  evaluations: [
    { slug, stage: 'following', paused: false, frozen: 12, newest: '2026-06-03T21:14:00.000Z' },
    { slug: 'new-evaluation', stage: 'draft', paused: false, frozen: 0, newest: null },
    {
      slug: 'sample-returns',
      stage: 'following',
      paused: true,
      frozen: 8,
      newest: '2026-08-30T10:00:00.000Z',
    },
  ],
  processes: (
    [
      ['gateway', '09:03:55', [], {}],
      ['ingest', '09:03:51', [], { lag: 1_204 }],
      ['portal', '09:03:58', [], {}],
      [
        'tracker',
        '09:03:49',
        [{ part: 'relay', reason: '4 rounds of the relay have failed in a row: see the log' }],
        {
          ...{ 'cohort running': 24, 'cohort failed': 0, 'milestone running': 38, 'milestone failed': 1 },
          ...{ 'feed running': 12, 'feed failed': 0, 'release running': 1, 'release failed': 0 },
          ...{ 'erasure running': 0, 'erasure failed': 0, stuck: 1 },
        },
      ],
    ] as const
  ).map(([process, heard, missing, figures]) => ({
    ...{ process, instance: `waymark-1:4${process.length}`, version: '0.1.0+2576b3c1d0ee' },
    ...{ startedAt: '2026-08-24T06:00:00.000Z', heardAt: `2026-08-31T${heard}.000Z` },
    ...{ missing: [...missing], figures },
  })),
  audit: (
    [
      ['read', 'Ada Researcher', { slug, route: '/evaluations/:slug', status: 200 }],
      ['refused', 'Luton', { route: '/evaluations/:slug', status: 403 }],
      ['sign-in', 'Eve Evaluator', { issuer: 'https://login.example' }],
      [
        'change',
        'anna',
        { table: 'api_key', told: [{ key_hash: `\\x${'0f'.repeat(32)}`, role: 'council' }] },
      ],
    ] as const
  ).map(([kind, by, what], at) => ({
    seq: 18_204 - at,
    entry: {
      kind,
      by,
      what: { ...what },
      at: `2026-08-31T09:0${3 - at}:00.000Z`,
      as: null,
      process: 'portal',
    },
  })),
};

const FIRST_OF_PAGE = 18_204;

/** A page of entries before one, of a log that began long ago. */
export const auditLines = (before: number | null): AuditLine[] =>
  Array.from({ length: Math.min(AUDIT_PAGE, (before ?? FIRST_OF_PAGE + 1) - 1) }, (_, at) => {
    const seq = (before ?? FIRST_OF_PAGE + 1) - 1 - at;
    const shown = serviceState.audit[at % serviceState.audit.length]!;
    return {
      seq,
      entry: { ...shown.entry, seq },
      hash: createHash('sha256').update(String(seq)).digest('hex'),
    };
  });

export const checkedLog: CheckedLog = {
  entries: FIRST_OF_PAGE,
  head: { seq: FIRST_OF_PAGE, hash: createHash('sha256').update(String(FIRST_OF_PAGE)).digest('hex') },
  faults: [],
  checkedAt: '2026-08-31T09:00:00.000Z',
};
