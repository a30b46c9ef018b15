import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../schemas/message.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { demonstrationPlan, smallPlan } from '../../../services/simulator/plan.ts';
import { demonstrationProtocol } from '../../../services/simulator/protocol.ts';
import { simulate } from '../../../services/simulator/simulate.ts';

function hashOf(seed: string): string {
  const hash = createHash('sha256');
  const simulation = simulate(smallPlan(seed));
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
