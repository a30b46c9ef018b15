// Options of `waymark analyse` that say two things at once.
import { expect, it } from 'vitest';
import { type Options, refuseMixed } from '../../../services/analysis/plan/options.ts';

const none = { accept: [], earlier: [] };

it.each<[string, Partial<Options>]>([
  ['verify', { evaluation: 'one', by: 'anna', verify: 'before.json' }],
  ['verify', { analysis: '3', verify: 'before.json' }],
  ['events', { evaluation: 'one', events: 'events.ndjson' }],
  ['for-r', { analysis: '3', forR: 'folder' }],
  ['accept', { analysis: '3', accept: ['balance: by design'] }],
  ['analysis', { release: '1', analysis: '3', verify: true }],
])('refuses --%s where it would be left out', (field, options) => {
  expect(() => refuseMixed({ ...none, ...options })).toThrow(
    expect.objectContaining({ code: 'bad-option', place: { field } }),
  );
});

it.each<Partial<Options>>([
  { protocol: 'p.yaml', events: 'e.ndjson', verify: 'before.json', asOf: '2026-01-01', by: 'anna' },
  { evaluation: 'one', by: 'anna', earlier: ['1'], forR: 'folder', report: 'folder' },
  { analysis: '3', verify: true },
  { analysis: '3', report: 'folder', json: true },
  { release: '1', verify: true, json: true },
])('takes %j', (options) => {
  expect(() => refuseMixed({ ...none, ...options })).not.toThrow();
});
