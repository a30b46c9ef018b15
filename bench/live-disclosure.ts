// Attacks on the memory of live numbers: random populations of children, random moments at which readers look, and an
// adversary who keeps every table. node --import tsx bench/live-disclosure.ts [sequences] [seed] [with-memory]
import { judgePanel, nothingSeen, type Panel, type PanelMemory } from '../services/disclosure/panel.ts';
import { attackPanels, type Child, recordAt } from '../test/unit/disclosure/follow-up-suite.ts';

const policy = { threshold: 6 };
const sequences = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? 20_261_126);

/** Uniform numbers from 0 to 1 (mulberry32). */
function uniform(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Between 40 and 700 children enrolled over 10 months, with events and censoring at rates drawn for each population. */
function population(random: () => number): Child[] {
  const size = Math.round(40 + 660 * random() ** 2);
  const [eventRate, censorRate, leftOut] = [0.6 * random(), 0.1 * random(), 0.1 * random()];
  const months = 1 + Math.floor(10 * random());
  return Array.from({ length: size }, () => {
    const lot = random();
    return {
      arm: random() < 0.5 ? 'trial' : 'comparison',
      enrolledIn: Math.floor(months * random()),
      atRisk: random() >= leftOut,
      what: lot < eventRate ? 'event' : lot < eventRate + censorRate ? 'censored' : null,
      month: 1 + Math.floor(18 * random()),
    };
  });
}

const enrolledIn = (panels: readonly Panel[], arm: string): number[] =>
  panels.flatMap(({ results }) => results[0]?.arms.find((one) => one.arm === arm)?.enrolled ?? []);

const memoryOf = (panels: readonly Panel[]): PanelMemory => ({
  ...nothingSeen,
  panels,
  enrolled: { trial: enrolledIn(panels, 'trial'), comparison: enrolledIn(panels, 'comparison') },
});

const tally = { asked: 0, shown: 0, less: 0, held: 0, same: 0, hidden: 0, groups: 0 };
const found = { exact: 0, narrowed: 0, differences: 0, fewInGroup: 0 };

async function follow(random: () => number, withMemory: boolean): Promise<void> {
  const children = population(random);
  const moments = Array.from({ length: 2 + Math.floor(3 * random()) }, () => Math.floor(30 * random()));
  const shown: Panel[] = [];
  for (const month of moments.sort((a, b) => a - b)) {
    const memory = withMemory ? memoryOf(shown) : nothingSeen;
    const options = { primary: 12, keepRisks: false };
    const { decision, panel } = await judgePanel(
      recordAt(children, month),
      're-referral',
      memory,
      policy,
      options,
    );
    tally.asked += 1;
    if (decision === 'hold') tally.held += 1;
    else if (decision === 'same') tally.same += 1;
    else {
      tally.shown += 1;
      tally.less += Number(decision === 'publish-less');
      shown.push(panel);
    }
  }
  if (shown.length === 0) return;
  const { hidden, groups, ...broken } = await attackPanels(shown, policy.threshold);
  tally.hidden += hidden;
  tally.groups += groups;
  for (const key of Object.keys(found) as (keyof typeof found)[]) found[key] += broken[key];
}

for (const withMemory of process.argv[4] === 'with-memory' ? [true] : [false, true]) {
  for (const counts of [tally, found])
    for (const key of Object.keys(counts)) (counts as Record<string, number>)[key] = 0;
  const random = uniform(seed);
  const began = performance.now();
  for (let n = 0; n < sequences; n++) {
    await follow(random, withMemory);
    if (n % 20 === 19) process.stderr.write(`\r${n + 1} of ${sequences}`);
  }
  process.stderr.write('\r');
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  console.log(JSON.stringify({ withMemory, sequences, seed, ...tally, ...found, seconds }));
}
