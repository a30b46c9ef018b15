# Second oracle for the statistics engine: run `python3 reference.py` from this folder (statsmodels, csdid, pandas).
import contextlib, io, json, warnings
from importlib.metadata import version
import numpy as np, pandas as pd, statsmodels.api as sm, statsmodels.formula.api as smf
from statsmodels.stats.proportion import confint_proportions_2indep
from csdid.att_gt import ATTgt
warnings.filterwarnings('ignore')
cases = []
def case(name, oracle, data, spec, expect, tolerance=1e-8):
    cases.append(dict(name=name, oracle=oracle, data=data, spec=spec, expect={k: (v if isinstance(v, list) else float(v)) for k, v in expect.items()}, tolerance=tolerance))
SM = 'Python statsmodels ' + version('statsmodels'); CS = 'Python csdid ' + version('csdid')

for (a, n1, b, n2) in [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (10, 10, 0, 20), (0, 10, 0, 10)]:
    for m, kw in {'newcombe': dict(method='newcomb'), 'miettinen-nurminen': dict(method='score', correction=True), 'mee': dict(method='score', correction=False)}.items():
        if m != 'newcombe' and n1 != n2: continue  # statsmodels' score interval departs from Newcombe's table for unequal arms
        try: lo, hi = confint_proportions_2indep(a, n1, b, n2, compare='diff', **kw)
        except ValueError: continue  # statsmodels finds no bracket at the corners
        case(f'two-proportions {m} {a}/{n1} {b}/{n2}', SM, None, dict(method='two-proportions', a=dict(events=a, n=n1), b=dict(events=b, n=n2), interval=m),
             {'risk-difference|identity|lower': lo, 'risk-difference|identity|upper': hi}, 1e-7)

t = pd.read_csv('data/trial.csv')
base = dict(arm='arm', treated='1', covariates=['age', 'kind'], cluster='school')
f = '~ arm + age + C(kind)'
def rows(res, scale):
    out = {}
    for k in res.params.index:
        if 'Var' in k: continue
        term = k.replace('Intercept', '(intercept)').replace('C(kind)[T.', 'kind=').replace(']', '')
        out[f'{term}|{scale}|estimate'] = res.params[k]; out[f'{term}|{scale}|se'] = res.bse[k]
    return out
code = t.school.astype('category').cat.codes
for vc, kw in {'classical': {}, 'HC1': dict(cov_type='HC1'), 'HC3': dict(cov_type='HC3'), 'CR1S': dict(cov_type='cluster', cov_kwds=dict(groups=code))}.items():
    case(f'linear {vc}', SM, 'trial.csv', dict(method='linear', outcome='y', vcov=vc, **base), rows(smf.ols('y' + f, t).fit(**kw), 'identity'))
for vc, kw in {'classical': {}, 'HC0': dict(cov_type='HC0'), 'CR1S': dict(cov_type='cluster', cov_kwds=dict(groups=code))}.items():
    case(f'logistic {vc}', SM, 'trial.csv', dict(method='logistic', outcome='d', vcov=vc, **base), rows(smf.logit('d' + f, t).fit(disp=0, method='newton', tol=1e-14, **kw), 'log'))
case('modified-poisson HC0', SM, 'trial.csv', dict(method='modified-poisson', outcome='d', vcov='HC0', **base), rows(smf.poisson('d' + f, t).fit(disp=0, method='newton', tol=1e-14, cov_type='HC0'), 'log'))
X = pd.get_dummies(t[['arm', 'age', 'kind']], drop_first=True).astype(float)
for ties in ('efron', 'breslow'):
    r = sm.PHReg(t.time, X, status=t.event, ties=ties).fit(method='newton', disp=0)
    out = {}
    for j, k in enumerate(X.columns):
        term = k.replace('kind_', 'kind='); out[f'{term}|log|estimate'] = r.params[j]; out[f'{term}|log|se'] = r.bse[j]
    case(f'cox {ties}', SM, 'trial.csv', dict(method='cox', time='time', event='event', arm='arm', covariates=['age', 'kind'], ties=ties), out, 1e-6)
g = smf.gee('d' + f, code, t, family=sm.families.Binomial(), cov_struct=sm.cov_struct.Independence()).fit(ctol=1e-12)
case('gee binomial independence', SM, 'trial.csv', dict(method='gee', outcome='d', family='binomial', correlation='independence', vcov='CR0', **base), rows(g, 'log'), 1e-7)

p = pd.read_csv('data/panel.csv')
for cg, control in (('nevertreated', 'never'), ('notyettreated', 'not-yet')):
    for xf, cov in (('y~1', None), ('y~x', ['x'])):
        with contextlib.redirect_stdout(io.StringIO()):
            o = ATTgt(yname='y', gname='first', idname='unit', tname='time', data=p, control_group=[cg], xformla=xf).fit(est_method='dr', bstrap=False)
            e = {}
            for i, (a, s) in enumerate(zip(o.results['att'], o.results['se'])):
                e[f'$attGt[{i}].estimate'] = a; e[f'$attGt[{i}].se'] = s
            for ty in ('simple', 'dynamic', 'group', 'calendar'):
                z = o.aggte(typec=ty, bstrap=False, cband=False).atte
                e[f'$aggregates.{ty}.estimate'] = np.ravel(z['overall_att'])[0]; e[f'$aggregates.{ty}.se'] = np.ravel(z['overall_se'])[0]
        spec = dict(method='did', outcome='y', unit='unit', time='time', firstTreated='first', control=control)
        if cov: spec['covariates'] = cov
        case(f'did {control}' + (' covariates' if cov else ''), CS, 'panel.csv', spec, e, 1e-8)
json.dump(dict(versions={k: version(k) for k in ('statsmodels', 'csdid', 'numpy', 'pandas')}, cases=cases), open('reference-python.json', 'w'), indent=1)
