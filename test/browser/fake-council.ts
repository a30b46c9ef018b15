// A council's account in memory: two years of what came, a month in which much could not be used, and its keys.
import type { RecordKind } from '../../schemas/records.ts';
import type { KeyEntry } from '../../services/platform/access.ts';
import { UserError } from '../../services/platform/errors.ts';
import type { CouncilAccount, HeldCount } from '../../services/portal/council-account.ts';
import { monthsBetween } from '../../services/portal/council-quality.ts';

const months = monthsBetween('2024-11-01', '2026-08-01');
const monthly: [RecordKind, number][] = [
  ['referral', 412],
  ['assessment', 388],
  ['cp-plan', 61],
  ['care-episode', 44],
  ['child', 405],
];

const sent = months.flatMap((month, at) =>
  monthly.map(([kind, usual], of) => ({
    month,
    kind,
    events: at === 14 ? 0 : usual + ((at * 37 + of * 11) % 60),
    purges: at % 5 === 0 ? of : 0,
  })),
);

const held = months.flatMap((month, at): HeldCount[] => [
  ...(at % 2 === 0 && at !== 14
    ? [
        {
          ...({ month, by: 'gateway', code: 'bad-field', field: 'record.closureReason' } as const),
          ...{ count: at === 20 ? 96 : 3 + (at % 4), last: `${month.slice(0, 8)}14T09:12:00Z` },
        },
      ]
    : []),
  ...(at === 20
    ? [
        {
          ...({ month, by: 'ingest', code: 'not-json', field: '' } as const),
          ...{ count: 12, last: `${month.slice(0, 8)}15T10:00:00Z` },
        },
      ]
    : []),
]);

export const fakeAccount = (council: string, name: string): CouncilAccount => ({
  ...{ council, name, dataSource: 'simulated' },
  sent,
  held,
  latest: [
    {
      at: '2026-07-15T10:00:00Z',
      by: 'ingest',
      place: 'case-events.v1/3/48211',
      code: 'not-json',
      field: '',
    },
    {
      ...{ at: '2026-07-14T09:12:00Z', by: 'gateway', place: 'line 118 of CIN_2026-07-14' },
      ...{ code: 'bad-field', field: 'record.closureReason' },
    },
  ],
  evaluations: [
    {
      ...{ slug: 'families-first-demonstration', title: 'Families first pathfinder: demonstration' },
      ...{ dataSource: 'simulated', stage: 'following', paused: false, participants: 1_204, threshold: 10 },
      ...{ lastDay: '2025-12-31', horizons: [6, 12, 18] },
    },
    {
      ...{ slug: 'blinded-evaluation', title: 'A blinded evaluation', dataSource: 'simulated' },
      ...{ stage: 'recruiting', paused: true, participants: null, threshold: 10 },
      ...{ lastDay: '2026-12-31', horizons: [6] },
    },
  ],
});

export const emptyAccount = (council: string, name: string): CouncilAccount => ({
  ...{ council, name, dataSource: 'simulated', sent: [], held: [], latest: [], evaluations: [] },
});

/** Keys that a page can replace and stop, as the store would. */
export function fakeKeys(council: string) {
  const entry = (id: string, label: string, more: Partial<KeyEntry> = {}): KeyEntry => ({
    ...{ id, label, role: 'council', council, evaluation: null },
    ...{ createdAt: '2025-09-02T08:30:00Z', revokedAt: null, lastUsedAt: '2026-08-31T08:40:00Z', ...more },
  });
  let keys = [
    entry('5d2f90ab', 'nightly delivery'),
    entry('c01e77d4', 'test machine', { lastUsedAt: null }),
    entry('90ab12cd', 'nightly delivery', {
      ...{
        createdAt: '2024-09-01T08:00:00Z',
        revokedAt: '2025-09-09T08:30:00Z',
        lastUsedAt: '2025-09-02T03:10:00Z',
      },
    }),
  ];
  const named = (id: string): KeyEntry => {
    const found = keys.find((key) => key.id === id);
    if (!found) throw new UserError('unknown-key', 'Your council has no such key.', { field: 'id' });
    return found;
  };
  const stopAt = (id: string, revokedAt: string): KeyEntry => {
    const old = { ...named(id), revokedAt };
    keys = keys.map((key) => (key.id === id ? old : key));
    return old;
  };
  return {
    keys: () => keys,
    replace(id: string, days: number) {
      if (named(id).revokedAt !== null) throw new UserError('key-revoked', 'It is revoked.', { field: 'id' });
      const old = stopAt(id, new Date(Date.parse('2026-08-31T09:04:00Z') + days * 86_400_000).toISOString());
      const made = entry('e3f4a5b6', old.label, { createdAt: '2026-08-31T09:04:00Z', lastUsedAt: null });
      keys = [made, ...keys];
      return { key: 'wk_made-up-and-shown-once-00000000', old };
    },
    stop: (id: string) => stopAt(named(id).id, '2026-08-31T09:04:00Z'),
  };
}
