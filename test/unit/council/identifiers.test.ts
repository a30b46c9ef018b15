// Identifiers planted in every field of every format never come out: not in messages, reports, pages, errors, on the
// terminal, in the spool or over the network. What may hold them is the quarantine, which is the council's own.
import { describe, expect, it } from 'vitest';
import { baseOf, everything, identifiers, leaksOf } from './planted-leaks.ts';
import { formats } from './planting.ts';

describe.each(formats)('planted in every field of $name', ({ files, plant }) => {
  it('all identifiers together stay inside', { timeout: 120_000 }, async () => {
    const base = await baseOf(files);
    expect(base.size).toBeGreaterThan(4);
    const leaked: string[] = [];
    let places = 0;
    for (const planted of plant(files, everything)) {
      places += 1;
      leaked.push(...(await leaksOf(planted, everything, base)));
    }
    expect(leaked).toEqual([]);
    expect(places).toBeGreaterThan(150);
  });

  it('each of them alone stays inside, and no field takes one for its own', {
    timeout: 120_000,
  }, async () => {
    const base = await baseOf(files);
    const values = Object.values(identifiers);
    const leaked: string[] = [];
    // Every field meets the day of birth and one other of them, in turn; `planted-everywhere.ts` tries all with all.
    const turns = values.map((value) => [...plant(files, value)].filter(({ field }) => !field.includes(',')));
    for (let at = 0; at < turns[0]!.length; at += 1) {
      for (const turn of new Set([at % values.length, values.indexOf(identifiers.born)]))
        leaked.push(...(await leaksOf(turns[turn]![at]!, values[turn]!, base)));
    }
    expect(leaked).toEqual([]);
  });
});
