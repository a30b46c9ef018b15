// What the parts of a protocol owe each other. Each broken rule names the field to mend.
import { fewestDaysIn } from '../calendar.ts';
import type { ProtocolParts } from './parts.ts';

type Path = (string | number)[];
/** A field and what it must be. */
export type Broken = [path: Path, message: string];

const isRising = (numbers: readonly number[], at: number): boolean =>
  at === 0 || (numbers[at] ?? 0) > (numbers[at - 1] ?? 0);

function namesAndHorizons({ outcomes, horizons, primary }: ProtocolParts): Broken[] {
  const broken: Broken[] = [];
  const names = outcomes.map((outcome) => outcome.id);
  if (new Set(names).size !== names.length)
    broken.push([['outcomes'], 'must not name the same outcome twice']);
  if (!names.includes(primary.outcome)) broken.push([['primary', 'outcome'], 'must be one of the outcomes']);
  if (!horizons.includes(primary.horizon))
    broken.push([['primary', 'horizon'], 'must be one of the horizons']);
  horizons.forEach((_, at) => {
    if (!isRising(horizons, at)) broken.push([['horizons', at], 'must be in rising order']);
  });
  return broken;
}

/** A washout that outlasts the first horizon, or the closing of a referral where the index is none, can mean nothing. */
function definitions({ outcomes, horizons, population: { index } }: ProtocolParts): Broken[] {
  const [first = 1] = horizons;
  return outcomes.flatMap(({ event, clock, washoutDays = 0 }, at): Broken[] => [
    ...(washoutDays > 0 && washoutDays >= fewestDaysIn(first)
      ? [
          [
            ['outcomes', at, 'washoutDays'],
            `must be over before the first horizon is: ${first} months can be ${fewestDaysIn(first)} days`,
          ] as Broken,
        ]
      : []),
    ...(index.record !== 'referral' && event.record === 'index-closure'
      ? [[['outcomes', at, 'event', 'record'], 'must be another where the index is no referral'] as Broken]
      : []),
    ...(index.record !== 'referral' && clock?.from === 'index-closure'
      ? [[['outcomes', at, 'clock', 'from'], 'must be another where the index is no referral'] as Broken]
      : []),
  ]);
}

function population({ population: { from, to, age } }: ProtocolParts): Broken[] {
  const broken: Broken[] = [];
  if (from > to) broken.push([['population', 'to'], 'must not be before population.from']);
  if (age && age.from !== undefined && age.under !== undefined && age.from >= age.under)
    broken.push([['population', 'age', 'under'], 'must be above population.age.from']);
  return broken;
}

/** Each covariate has one value for every council of the protocol. */
function covariates(
  given: readonly { values: readonly { council: string }[] }[],
  councils: readonly string[],
): Broken[] {
  const all = JSON.stringify([...councils].sort());
  return given.flatMap(({ values }, at): Broken[] =>
    JSON.stringify(values.map(({ council }) => council).sort()) === all
      ? []
      : [[['allocation', 'covariates', at, 'values'], 'must hold every council of the protocol once']],
  );
}

/** A team is a referral's, and is not in version 1. */
function team({ unit, population: { index }, protocolVersion }: ProtocolParts): Broken[] {
  if (unit !== 'team') return [];
  return [
    ...(protocolVersion === 2 ? [] : [[['unit'], 'needs protocolVersion 2 to be team'] as Broken]),
    ...(index.record === 'referral'
      ? []
      : [[['unit'], 'cannot be team: only a referral has one, and the index is no referral'] as Broken]),
  ];
}

function arms({ allocation, exposure, councils, unit }: ProtocolParts): Broken[] {
  if (allocation && exposure)
    return [[['exposure'], 'must not stand beside allocation: one of them gives the arms']];
  if (allocation?.method === 'by-council') {
    const broken: Broken[] = [];
    if (unit !== 'council') broken.push([['unit'], 'must be council when the council decides the arm']);
    const given = [...allocation.trial, ...allocation.comparison].sort();
    if (JSON.stringify(given) !== JSON.stringify([...councils].sort()))
      broken.push([['allocation'], 'must put every council of the protocol in exactly one arm']);
    return broken;
  }
  if (allocation?.method === 'constrained' || allocation?.method === 'stepped-wedge')
    return [
      ...(unit === 'council' ? [] : [[['unit'], 'must be council when councils are drawn'] as Broken]),
      ...(allocation.method === 'constrained' ? covariates(allocation.covariates, councils) : []),
    ];
  if (allocation?.method === 'concealed')
    return unit === 'council' ? [[['unit'], 'must be child, family or team when each unit is entered']] : [];
  if (allocation?.method === 'list' || allocation?.method === 'seeded')
    return unit === 'council'
      ? [[['allocation', 'method'], 'must be by-council when the unit is the council']]
      : [];
  if (!exposure) return allocation ? [] : [[['allocation'], 'is missing: give allocation, or exposure']];
  return exposed(exposure, councils, unit);
}

