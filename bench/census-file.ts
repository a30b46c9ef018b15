// A generated census of any size with every module of the 2024 guide: for benchmarks, and for the test that holds the output.
import { open } from 'node:fs/promises';
import { addDays } from '../schemas/calendar.ts';

/** A census of about `records` records with every module, indented as real exports are. */
export async function writeCensus(path: string, records: number): Promise<void> {
  const file = await open(path, 'w');
  await file.write(
    '<?xml version="1.0" encoding="utf-8"?>\n<Message>\n  <Header>\n    <CollectionDetails>\n      <Collection>CIN</Collection>\n      <Year>2024</Year>\n      <ReferenceDate>2024-03-31</ReferenceDate>\n    </CollectionDetails>\n    <Source>\n      <DateTime>2024-06-03T10:00:00</DateTime>\n    </Source>\n  </Header>\n  <Children>\n',
  );
  let text = '';
  let written = 0;
  for (let child = 0; written < records; child += 1) {
    const start = addDays('2023-04-01', child % 360);
    const day = (days: number) => addDays(start, days);
    text += `    <Child>\n      <ChildIdentifiers>\n        <LAchildID>LA${String(child).padStart(9, '0')}</LAchildID>\n        <UPN>A${String(child).padStart(12, '0')}</UPN>\n        <PersonBirthDate>${addDays('2008-01-01', child % 5000)}</PersonBirthDate>\n        <Sex>${child % 2 ? 'M' : 'F'}</Sex>\n      </ChildIdentifiers>\n      <ChildCharacteristics>\n        <Ethnicity>WBRI</Ethnicity>\n        <Disabilities>\n          <Disability>NONE</Disability>\n        </Disabilities>\n      </ChildCharacteristics>\n      <CINdetails>\n        <CINreferralDate>${start}</CINreferralDate>\n        <ReferralSource>1A</ReferralSource>\n        <PrimaryNeedCode>N1</PrimaryNeedCode>\n        <CINclosureDate>${day(200)}</CINclosureDate>\n        <ReasonForClosure>RC8</ReasonForClosure>\n        <Assessments>\n          <AssessmentActualStartDate>${day(1)}</AssessmentActualStartDate>\n          <AssessmentAuthorisationDate>${day(35)}</AssessmentAuthorisationDate>\n          <FactorsIdentifiedAtAssessment>\n            <AssessmentFactors>3B</AssessmentFactors>\n            <AssessmentFactors>16A</AssessmentFactors>\n          </FactorsIdentifiedAtAssessment>\n        </Assessments>\n        <ReferralNFA>false</ReferralNFA>\n`;
    written += 3;
    if (child % 2 === 0) {
      text += `        <CINPlanDates>\n          <CINPlanStartDate>${day(36)}</CINPlanStartDate>\n          <CINPlanEndDate>${day(60)}</CINPlanEndDate>\n        </CINPlanDates>\n`;
      written += 1;
    }
    if (child % 3 === 0) {
      text += `        <Section47>\n          <S47ActualStartDate>${day(50)}</S47ActualStartDate>\n          <DateOfInitialCPC>${day(61)}</DateOfInitialCPC>\n          <ICPCnotRequired>false</ICPCnotRequired>\n        </Section47>\n        <ChildProtectionPlans>\n          <CPPstartDate>${day(61)}</CPPstartDate>\n          <CPPendDate>${day(190)}</CPPendDate>\n          <InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>\n          <LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>\n          <NumberOfPreviousCPP>0</NumberOfPreviousCPP>\n          <Reviews>\n            <CPPreviewDate>${day(140)}</CPPreviewDate>\n          </Reviews>\n        </ChildProtectionPlans>\n`;
      written += 2;
    }
    text += '      </CINdetails>\n    </Child>\n';
    if (text.length < 1_000_000) continue;
    await file.write(text);
    text = '';
  }
  await file.write(`${text}  </Children>\n</Message>\n`);
  await file.close();
}
