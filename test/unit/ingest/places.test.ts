// Where reading has to begin so that no message is passed over that the store lacks.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../services/ingest/places.ts';

const at = (committed: number, low: number, high: number) => ({ partition: 0, committed, low, high });

describe('Kafka’s place and the store’s', () => {
  test.each([
    ['agree', at(5, 0, 9), 5, { standing: 'agrees', gone: 0 }],
    [
      'agree when a crash came between the store’s commit and Kafka’s',
      at(3, 0, 9),
      5,
      { standing: 'agrees' },
    ],
    ['agree when retention deleted what was settled', at(5, 4, 9), 5, { standing: 'agrees', gone: 0 }],
    ['agree before anything was read', at(-1, 0, 9), null, { standing: 'agrees', readFrom: 0 }],
    ['differ after a restore', at(9, 0, 9), 5, { standing: 'behind', readFrom: 5 }],
    ['differ after a restore to nothing', at(9, 0, 9), null, { standing: 'behind', readFrom: 0 }],
    ['differ beyond repair from Kafka', at(9, 7, 9), 5, { standing: 'expired', readFrom: 7, gone: 2 }],
    ['are of two topics', at(2, 0, 3), 50, { standing: 'another-topic', readFrom: 0 }],
  ] as const)('%s', (_name, place, settled, expected) => {
    expect(judge(place, settled)).toMatchObject(expected);
  });

  test('never leave a message between them unread that Kafka still has and the store lacks', () => {
    const offsets = fc.tuple(
      fc.nat(50),
      fc.nat(50),
      fc.integer({ min: -1, max: 100 }),
      fc.option(fc.nat(120)),
    );
    fc.assert(
      fc.property(offsets, ([low, length, reached, settled]) => {
        const high = low + length;
        const committed = Math.min(reached, high);
        const { readFrom, standing, gone } = judge(at(committed, low, high), settled);
        expect(readFrom).toBeGreaterThanOrEqual(low);
        const first = settled === null || settled > high ? low : Math.max(low, settled);
        expect(readFrom).toBeLessThanOrEqual(first);
        const begins = standing === 'agrees' ? Math.max(committed, low) : readFrom;
        expect(begins).toBeLessThanOrEqual(Math.max(first, low));
        expect(gone > 0).toBe(standing === 'expired');
      }),
    );
  });
});
