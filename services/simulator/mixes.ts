// How common each code is. All are assumptions of the right order for England, not calibrated: no outcome rests on them but
// through need and age. What is calibrated is in published.ts. Weights need not sum to 1.
import { choices } from './random.ts';

/** Referrals by source: police and schools first, then health and local authority services. */
export const referralSources = choices(
  ['6', 29],
  ['2A', 17],
  ['2B', 2],
  ['3A', 4],
  ['3B', 1.5],
  ['3C', 1],
  ['3D', 3],
  ['3E', 4],
  ['3F', 1.5],
  ['5A', 5],
  ['5B', 5],
  ['5C', 3],
  ['5D', 2],
  ['1A', 3],
  ['1B', 4],
  ['1C', 1],
  ['1D', 1],
  ['4', 1.5],
  ['7', 3],
  ['8', 5],
  ['9', 2.5],
  ['10', 2],
);

/** Primary need: mostly abuse or neglect. */
export const primaryNeeds = choices(
  ['N1', 57],
  ['N5', 13],
  ['N4', 9],
  ['N2', 7],
  ['N6', 4],
  ['N3', 3.5],
  ['N8', 2],
  ['N0', 3],
  ['N7', 0.7],
  ['N9', 0.8],
);

/** Years of age at a family's first referral; negative is before birth. */
export const firstReferralAges = choices(
  [[-0.4, 0], 3.5],
  [[0, 1], 7.5],
  [[1, 5], 22],
  [[5, 10], 27],
  [[10, 16], 32],
  [[16, 17.7], 8],
);

export const childrenInFamily = choices([1, 0.42], [2, 0.31], [3, 0.18], [4, 0.09]);

export const sexes = choices(['M', 0.515], ['F', 0.48], ['U', 0.005]);

export const ethnicities = choices(
  ['WBRI', 62],
  ['WOTH', 5],
  ['WIRI', 0.4],
  ['WIRT', 0.4],
  ['WROM', 1],
  ['MWBC', 3.2],
  ['MWBA', 1.6],
  ['MWAS', 2],
  ['MOTH', 3.2],
  ['AIND', 1.2],
  ['APKN', 3],
  ['ABAN', 1.6],
  ['AOTH', 2.2],
  ['BCRB', 1.8],
  ['BAFR', 4.2],
  ['BOTH', 2],
  ['CHNE', 0.2],
  ['OOTH', 2.6],
  ['REFU', 0.4],
  ['NOBT', 6],
);

export const disabilities = choices(
  ['AUT', 32],
  ['LD', 30],
  ['BEH', 14],
  ['COMM', 12],
  ['MOB', 9],
  ['PC', 6],
  ['INC', 4],
  ['VIS', 3],
  ['HEAR', 3],
  ['CON', 4],
  ['HAND', 2],
  ['DDA', 4],
);

export const abuseCategories = choices(['NEG', 49], ['EMO', 37], ['PHY', 7], ['SAB', 4], ['MUL', 3]);

export const assessmentFactors = choices(
  ['4B', 30],
  ['3B', 28],
  ['17A', 17],
  ['16A', 15],
  ['1B', 14],
  ['2B', 13],
  ['4A', 13],
  ['18B', 10],
  ['3A', 9],
  ['14A', 6],
  ['15A', 5],
  ['5A', 7],
  ['6A', 4],
  ['10A', 4],
  ['11A', 3],
  ['24A', 4],
  ['13A', 2],
  ['19A', 3],
  ['19B', 3],
  ['7A', 4],
  ['20', 12],
  ['22A', 0.3],
  ['23A', 0.3],
  ['12A', 0.6],
);

/** Legal status at the start of care: accommodated, interim order, emergency or police protection, youth justice. */
export const firstLegalStatuses = choices(
  ['V2', 55],
  ['C1', 24],
  ['L2', 5],
  ['L1', 12],
  ['J1', 1],
  ['J2', 3],
);

export const placements = choices(
  ['U6', 26],
  ['U4', 14],
  ['U1', 12],
  ['U3', 10],
  ['K2', 12],
  ['P1', 6],
  ['H5', 5],
  ['U5', 3],
);

/** Why an episode of continuing care ended and another began: placement, legal status, both, or the carer alone. */
export const continuations = choices(['P', 58], ['L', 24], ['T', 10], ['B', 4], ['U', 4]);

/** Share of a year's referrals made in each month, January first, relative to 1: an assumption (school holidays are quiet). */
export const SEASON = [1.0, 0.98, 1.1, 0.93, 1.03, 1.07, 1.07, 0.82, 0.97, 1.06, 1.09, 0.88] as const;