function exposed(
  exposure: NonNullable<ProtocolParts['exposure']>,
  councils: readonly string[],
  unit: ProtocolParts['unit'],
): Broken[] {
  if (exposure.by === 'offered')
    return unit === 'council' || unit === 'team'
      ? [[['unit'], 'must be child or family when the offer decides the arm']]
      : [];
  const broken: Broken[] = [];
  if (unit !== 'council') broken.push([['unit'], 'must be council when go-live decides the arm']);
  const named = exposure.goLive.map(({ council }) => council);
  exposure.goLive.forEach(({ council }, at) => {
    if (!councils.includes(council))
      broken.push([['exposure', 'goLive', at, 'council'], 'must be one of the councils']);
    if (named.indexOf(council) !== at)
      broken.push([['exposure', 'goLive', at, 'council'], 'must not be named twice']);
  });
  return broken;
}

function plan({ analysis, outcomes, primary, design, exposure }: ProtocolParts): Broken[] {
  const broken: Broken[] = [];
  analysis?.negativeControls.forEach((id, at) => {
    if (!outcomes.some((outcome) => outcome.id === id) || id === primary.outcome)
      broken.push([
        ['analysis', 'negativeControls', at],
        'must be one of the outcomes, and not the primary one',
      ]);
  });
  const information = analysis?.interim?.information ?? [];
  information.forEach((_, at) => {
    if (!isRising(information, at))
      broken.push([['analysis', 'interim', 'information', at], 'must be in rising order']);
  });
  if (information.length > 0 && information.at(-1) !== 1)
    broken.push([
      ['analysis', 'interim', 'information', information.length - 1],
      'must be 1: the last look is the final one',
    ]);
  if (design === 'randomised' && exposure?.by === 'offered')
    broken.push([['exposure', 'by'], 'cannot be offered in a randomised design: arms are as allocated']);
  if (analysis?.model.method === 'did' && exposure?.by !== 'go-live')
    broken.push([['analysis', 'model', 'method'], 'did needs exposure by go-live']);
  return broken;
}

function regime({ regime: changes, councils }: ProtocolParts): Broken[] {
  return (changes ?? []).flatMap(({ council }, at): Broken[] =>
    councils.includes(council) ? [] : [[['regime', at, 'council'], 'must be one of the councils']],
  );
}

/** Version 1 has none of the parts that came with version 2, and version 2 says what is estimated and how. */
function version({
  protocolVersion,
  estimand,
  analysis,
  exposure,
  regime: changes,
  population: who,
}: ProtocolParts): Broken[] {
  if (protocolVersion === 2) {
    return [
      ...(estimand ? [] : [[['estimand'], 'is missing: say what is estimated'] as Broken]),
      ...(analysis ? [] : [[['analysis'], 'is missing: say how it is analysed'] as Broken]),
    ];
  }
  const later: [Path, unknown][] = [
    [['estimand'], estimand],
    [['analysis'], analysis],
    [['exposure'], exposure],
    [['regime'], changes],
    [['population', 'age'], who.age],
    [['population', 'exclude'], who.exclude],
    [['population', 'occurrence'], who.occurrence],
    [['population', 'index', 'sources'], 'sources' in who.index ? who.index.sources : undefined],
    [
      ['population', 'index', 'primaryNeeds'],
      'primaryNeeds' in who.index ? who.index.primaryNeeds : undefined,
    ],
    [['population', 'index', 'record'], who.index.record === 'referral' ? undefined : who.index.record],
  ];
  return later.flatMap(([path, value]): Broken[] =>
    value === undefined ? [] : [[path, 'needs protocolVersion 2']],
  );
}

/** Every rule between parts that a protocol breaks. */
export const brokenRules = (protocol: ProtocolParts): Broken[] =>
  [version, population, namesAndHorizons, definitions, team, arms, plan, regime].flatMap((rule) =>
    rule(protocol),
  );
