// What each row adds to the weighted score: its own part, and what it does to the estimated censoring curve.
// Source: Fine and Gray (1999) JASA 94:496, eq. 7-8 (eta and psi).
import { type Vector, zeros } from '../arrays.ts';
import type { SubdistributionFit } from './fine-gray-fit.ts';
import { CENSORED, COMPETING, EVENT, eachTime, type SubdistributionRows } from './fine-gray-rows.ts';

/** One time of the data: its rows, the baseline hazard's step there, and what is summed over later times. */
interface Moment {
  readonly first: number;
  readonly end: number;
  readonly hazard: number;
  /** Share uncensored times the hazard's steps, and that times the mean covariates, over all later times. */
  later: number;
  readonly laterMean: Vector;
}

/** Influence of every ordered row, row after row. */
export function subdistributionInfluence(rows: SubdistributionRows, fit: SubdistributionFit): Vector {
  const out = zeros(rows.n * rows.p);
  const moments = momentsOf(rows, fit);
  addOwn(out, moments, rows, fit);
  sumLater(moments, rows, fit);
  addAfterCompeting(out, moments, rows, fit);
  addCensoring(out, moments, rows, fit);
  return out;
}

function momentsOf(rows: SubdistributionRows, { total }: SubdistributionFit): Moment[] {
  const out: Moment[] = [];
  eachTime(rows, (first, end, events) => {
    const hazard = events > 0 ? events / total[first] : 0;
    out.push({ first, end, hazard, later: 0, laterMean: zeros(rows.p) });
  });
  return out;
}

/** Up to the row's own time, as in a Cox model. */
function addOwn(
  out: Vector,
  moments: readonly Moment[],
  { p, x, kind }: SubdistributionRows,
  { risk, mean }: SubdistributionFit,
): void {
  let before = 0;
  const beforeMean = zeros(p);
  for (const { first, end, hazard } of moments) {
    before += hazard;
    for (let j = 0; j < p; j++) beforeMean[j] += hazard * mean[first * p + j];
    for (let r = first; r < end; r++)
      for (let j = 0; j < p; j++) {
        if (kind[r] === EVENT) out[r * p + j] += x[r * p + j] - mean[first * p + j];
        out[r * p + j] -= risk[r] * (x[r * p + j] * before - beforeMean[j]);
      }
  }
}

function sumLater(
  moments: readonly Moment[],
  { p, free }: SubdistributionRows,
  { mean }: SubdistributionFit,
): void {
  let later = 0;
  const laterMean = zeros(p);
  for (let m = moments.length - 1; m >= 0; m--) {
    const moment = moments[m] as Moment;
    moment.later = later;
    moment.laterMean.set(laterMean);
    const step = free[moment.first] * moment.hazard;
    later += step;
    for (let j = 0; j < p; j++) laterMean[j] += step * mean[moment.first * p + j];
  }
}

/** After a competing event the row stays at risk, weighted by the share uncensored over that at its event. */
function addAfterCompeting(
  out: Vector,
  moments: readonly Moment[],
  { p, x, kind, free }: SubdistributionRows,
  { risk }: SubdistributionFit,
): void {
  for (const { first, end, later, laterMean } of moments)
    for (let r = first; r < end; r++) {
      if (kind[r] !== COMPETING) continue;
      for (let j = 0; j < p; j++)
        out[r * p + j] -= (risk[r] / free[r]) * (x[r * p + j] * later - laterMean[j]);
    }
}

/** What estimating the censoring curve adds, from those censored. */
function addCensoring(
  out: Vector,
  moments: readonly Moment[],
  { p, x, kind, free, atRisk }: SubdistributionRows,
  { risk, mean }: SubdistributionFit,
): void {
  let goneRisk = 0;
  const goneX = zeros(p);
  const compensator = zeros(p);
  const pull = zeros(p);
  for (const { first, end, hazard, later, laterMean } of moments) {
    // those gone before this time, over events at it or after it
    const step = free[first] * hazard;
    for (let j = 0; j < p; j++)
      pull[j] = goneX[j] * (later + step) - goneRisk * (laterMean[j] + step * mean[first * p + j]);
    let censored = 0;
    for (let r = first; r < end; r++) {
      if (kind[r] === CENSORED) censored++;
      if (kind[r] !== COMPETING) continue;
      goneRisk += risk[r] / free[r];
      for (let j = 0; j < p; j++) goneX[j] += (risk[r] / free[r]) * x[r * p + j];
    }
    const present: number = atRisk[first];
    for (let j = 0; j < p; j++) compensator[j] += (pull[j] * censored) / (present * present);
    for (let r = first; r < end; r++)
      for (let j = 0; j < p; j++)
        out[r * p + j] += (kind[r] === CENSORED ? pull[j] / present : 0) - compensator[j];
  }
}
