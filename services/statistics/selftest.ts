// Simulation as an oracle: what the defaults do in cluster trials whose truth is known, with Monte Carlo error.
// Source for the layout: Morris, White and Crowther (2019) Statist. Med. 38:2074, table 6.

import { sampleOf } from './data/roles.ts';
import type { Column, Table } from './data/table.ts';
import { random } from './random.ts';
import { inferenceOf, termRows, unitContrasts } from './regression/inference.ts';
import { fitModel } from './regression/models.ts';
import type { Spec } from './spec.ts';

export interface Scenario {
  readonly clusters: number;
  readonly icc: number;
  readonly effect: number;
}

export interface ScenarioResult extends Scenario {
  readonly method: string;
  readonly trials: number;
  readonly bias: number;
  readonly biasError: number;
  readonly coverage: number;
  readonly coverageError: number;
  /** Share of trials with p below 0.05: type I error under no effect, else power. */
  readonly rejected: number;
  readonly rejectedError: number;
}

export const SCENARIOS: readonly Scenario[] = [10, 20, 40].flatMap((clusters) =>
  [0.01, 0.1].flatMap((icc) => [0, 0.4].map((effect) => ({ clusters, icc, effect }))),
);

/** One trial: cluster sizes from 5 to 45, half the clusters treated, total variance 1. */
function trial({ clusters, icc, effect }: Scenario, seed: number, stream: number): Table {
  const source = random(seed, stream);
  const y: number[] = [];
  const arm: number[] = [];
  const code: number[] = [];
  for (let g = 0; g < clusters; g++) {
    const size = 5 + source.below(41);
    const shared = source.normal() * Math.sqrt(icc);
    for (let i = 0; i < size; i++) {
      arm.push(g % 2);
      code.push(g);
      y.push(effect * (g % 2) + shared + source.normal() * Math.sqrt(1 - icc));
    }
  }
  const numeric = (name: string, values: number[]): [string, Column] => [
    name,
    { kind: 'numeric', name, values: Float64Array.from(values) },
  ];
  const levels = Array.from({ length: clusters }, (_, g) => String(g));
  return {
    n: y.length,
    columns: new Map<string, Column>([
      numeric('y', y),
      numeric('arm', arm),
      ['cluster', { kind: 'categorical', name: 'cluster', codes: Int32Array.from(code), levels }],
    ]),
  };
}

const SPEC: Spec = {
  method: 'linear',
  level: 0.95,
  outcome: 'y',
  arm: 'arm',
  treated: '1',
  cluster: ['cluster'],
};

/** Runs `trials` trials of a scenario under the default linear analysis; the same seed gives the same figures. */
export function runScenario(scenario: Scenario, trials: number, seed: number): ScenarioResult {
  let sum = 0;
  let squares = 0;
  let covered = 0;
  let rejected = 0;
  for (let k = 0; k < trials; k++) {
    const table = trial(scenario, seed, k);
    const { fit, design } = fitModel(SPEC, sampleOf(SPEC, table), 'gaussian');
    const inference = inferenceOf(SPEC, fit, table, design, unitContrasts(fit.p));
    const row = termRows(fit, inference, 0.95)[1];
    const estimate = row?.estimate ?? 0;
    sum += estimate - scenario.effect;
    squares += (estimate - scenario.effect) ** 2;
    if ((row?.lower ?? 0) <= scenario.effect && scenario.effect <= (row?.upper ?? 0)) covered++;
    if ((row?.p ?? 1) < 0.05) rejected++;
  }
  const share = (x: number): { value: number; error: number } => ({
    value: x / trials,
    error: Math.sqrt(((x / trials) * (1 - x / trials)) / trials),
  });
  const bias = sum / trials;
  return {
    ...scenario,
    method: 'linear, CR2, Satterthwaite',
    trials,
    bias,
    biasError: Math.sqrt((squares / trials - bias * bias) / trials),
    coverage: share(covered).value,
    coverageError: share(covered).error,
    rejected: share(rejected).value,
    rejectedError: share(rejected).error,
  };
}
