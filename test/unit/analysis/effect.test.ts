import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClusterShape, riskDifference } from '../../../services/analysis/effect.ts';
import { tableFrom } from '../../../services/statistics/data/table.ts';
import { estimate } from '../../../services/statistics/estimate.ts';

/** The same clusters as rows, through the general clustered regression, which is held to R's clubSandwich elsewhere. */
function byRegression(shapes: readonly ClusterShape[]) {
  const y: number[] = [];
  const arm: number[] = [];
  const cluster: string[] = [];
  let id = 0;
  for (const shape of shapes) {
    for (let one = 0; one < shape.clusters; one += 1, id += 1) {
      for (let member = 0; member < shape.size; member += 1) {
        y.push(member < shape.events ? 1 : 0);
        arm.push(shape.arm);
        cluster.push(`c${id}`);
      }
    }
  }
  const spec = {
    method: 'linear',
    outcome: 'y',
    arm: 'arm',
    treated: '1',
    cluster: ['cluster'],
    level: 0.95,
  } as const;
  const answer = estimate(
    { ...spec, cluster: ['cluster'], vcov: 'CR2', df: 'satterthwaite' },
    tableFrom({ y, arm, cluster }),
  );
  return answer.estimates?.find((row) => row.term === 'arm');
}

const shape = (arm: number) =>
  fc
    .record({
      size: fc.integer({ min: 1, max: 5 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      clusters: fc.integer({ min: 1, max: 6 }),
    })
    .map(
      ({ size, share, clusters }): ClusterShape => ({
        arm,
        size,
        events: Math.round(size * share),
        clusters,
      }),
    );
const shapes = fc
  .tuple(
    fc.array(shape(1), { minLength: 4, maxLength: 8 }),
    fc.array(shape(0), { minLength: 4, maxLength: 8 }),
  )
  .map(([trial, comparison]) => [...trial, ...comparison]);

describe('the headline risk difference', () => {
  it('equals clustered regression with CR2 and Satterthwaite df, whatever the clusters', () => {
    fc.assert(
      fc.property(shapes, (drawn) => {
        const { effect } = riskDifference(drawn);
        fc.pre(effect !== null);
        const row = byRegression(drawn);
        expect(effect?.estimate).toBeCloseTo(row?.estimate ?? Number.NaN, 10);
        expect(effect?.standardError).toBeCloseTo(row?.se ?? Number.NaN, 10);
        expect(effect?.degreesOfFreedom).toBeCloseTo(row?.df ?? Number.NaN, 6);
        expect(effect?.p).toBeCloseTo(row?.p ?? Number.NaN, 8);
      }),
      { numRuns: 25 },
    );
  });

  it('gives no interval from fewer than four clusters in an arm', () => {
    const few = [
      { arm: 1, size: 50, events: 10, clusters: 3 },
      { arm: 0, size: 50, events: 12, clusters: 30 },
    ];
    expect(riskDifference(few)).toEqual({ effect: null, warnings: ['too-few-clusters'] });
  });

  it('says that nobody matured rather than showing nought', () => {
    expect(riskDifference([{ arm: 1, size: 5, events: 1, clusters: 9 }]).warnings).toEqual([
      'nobody-matured-in-one-arm',
    ]);
  });
});
