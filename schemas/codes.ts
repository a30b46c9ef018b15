// Code sets of the CIN census and SSDA903 guides (Department for Education), as far as a case event carries them.
import { z } from 'zod';

type Word<Text extends string> = Text extends `${infer Head} ${infer Tail}` ? Head | Word<Tail> : Text;

/** An enum of the words of one line, so that a code set reads as the guide prints it. */
const codes = <Text extends string>(text: Text) => z.enum(text.split(' ') as [Word<Text>, ...Word<Text>[]]);

export const ReferralSource = codes('1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 5D 6 7 8 9 10');

/** N0 not stated, N1 abuse or neglect, N2 disability, N3 parental illness, N4 acute stress, N5 dysfunction, N6 behaviour, N7 low income, N8 absent parenting, N9 not children in need. */
export const PrimaryNeed = codes('N0 N1 N2 N3 N4 N5 N6 N7 N8 N9');

/** RC2 died; RC5 transferred to another council; RC8 closed after assessment; RC9 closed to early help. */
export const ClosureReason = codes('RC1 RC2 RC3 RC4 RC5 RC6 RC7 RC8 RC9');

/** A, B, C: concerning the child, a parent or carer, another person in the household. 21 means none and stands alone. */
export const AssessmentFactor = codes(
  '1A 1B 1C 2A 2B 2C 3A 3B 3C 4A 4B 4C 5A 5B 5C 6A 6B 6C 7A 8B 8C 8D 8E 8F 9A 10A 11A 12A 13A 14A 15A 16A 17A 18A 18B 18C 19A 19B 19C 20 21 22A 23A 24A',
);

export const Ethnicity = codes(
  'WBRI WIRI WIRT WOTH WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT',
);

export const Disability = codes('NONE MOB HAND PC INC COMM LD HEAR VIS BEH CON AUT DDA');

/** M, F, U(nknown): GenderCurrent 1, 2, 0 and 9 to 2024; Sex from 2025. */
export const Sex = codes('M F U');

/** Neglect, physical, sexual, emotional, multiple. */
export const AbuseCategory = codes('NEG PHY SAB EMO MUL');

/** Reason for a new episode of care: S a period starts; L legal status, P placement, T both, B and U the carer changed. */
export const ReasonNewEpisode = codes('S L P T B U');

/** C care orders, D freed, E placement order, V2 section 20, V3 and V4 short breaks, J youth justice, L police or emergency. */
export const LegalStatus = codes('C1 C2 D1 E1 V2 V3 V4 J1 J2 J3 L1 L2 L3');
export const SHORT_BREAK_STATUSES: readonly string[] = ['V3', 'V4'];

/** X1: care goes on in another episode. All others: care ceased. */
export const ReasonEpisodeCeased = codes(
  'X1 E11 E12 E2 E3 E4A E4B E13 E41 E45 E46 E47 E48 E5 E6 E7 E8 E9 E14 E15 E16 E17',
);

/** Placement codes are open (the guide adds some most years): a capital letter and a digit. */
export const Placement = z.string().regex(/^[A-Z]\d$/, 'must be a placement code such as U1');

export const LeadPractitioner = codes('social-worker family-support other');
