// What is known of England's councils, and how near the simulation must come: the calibration's yardstick.
// Department for Education, Characteristics of children in need 2024 and 2025, tables C1 and D3 (Open Government Licence v3.0);
// council-level spread computed from the same tables, 2022 to 2025.

export type Measure =
  | 'rereferredWithin12Months'
  | 'noFurtherAction'
  | 'assessedNotInNeed'
  | 'repeatPlans'
  | 'plansPerReferral'
  | 'assessmentMedianDays'
  | 'careStartsPerReferral'
  | 'rereferralIcc'
  | 'repeatPlanIcc'
  | 'careReentry';

export interface Published {
  label: string;
  unit: 'share' | 'days' | 'icc';
  value: number;
  /** The simulation agrees when it lies within these, both included. */
  low: number;
  high: number;
  source: string;
}

export const published: Readonly<Record<Measure, Published>> = {
  rereferredWithin12Months: {
    label: 'Referrals within 12 months of an earlier one',
    unit: 'share',
    value: 0.224,
    low: 0.209,
    high: 0.239,
    source: 'DfE table C1, 2023-24',
  },
  noFurtherAction: {
    label: 'Referrals with no further action',
    unit: 'share',
    value: 0.063,
    low: 0.053,
    high: 0.073,
    source: 'DfE table C1, 2023-24',
  },
  assessedNotInNeed: {
    label: 'Referrals assessed as not in need',
    unit: 'share',
    value: 0.303,
    low: 0.283,
    high: 0.323,
    source: 'DfE table C1, 2023-24',
  },
  repeatPlans: {
    label: 'Child protection plans that are second or later',
    unit: 'share',
    value: 0.247,
    low: 0.222,
    high: 0.272,
    source: 'DfE table D3, 2023-24',
  },
  plansPerReferral: {
    label: 'Child protection plans started a referral',
    unit: 'share',
    value: 0.1,
    low: 0.085,
    high: 0.115,
    source: 'DfE tables C1 and D3, 2023-24: 62,110 plans, 621,880 referrals',
  },
  assessmentMedianDays: {
    label: 'Median length of assessment',
    unit: 'days',
    value: 34,
    low: 32,
    high: 36,
    source: 'DfE 2023-24; here in calendar days',
  },
  careStartsPerReferral: {
    label: 'Care starts a referral',
    unit: 'share',
    value: 0.051,
    low: 0.043,
    high: 0.06,
    source: 'DfE 2023-24: about 32,000 care starts, 621,880 referrals',
  },
  rereferralIcc: {
    label: 'Between-council share of variance, re-referral',
    unit: 'icc',
    value: 0.015,
    low: 0.01,
    high: 0.022,
    source: 'DfE table C1, councils, 2022 to 2025: 0.013 to 0.016',
  },
  repeatPlanIcc: {
    label: 'Between-council share of variance, repeat plan',
    unit: 'icc',
    value: 0.01,
    low: 0,
    high: 0.025,
    source: 'DfE table D3, councils, 2022: 0.010 to 0.012',
  },
  careReentry: {
    label: 'Ended care followed by re-entry',
    unit: 'share',
    value: 0.27,
    low: 0,
    high: 1,
    source:
      'Hood et al. 2024, ended spells 2014 to 2021: longer follow-up than is simulated, shown for orientation',
  },
};
