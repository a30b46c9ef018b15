// A made-up service on a bad morning: three changes are stuck, Walsall is silent and a result is overdue.
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
  audit: (
    [
      ['read', 'Ada Researcher', { slug, route: '/evaluations/:slug', status: 200 }],
      ['refused', 'Luton', { route: '/evaluations/:slug', status: 403 }],
      ['sign-in', 'Eve Evaluator', { issuer: 'https://login.example' }],
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
