// An evaluation from its snapshot to record and report: gates, balance, estimates, curves, councils and page.
//   node --import tsx bench/analysis.ts [participants, 100000 unless given]
import { addMonths } from '../schemas/calendar.ts';
import { analyse } from '../services/analysis/plan/analyse.ts';
import {
  type AnalysedOutcome,
  type AnalysisParticipant,
  sharingOutcomes,
} from '../services/analysis/plan/participant.ts';
import { reportPage } from '../services/analysis/report/page.ts';
import { builtInOutcomes } from '../services/outcomes/definitions.ts';
import { plannedProtocol, snapshotOf, uniform } from '../test/unit/analysis/plan-world.ts';

const asked = Number(process.argv[2] ?? 100_000);
const horizons = [6, 12, 18];
const outcomes = ['re-referral', 'repeat-cp-plan', 'care-entry'].flatMap(
  (id) => builtInOutcomes.find((one) => one.id === id) ?? [],
);
const councils = Array.from({ length: 100 }, (_, at) => `E06990${String(at + 1).padStart(3, '0')}`);

/** Families of one to three children in 100 councils, drawn to an arm; invented. */
function world(): AnalysisParticipant[] {
  const random = uniform(20_261_126);
  const out: AnalysisParticipant[] = [];
  const shared = sharingOutcomes();
  for (let family = 0; out.length < asked; family++) {
    const arm = random() < 0.5 ? 'trial' : 'comparison';
    const council = councils[Math.floor(random() * councils.length)] ?? '';
    const frailty = 0.5 + random();
    for (let child = 0; child <= Math.floor(3 * random()) && out.length < asked; child++) {
      const indexDay = addMonths('2024-01-01', Math.floor(random() * 12));
      const states = outcomes.flatMap(({ id }, at): AnalysedOutcome[] => {
        const risk = [0.25, 0.05, 0.08][at] ?? 0.1;
        const months = Math.ceil((18 * random()) / (frailty * risk * (arm === 'trial' ? 0.85 : 1)));
        return horizons.map((horizon) => ({
          outcome: id,
          horizon,
          state: months <= horizon ? 'event' : 'no-event',
          date: months <= horizon ? addMonths(indexDay, months) : null,
          censorReason: null,
          value: null,
          clockStart: indexDay,
          horizonDay: addMonths(indexDay, horizon),
          matured: true,
        }));
      });
      out.push({
        council,
        child: `c${family}-${child}`,
        unit: `f${family}`,
        arm,
        indexDay,
        covariates: {
          age: random() < 0.03 ? null : Math.floor(17 * random()),
          sex: random() < 0.5 ? 'F' : 'M',
          ethnicity: ['white', 'mixed', 'asian', 'black', 'other'][Math.floor(5 * random())] ?? null,
          disabled: random() < 0.1 ? 'yes' : 'no',
          unaccompanied: 'no',
          'deprivation-decile': 1 + Math.floor(10 * random()),
          'referral-source': String(1 + Math.floor(9 * random())),
          'primary-need': `N${Math.floor(10 * random())}`,
          council,
          wave: indexDay,
        },
        outcomes: shared(states),
      });
    }
  }
  return out;
}

const participants = world();
const protocol = plannedProtocol(
  {
    councils,
    horizons,
    outcomes,
    primary: { outcome: 're-referral', horizon: 12 },
    disclosure: { threshold: 10 },
  },
  {
    covariates: ['age', 'sex', 'ethnicity', 'disabled', 'deprivation-decile', 'primary-need'],
    subgroups: [{ by: 'age', words: 'None is expected.' }],
    sensitivity: [{ id: 'unadjusted', words: 'Without covariates' }],
  },
);
/** Seconds of processor since the start: on a busy machine the clock says more. */
const worked = (): number => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const [began, busy] = [performance.now(), worked()];
const record = analyse(protocol, snapshotOf(participants), [], 'bench');
const [analysed, used] = [performance.now(), worked() - busy];
const page = reportPage(record);
const written = performance.now();
const rss = process.resourceUsage().maxRSS / 1e6;
console.log(
  `${participants.length.toLocaleString('en-GB')} participants, ${outcomes.length} outcomes x ${horizons.length} horizons, g-computation, clustered by family (simulated): ` +
    `record ${((analysed - began) / 1000).toFixed(1)} s (${used.toFixed(1)} s of processor, the collector's threads among them), report ${((written - analysed) / 1000).toFixed(1)} s (${(page.length / 1e3).toFixed(0)} kB), most memory ${rss.toFixed(2)} GB${record.withheld ? '; WITHHELD' : ''}`,
);
