// What a curve says at a whole number of months.
import type { Curve } from '../../../schemas/analysis.ts';

export const DAYS_A_MONTH = 30.4375;

const dayOf = (month: number): number => Math.round(month * DAYS_A_MONTH);

/** Probability of the event by the end of the month. */
export const incidenceAt = ({ steps }: Curve, month: number): number =>
  steps.filter(({ day }) => day <= dayOf(month)).at(-1)?.incidence ?? 0;

/** Children at risk on the last day of the month, before anything happens on it: as many as at the next step. */
export const atRiskAt = ({ steps }: Curve, month: number): number =>
  (steps.find(({ day }) => day >= dayOf(month)) ?? steps.at(-1))?.atRisk ?? 0;
