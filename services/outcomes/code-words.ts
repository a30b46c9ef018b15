// What the codes that a definition can name mean, in the words of the guides to the children in need census and to SSDA903
// (Department for Education), shortened.

import type { z } from 'zod';
import type {
  AbuseCategory,
  ClosureReason,
  LegalStatus,
  PrimaryNeed,
  ReasonEpisodeCeased,
  ReferralSource,
} from '../../schemas/codes.ts';

type Words<Codes extends z.ZodType<string>> = Readonly<Record<z.infer<Codes>, string>>;

export const needWords: Words<typeof PrimaryNeed> = {
  N0: 'not stated',
  N1: 'abuse or neglect',
  N2: 'the child’s disability or illness',
  N3: 'a parent’s disability or illness',
  N4: 'family in acute stress',
  N5: 'family dysfunction',
  N6: 'socially unacceptable behaviour',
  N7: 'low income',
  N8: 'absent parenting',
  N9: 'other than children in need',
};

export const sourceWords: Words<typeof ReferralSource> = {
  '1A': 'a relative or carer',
  '1B': 'an acquaintance',
  '1C': 'the child',
  '1D': 'another individual',
  '2A': 'a school',
  '2B': 'an education service',
  '3A': 'a GP',
  '3B': 'a health visitor',
  '3C': 'a school nurse',
  '3D': 'another primary health service',
  '3E': 'an emergency department',
  '3F': 'another health service',
  '4': 'housing',
  '5A': 'social care',
  '5B': 'another department of the council',
  '5C': 'another council',
  '5D': 'early help',
  '6': 'the police',
  '7': 'another legal agency',
  '8': 'another source',
  '9': 'anonymous',
  '10': 'unknown',
};

export const categoryWords: Words<typeof AbuseCategory> = {
  NEG: 'neglect',
  PHY: 'physical abuse',
  SAB: 'sexual abuse',
  EMO: 'emotional abuse',
  MUL: 'more than one',
};

export const closureWords: Words<typeof ClosureReason> = {
  RC1: 'the child was adopted',
  RC2: 'the child died',
  RC3: 'a child arrangements order',
  RC4: 'a special guardianship order',
  RC5: 'another council took the case over',
  RC6: 'adult social care took the case over',
  RC7: 'services ended for another reason',
  RC8: 'no further action after assessment',
  RC9: 'early help after assessment',
};

export const legalStatusWords: Words<typeof LegalStatus> = {
  C1: 'interim care order',
  C2: 'full care order',
  D1: 'freeing order',
  E1: 'placement order',
  V2: 'accommodated under section 20',
  V3: 'short breaks, recorded one by one',
  V4: 'short breaks, recorded as a series',
  J1: 'on remand',
  J2: 'detained by the police under PACE',
  J3: 'sentenced to live in council accommodation',
  L1: 'police protection',
  L2: 'emergency protection order',
  L3: 'child assessment order',
};

export const careEndWords: Words<typeof ReasonEpisodeCeased> = {
  X1: 'care goes on',
  E11: 'adopted, unopposed',
  E12: 'adopted, consent dispensed with',
  E13: 'left to live with others without parental responsibility',
  E14: 'remand ended',
  E15: 'found to be an adult',
  E16: 'moved abroad',
  E17: 'stayed with carers at 18',
  E2: 'the child died',
  E3: 'another council took over',
  E41: 'a child arrangements order',
  E45: 'special guardianship of a former foster carer who is a relative',
  E46: 'special guardianship of another former foster carer',
  E47: 'special guardianship of a relative or friend',
  E48: 'special guardianship of others',
  E4A: 'returned home as planned',
  E4B: 'returned home, not as planned',
  E5: 'independent living with support',
  E6: 'independent living without support',
  E7: 'adult residential care',
  E8: 'another reason',
  E9: 'sentenced to custody',
};
