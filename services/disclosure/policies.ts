// The policies in use in the field, as data. Each names where its numbers are published.
import type { DisclosurePolicy } from '../../schemas/disclosure.ts';

export const disclosurePolicies: readonly DisclosurePolicy[] = [
  {
    id: 'dfe-children-in-need',
    title: 'DfE children in need tables',
    source:
      'DfE, Characteristics of children in need, methodology: counts 1 to 5 replaced by c, with secondary suppression; zeros shown.',
    threshold: 6,
    zeros: 'shown',
    complementary: true,
    rounding: null,
  },
  {
    id: 'ons-secure-research',
    title: 'ONS Secure Research Service',
    source: 'ONS Secure Research Service, statistical disclosure control: threshold of 10.',
    threshold: 10,
    zeros: 'shown',
    complementary: true,
    rounding: null,
  },
  {
    id: 'opensafely-rounding-5',
    title: 'OpenSAFELY: 7 or fewer redacted, then rounded to 5',
    source:
      'OpenSAFELY, permitted outputs policy: counts of 7 or fewer redacted, others rounded to the nearest 5.',
    threshold: 8,
    zeros: 'hidden',
    complementary: false,
    rounding: { rule: 'nearest', to: 5 },
  },
  {
    id: 'opensafely-midpoint-6',
    title: 'OpenSAFELY: midpoint 6 rounding',
    source: 'OpenSAFELY, midpoint 6 rounding: ceil(x / 6) * 6 - 3, and 0 for 0.',
    threshold: 1,
    zeros: 'shown',
    complementary: false,
    rounding: { rule: 'midpoint', to: 6 },
  },
  {
    id: 'acro-default',
    title: 'ACRO defaults',
    source:
      'ACRO (semi-automated checking of research outputs), defaults for counts: threshold 10, zeros disclosive.',
    threshold: 10,
    zeros: 'hidden',
    complementary: true,
    rounding: null,
  },
];

export const policyNamed = (id: string): DisclosurePolicy | undefined =>
  disclosurePolicies.find((policy) => policy.id === id);
