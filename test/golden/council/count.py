"""Counts the records of returns with the standard library alone, sharing nothing with the converter.

python3 count.py FILE... prints one JSON object: records by kind, and records by kind and month of their date.
Everything that stands where a record stands is counted, also what the converter refuses.
"""
import csv, json, re, sys, xml.etree.ElementTree as tree
from collections import Counter, defaultdict

records, months, seen = Counter(), defaultdict(Counter), set()
CIN = {'CINdetails': ('referral', 'CINreferralDate'), 'Assessments': ('assessment', 'AssessmentActualStartDate'),
       'Section47': ('section-47', 'S47ActualStartDate'), 'CINPlanDates': ('cin-plan', 'CINPlanStartDate'),
       'ChildProtectionPlans': ('cp-plan', 'CPPstartDate'), 'PreProceedingsandFGDM': ('pre-proceedings', 'LBPSentDate')}
FEED = {'child_and_family_assessments': 'assessment', 'section_47_assessments': 'section-47',
        'child_in_need_plans': 'cin-plan', 'child_protection_plans': 'cp-plan'}
DATASET = {'cine_referral_id': ('referral', 'cine_referral_date'), 'cina_assessment_id': ('assessment', 'cina_assessment_start_date'),
           's47e_s47_enquiry_id': ('section-47', 's47e_s47_start_date'), 'cinp_cin_plan_id': ('cin-plan', 'cinp_cin_plan_start_date'),
           'cppl_cp_plan_id': ('cp-plan', 'cppl_cp_plan_start_date'), 'clae_cla_episode_start_date': ('care-episode', 'clae_cla_episode_start_date'),
           'earl_episode_id': ('early-help', 'earl_episode_start_date'), 'pers_person_id': ('child', None)}


def count(kind, date=None):
    records[kind] += 1
    iso, british = re.match(r'(\d{4}-\d\d)-\d\d', date or ''), re.match(r'\d\d/(\d\d)/(\d{4})', date or '')
    if iso or british:
        months[kind][iso[1] if iso else f'{british[2]}-{british[1]}'] += 1


def xml(path):
    for element in tree.parse(path).iter():
        if element.tag in CIN:
            kind, date = CIN[element.tag]
            count(kind, element.findtext(date))
        if element.tag in ('Child', 'HEADER'):
            count('child')
        if element.tag == 'EPISODE':
            count('care-episode', element.findtext('DECOM'))
        if element.tag == 'FGDMMeetingOffer' and element.text in ('1', 'true'):
            records['family-meeting'] += 1


def table(path):
    for row in csv.DictReader(open(path, encoding='utf-8-sig')):
        if 'DECOM' in row:
            count('care-episode', row['DECOM'])
        elif 'CHILD' in row and row['CHILD'] not in seen and ('ETHNIC' in row or 'DUC' in row):
            seen.add(row['CHILD'])
            count('child')
        for key, (kind, date) in DATASET.items():
            if key in row:
                count(kind, row.get(date))


def feed(path):
    text = json.load(open(path))
    for child in text['children'] if isinstance(text, dict) else text:
        records['child'] += 1 if 'child_details' in child else 0
        for episode in child.get('social_care_episodes', []):
            count('referral', episode.get('referral_date'))
            for name, kind in FEED.items():
                for record in episode.get(name, []):
                    count(kind, record.get('start_date'))


for file in sys.argv[1:]:
    {'xml': xml, 'csv': table, 'json': feed}[file.rsplit('.', 1)[1]](file)
print(json.dumps({'records': records, 'months': months}))
