// The Standard Safeguarding Dataset: tables joined by the case system's ids, the same ids as the daily feed's.
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../schemas/message.ts';
import { convert, folder, samples, states } from './support.ts';

const here = folder();
const day = { referenceDate: '2025-12-01' };
const tables: Record<string, string> = {
  person:
    'pers_person_id,pers_forename,pers_surname,pers_sex,pers_dob,pers_expected_dob,pers_ethnicity,pers_death_date,pers_upn\nLA-001,Zebediah,Quill,F,2014-06-19 00:00:00,NULL,WBRI,NULL,A123456789012\nLA-002,Nobody,Nobody,U,NULL,2026-02-01,,,\n',
  disability: 'disa_table_id,disa_person_id,disa_disability_code\n1,LA-001,MOB\n2,LA-001,LD\n',
  immigration: 'immi_immigration_status_id,immi_person_id,immi_immigration_status\n1,LA-002,UASC\n',
  family: 'fami_table_id,fami_family_id,fami_person_id\n1,F77,LA-001\n2,F77,LA-002\n',
  referrals:
    'cine_referral_id,cine_person_id,cine_referral_date,cine_cin_primary_need_code,cine_referral_source_code,cine_referral_nfa,cine_close_reason,cine_close_date,cine_referral_team\nE-1,LA-001,2025-05-04,N1,1A,N,RC8,2025-09-01,Quill team\nE-2,LA-002,09/09/2025,N1,1A,Y,,,\n',
  assessments:
    'cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_auth_date\nA-1,LA-001,E-1,2025-05-05,2025-06-10\n',
  factors: 'cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json\n1,A-1,"[""3B"",\n""16A""]"\n',
  enquiries:
    's47e_s47_enquiry_id,s47e_referral_id,s47e_person_id,s47e_s47_start_date\nS-1,E-1,LA-001,2025-06-01\n',
  conferences: 'icpc_icpc_id,icpc_s47_enquiry_id,icpc_person_id,icpc_icpc_date\nI-1,S-1,LA-001,2025-06-14\n',
  plans:
    'cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date,cppl_cp_plan_ola,cppl_cp_plan_initial_category,cppl_cp_plan_latest_category\nC-1,LA-001,2025-06-14,,Y,Neglect,EMO\n',
  episodes:
    'clae_cla_episode_id,clae_person_id,clae_cla_placement_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,clae_cla_primary_need_code,clae_cla_episode_ceased,clae_cla_episode_ceased_reason\nL-1,LA-001,P-1,2025-07-01,S,N1,2025-08-01,X1\nL-2,LA-001,P-1,2025-08-01,L,N1,,\nL-3,LA-002,P-9,2025-08-01,S,N1,,\n',
  statuses:
    'lega_legal_status_id,lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date\n1,LA-001,V4,2025-07-01,2025-08-01\n2,LA-001,C1,2025-08-01,\n',
  placements:
    'clap_cla_placement_id,clap_cla_id,clap_cla_placement_type,clap_cla_placement_postcode\nP-1,X,U1,ZZ9 4XX\n',
  earlyHelp:
    'earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date,earl_episode_reason,earl_episode_worker_id\nH-1,LA-002,2025-04-01,2025-06-01,Said by Zebediah Quill,W-9\n',
};
const files = () => Object.entries(tables).map(([name, text]) => here.write(`${name}.csv`, text));

describe('the Safeguarding Dataset', () => {
  it('states every record, joined by its ids', async () => {
    const { messages, error } = await convert(files(), day);
    expect(error).toBeUndefined();
    const [one, two] = states(messages, 'child');
    expect(one).toMatchObject({
      birthMonth: '2014-06',
      sex: 'F',
      disabilities: ['MOB', 'LD'],
      unaccompaniedAsylumSeeker: false,
    });
    expect(two).toMatchObject({ birthMonth: '2026-02', unborn: true, unaccompaniedAsylumSeeker: true });
    expect(one?.family).toBe(two?.family);
    expect(states(messages, 'referral')).toEqual([
      {
        date: '2025-05-04',
        source: '1A',
        primaryNeed: 'N1',
        noFurtherAction: false,
        closedOn: '2025-09-01',
        closureReason: 'RC8',
        team: expect.stringMatching(/^t[0-9a-f]{32}$/),
      },
      { date: '2025-09-09', source: '1A', primaryNeed: 'N1', noFurtherAction: true },
    ]);
    expect(states(messages, 'assessment')).toEqual([
      { started: '2025-05-05', authorised: '2025-06-10', factors: ['3B', '16A'] },
    ]);
    expect(states(messages, 'section-47')).toEqual([
      { started: '2025-06-01', initialConference: '2025-06-14' },
    ]);
    expect(states(messages, 'cp-plan')).toEqual([
      { started: '2025-06-14', initialCategory: 'NEG', latestCategory: 'EMO', heldForAnotherAuthority: true },
    ]);
    expect(states(messages, 'early-help')).toEqual([{ started: '2025-04-01', ended: '2025-06-01' }]);
    expect(messages.filter((message) => !parseMessage(JSON.stringify(message)).ok)).toEqual([]);
  });

  it('tells a short break from care by the legal status of the day, and refuses an episode without one', async () => {
    const { messages, report } = await convert(files(), day);
    const episodes = states(messages, 'care-episode').map((one) => [
      one.started,
      one.legalStatus,
      one.placement,
    ]);
    expect(episodes).toEqual([
      ['2025-07-01', 'V4', 'U1'],
      ['2025-08-01', 'C1', 'U1'],
    ]);
    expect(report.refusals.map((one) => [one.file, one.line, one.field])).toEqual([
      ['episodes.csv', 4, 'lega_legal_status'],
    ]);
  });

  it('names records as the daily feed does, so that deltas correct it', async () => {
    const idsOf = (messages: { data: object }[]) =>
      messages.flatMap((one) => ('recordId' in one.data ? [one.data.recordId] : []));
    const dataset = idsOf((await convert(files(), day)).messages);
    const feed = await convert([`${samples}council/daily-snapshot.json`], day);
    const shared = idsOf(feed.messages).filter((id) => dataset.includes(id));
    // Both children, both referrals, the assessment, the enquiry and the protection plan; the dataset above has no CIN plans.
    expect(shared.length).toBe(7);
  });

  it('states complete only the kinds whose tables were given', async () => {
    const { messages } = await convert([here.write('referrals.csv', tables.referrals!)], day);
    expect(messages.at(-1)?.data).toEqual({ kinds: ['referral'], completeThrough: '2025-12-01' });
    expect((await convert([here.write('family.csv', tables.family!)], day)).messages).toEqual([]);
  });

  it('lets no identifier out', async () => {
    const { messages, report } = await convert(files(), day);
    const output = JSON.stringify({ messages, report });
    for (const secret of [
      'LA-00',
      'Zebediah',
      'Quill',
      'A123456789012',
      '2014-06-19',
      '2026-02-01',
      'F77',
      'ZZ9',
      'W-9',
      'E-1"',
    ]) {
      expect(output).not.toContain(secret);
    }
  });
});
