import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../../schemas/calendar.ts';
import { isPurge } from '../../../schemas/case-event.ts';
import { isFeedStatement, parseMessage } from '../../../schemas/message.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { demonstrationPlan, smallPlan, withoutDefects } from '../../../services/simulator/plan.ts';
import { demonstrationProtocol } from '../../../services/simulator/protocol.ts';
import { simulate } from '../../../services/simulator/simulate.ts';
import { caseEvents, headsOf } from './heads.ts';

function hashOf(seed: string): string {
  const hash = createHash('sha256');
  const plan = smallPlan(seed);
  const simulation = simulate({ ...plan, councils: plan.councils.slice(0, 2) });
  for (const council of simulation.councils()) {
    for (const delivery of council.deliveries()) hash.update(JSON.stringify(delivery));
  }
  return hash.update(JSON.stringify([simulation.allocations(), simulation.truth()])).digest('hex');
}

describe('a simulation', () => {
  it('is the same bytes for the same seed, and others for another', () => {
    const first = hashOf('alder');
    expect(hashOf('alder')).toBe(first);
    expect(hashOf('birch')).not.toBe(first);
  });

  it('sends only messages that the platform accepts', () => {
    for (const council of simulate(smallPlan()).councils()) {
      for (const { messages } of council.deliveries()) {
        for (const message of messages) {
          const parsed = parseMessage(JSON.stringify(message));
          if (!parsed.ok) expect.fail(`${JSON.stringify(parsed.refusal)} in ${JSON.stringify(message)}`);
        }
      }
    }
  });

  it('comes with a protocol that the platform accepts', () => {
    const protocol = demonstrationProtocol({ plan: demonstrationPlan() });
    expect(Protocol.parse(protocol)).toEqual(protocol);
    expect(protocol.dataSource).toBe('simulated');
  });
});

describe('a feed', () => {
  const simulation = simulate(smallPlan());

  it('opens with a snapshot, one state a record, and closes each day with how far it is complete', () => {
    for (const council of simulation.councils()) {
      const planned = simulation.plan.councils.find((one) => one.code === council.code)!;
      let last = '';
      let completeThrough = '';
      for (const { day, messages } of council.deliveries()) {
        expect(day > last).toBe(true);
        if (last === '') {
          expect(day).toBe('2023-09-01');
          const events = messages.filter((message) => !isFeedStatement(message));
          const ids = new Map(events.map((message) => [message.id, message]));
          expect(
            new Set([...ids.values()].map((one) => (one.data as { recordId: string }).recordId)).size,
          ).toBe(ids.size);
          expect(ids.size).toBeGreaterThan(20);
        }
        const statements = messages.filter(isFeedStatement);
        expect(statements).toEqual([messages.at(-1)]);
        const { data } = statements[0]!;
        completeThrough = 'completeThrough' in data ? data.completeThrough : '';
        expect(completeThrough).toBe(addDays(day, -planned.reportingLagDays));
        for (const { time } of messages) expect(time.slice(0, 10) <= day).toBe(true);
        last = day;
      }
      if (council.silentAfter === null) expect(completeThrough).toBe('2026-08-31');
      else expect(last).toBe(council.silentAfter);
    }
    expect(simulation.councils().filter((council) => council.silentAfter !== null)).toHaveLength(1);
  });

  it('can be slower than daily and still ends complete', () => {
    const councils = smallPlan()
      .councils.slice(0, 1)
      .map((council) => ({ ...council, rhythmDays: 7 }));
    const [weekly] = simulate({ ...smallPlan(), councils }).councils();
    const days = [...weekly!.deliveries()].map((delivery) => delivery.day);
    expect(days.length).toBe(158);
    expect(days[1]).toBe('2023-09-08');
    expect(days.at(-1)).toBe('2026-09-02');
  });
});

describe('the summary', () => {
  it('reconciles with what is sent', () => {
    const simulation = simulate(smallPlan());
    const seen = {
      ids: new Set<string>(),
      children: new Set<string>(),
      families: new Set<string>(),
      records: new Set<string>(),
    };
    let [events, purges, statements, deliveries] = [0, 0, 0, 0];
    for (const council of simulation.councils()) {
      for (const { messages } of council.deliveries()) {
        deliveries++;
        for (const message of messages) {
          if (isFeedStatement(message)) {
            statements++;
            continue;
          }
          events++;
          if (isPurge(message) && !seen.ids.has(message.id)) purges++;
          seen.ids.add(message.id);
          seen.children.add(message.subject);
          seen.records.add(message.data.recordId);
          const family = 'state' in message.data && Reflect.get(message.data.state, 'family');
          if (family) seen.families.add(family);
        }
      }
    }
    const summary = simulation.summary();
    expect(summary).toMatchObject({
      events: seen.ids.size,
      duplicates: events - seen.ids.size,
      purges,
      children: seen.children.size,
      families: seen.families.size,
      records: seen.records.size,
      deliveries,
      feedStatements: statements,
      messages: events + statements,
      participatingFamilies: simulation.allocations().length,
      participants: [...simulation.participants()].length,
    });
    for (const fault of ['duplicates', 'purges', 'corrections', 'late', 'shuffledDeliveries'] as const) {
      expect(summary[fault], fault).toBeGreaterThan(5);
    }
  });

  it('counts no fault where none is planted', () => {
    const summary = simulate(withoutDefects(smallPlan())).summary();
    expect(summary).toMatchObject({
      duplicates: 0,
      purges: 0,
      corrections: 0,
      late: 0,
      shuffledDeliveries: 0,
    });
  });
});

describe('faults of recording', () => {
  it('leave nothing behind: what is known at the end is the clean history, but for what is still to be entered', () => {
    const faulty = simulate(smallPlan()).councils();
    const clean = simulate(withoutDefects(smallPlan())).councils();
    let compared = 0;
    faulty.forEach((council, at) => {
      const end = council.silentAfter ?? smallPlan().completeThrough;
      const settled = addDays(end, -240);
      const truth = headsOf(caseEvents(clean[at]!));
      for (const [child, records] of headsOf(caseEvents(council))) {
        const trueRecords = truth.get(child);
        for (const [id, head] of records) {
          const clean = trueRecords?.get(id);
          if (head.state === null) expect(clean).toBeUndefined();
          else if (clean && clean.time.slice(0, 10) < settled) {
            expect(head.state).toEqual(clean.state);
            compared++;
          }
        }
      }
    });
    expect(compared).toBeGreaterThan(1000);
  });
});
