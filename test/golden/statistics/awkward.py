"""A second oracle on the data of awkward.R: statsmodels, scipy and lifelines. Run from this folder: python3 awkward.py,
which writes awkward-python.json. pip install statsmodels scipy lifelines pandas."""
import json, warnings
from importlib.metadata import version
import numpy as np, pandas as pd, scipy.stats as st, statsmodels.api as sm, statsmodels.formula.api as smf
from scipy.optimize import brentq
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_chisquare
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff
from lifelines.statistics import multivariate_logrank_test
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
warnings.simplefilter('ignore')
cases = []
SM, SP, LL = (f'Python {p} {version(p)}' for p in ('statsmodels', 'scipy', 'lifelines'))
num = lambda v: None if v is None or not np.isfinite(v) else float(v)
def case(name, oracle, data, spec, expect, tolerance=1e-8):
    cases.append(dict(name=name, oracle=oracle, data=data, spec=spec, expect={k: (list(map(float, v)) if isinstance(v, (list, np.ndarray)) else num(v)) for k, v in expect.items()}, tolerance=tolerance))
F, U = 'awkward-1-trial.csv', 'awkward-1-untied.csv'
D, T = pd.read_csv(f'data/{F}'), pd.read_csv(f'data/{U}')
arm = dict(arm='arm', treated='1')

# g-computation: the average discrete change of the arm is the standardised risk difference
X = sm.add_constant(pd.get_dummies(D[['arm', 'x', 'f']], drop_first=True).astype(float))
code = D.g.astype('category').cat.codes.values
lm = sm.Logit(D.d, X)
for vc, kw in {'classical': {}, 'HC0': dict(cov_type='HC0'), 'CR1S': dict(cov_type='cluster', cov_kwds=dict(groups=code))}.items():
    r = lm.fit(disp=0, method='newton', tol=1e-14, maxiter=100, **kw)
    m = r.get_margeff(at='overall', dummy=True)
    j = list(r.params.index[1:]).index('arm'); ci = m.conf_int()[j]
    case(f'g-computation {vc} margins', SM, F, dict(method='g-computation', outcome='d', covariates=['x', 'f'], cluster='g', vcov=vc, df='normal', **arm),
         {'risk-difference|identity|estimate': m.margeff[j], 'risk-difference|identity|se': m.margeff_se[j], 'risk-difference|identity|lower': ci[0], 'risk-difference|identity|upper': ci[1]})
R = pd.read_csv('data/trial.csv'); mm = smf.mixedlm('y ~ arm + age + C(kind)', R, groups=R.school).fit(reml=True, gtol=1e-12)
case('mixed-linear', SM, 'trial.csv', dict(method='mixed-linear', outcome='y', covariates=['age', 'kind'], cluster='school', df='normal', **arm), {'arm|identity|estimate': mm.params['arm'], 'arm|identity|se': mm.bse['arm']}, 1e-3)
for fam, f, y in (('binomial', sm.families.Binomial(), 'd'), ('gaussian', sm.families.Gaussian(), 'y')):
    g = smf.gee(f'{y} ~ arm + x + C(f)', D.g, D, family=f, cov_struct=sm.cov_struct.Independence()).fit(ctol=1e-13, maxiter=200)
    case(f'gee {fam} independence', SM, F, dict(method='gee', outcome=y, family=fam, correlation='independence', covariates=['x', 'f'], cluster='g', df='normal', **arm),
         {f'arm|{"log" if fam == "binomial" else "identity"}|estimate': g.params['arm'], f'arm|{"log" if fam == "binomial" else "identity"}|se': g.bse['arm']}, 1e-7)

# survival
surv = dict(time='time', event='event')
at = [1, 3, 3.5, 8]
o, oj = {}, {}
for a in (0, 1):
    s = D[D.arm == a]; f = SurvfuncRight(s.time, s.event); c = CumIncidenceRight(s.time, s.cause)
    for j, t in enumerate(at):
        i = np.searchsorted(f.surv_times, t, side='right') - 1
        if i >= 0 and t <= s.time.max():
            o[f'$arms[{a}].at[{j}].survival'] = f.surv_prob[i]; o[f'$arms[{a}].at[{j}].se'] = f.surv_prob_se[i]
        i = np.searchsorted(c.times, t, side='right') - 1
        if i >= 0 and t <= s.time.max():
            for k in (0, 1): oj[f'$arms[{a}].causes[{k}].at[{j}].incidence'] = c.cinc[k][i]
case('kaplan-meier', SM, F, dict(method='kaplan-meier', arm='arm', at=at, **surv), o, 1e-9)
case('aalen-johansen', SM, F, dict(method='aalen-johansen', arm='arm', at=at, time='time', event='cause'), oj, 1e-9)
for a, name in (('arm', 'two arms'), ('f', 'three arms')):
    l = multivariate_logrank_test(D.time, D[a], D.event)
    case(f'log-rank {name}', LL, F, dict(method='log-rank', arm=a, **surv), {'$chiSquare': l.test_statistic, '$p': l.p_value})
ch, p = survdiff(D.time.values, D.event.values, D.arm.values, strata=D.s.values)
case('log-rank strata', SM, F, dict(method='log-rank', arm='arm', strata='s', **surv), {'$chiSquare': ch, '$p': p})
tau = 0.8 * D.groupby('arm').time.max().min()
rm = [restricted_mean_survival_time(KaplanMeierFitter().fit(D.time[D.arm == a], D.event[D.arm == a]), t=tau) for a in (0, 1)]
case('rmst', LL, F, dict(method='rmst', arm='arm', treated='1', tau=tau, **surv), {'difference|identity|estimate': rm[1] - rm[0]}, 1e-8)
Z = X.drop(columns='const')
for ties in ('efron', 'breslow'):
    for extra, kw in (({}, {}), (dict(strata='s'), dict(strata=D.s.values)), (dict(start='start'), dict(entry=D.start.values))):
        r = sm.PHReg(D.time.values, Z.values, status=D.event.values, ties=ties, **kw).fit(method='newton', disp=0, tol=1e-14)
        case(f'cox {ties} {"".join(extra)}', SM, F, dict(method='cox', ties=ties, arm='arm', covariates=['x', 'f'], **surv, **extra), {k: v for j, t in enumerate(['arm', 'x', 'f=b', 'f=c']) for k, v in ((f'{t}|log|estimate', r.params[j]), (f'{t}|log|se', r.bse[j]))}, 1e-7)

# tables
tabs = [pd.crosstab(1 - s.arm, 1 - s.d).reindex(index=[0, 1], columns=[0, 1], fill_value=0).values for _, s in D.groupby('f')]
S = StratifiedTable([t for t in tabs]); lo, hi = S.oddsratio_pooled_confint(); t0, t1 = S.test_null_odds(), S.test_null_odds(correction=True)
case('mantel-haenszel', SM, F, dict(method='mantel-haenszel', outcome='d', strata='f', **arm), {'odds-ratio|ratio|estimate': S.oddsratio_pooled, 'odds-ratio|ratio|lower': lo, 'odds-ratio|ratio|upper': hi, '$chiSquare': t0.statistic})
rng = np.random.default_rng(1)
for i in range(14):
    n = rng.choice([9, 20, 71, 400], 2); k = [rng.integers(1, n[0]), rng.integers(1, n[1])]
    ab = dict(a=dict(events=int(k[0]), n=int(n[0])), b=dict(events=int(k[1]), n=int(n[1])))
    for iv, mt, corr in (('newcombe', 'newcomb', None), ('wald', 'wald', None), ('mee', 'score', False), ('miettinen-nurminen', 'score', True)):
        try: lo, hi = confint_proportions_2indep(k[0], n[0], k[1], n[1], method=mt, compare='diff', correction=bool(corr))
        except ValueError: continue  # its root finder does not always bracket the ends
        case(f'two-proportions {iv} {k[0]}/{n[0]} {k[1]}/{n[1]}', SM, None, dict(method='two-proportions', interval=iv, **ab), {'risk-difference|identity|lower': lo, 'risk-difference|identity|upper': hi}, 1e-6 if mt == 'score' else 1e-9)
    q = Table2x2([[k[0], n[0] - k[0]], [k[1], n[1] - k[1]]]); (a, b), (c, d) = q.riskratio_confint(), q.oddsratio_confint()
    case(f'two-proportions ratios {i}', SM, None, dict(method='two-proportions', **ab), {'risk-ratio|ratio|estimate': q.riskratio, 'risk-ratio|ratio|lower': a, 'risk-ratio|ratio|upper': b, 'odds-ratio|ratio|lower': c, 'odds-ratio|ratio|upper': d, '$chiSquare': proportions_chisquare(k, n)[0]}, 1e-9)
w = st.ttest_ind(D.y[D.arm == 1], D.y[D.arm == 0], equal_var=False); ci = w.confidence_interval(.95)
case('welch', SP, F, dict(method='welch', outcome='y', **arm), {'difference|identity|statistic': w.statistic, 'difference|identity|p': w.pvalue, 'difference|identity|df': w.df, 'difference|identity|lower': ci.low, 'difference|identity|upper': ci.high}, 1e-9)
c = st.chisquare([410, 380, 215], np.array([2, 2, 1]) / 5 * 1005); case('srm', SP, None, dict(method='srm', observed=[410, 380, 215], expected=[2, 2, 1]), {'$chiSquare': c.statistic, '$p': c.pvalue}, 1e-10)
pv = [.04, .001, .3, .012, .011, .9, .04, 1e-9]
for m, s in (('holm', 'holm'), ('hochberg', 'simes-hochberg'), ('bh', 'fdr_bh'), ('bonferroni', 'bonferroni')): case(f'multiplicity {m}', SM, None, dict(method='multiplicity', p=pv, adjust=m), {'$adjusted': multipletests(pv, method=s)[1]}, 1e-10)
y, s = np.array([.12, -.05, .33, .27, .04]), np.array([.1, .07, .12, .2, .09])
for hk in (False, True):
    e = combine_effects(y, s**2, method_re='chi2', use_t=hk); f = e.summary_frame().loc['random effect']
    se = e.sd_eff_w_re_hksj if hk else e.sd_eff_w_re
    case(f'meta DL {hk}', SM, None, dict(method='meta', estimates=list(y), se=list(s), model='dl', hartungKnapp=hk), {'pooled|identity|estimate': e.mean_effect_re, 'pooled|identity|se': se, '$tau2': e.tau2, '$q': e.q}, 1e-9)
for sided, alt in ((1, 'larger'), (2, 'two-sided')):
    case(f'power means {sided}', SM, None, dict(method='power', design='means', a=.35, b=0, n=120, alpha=.05, sided=sided), {'$power': TTestIndPower().power(.35, 60, .05, alternative=alt)}, 1e-8)
    case(f'power means n {sided}', SM, None, dict(method='power', design='means', a=.35, b=0, power=.9, alpha=.05, sided=sided), {'$nPerArmExact': TTestIndPower().solve_power(.35, None, .05, .9, alternative=alt)}, 1e-6)

# group-sequential boundaries by repeated convolution on a fine Simpson grid, quite apart from the engine's Gauss panels
def boundaries(t, spent, two):
    z, dens, prev, out = None, None, 0, []
    for k, (tk, sk) in enumerate(zip(t, spent)):
        goal = sk - (spent[k - 1] if k else 0)
        if k == 0: f = lambda c: (2 if two else 1) * st.norm.sf(c) - goal
        else:
            sd = np.sqrt(tk - prev)
            f = lambda c: np.sum(dens * (st.norm.sf((c * np.sqrt(tk) - z) / sd) + (st.norm.sf((c * np.sqrt(tk) + z) / sd) if two else 0))) - goal
        c = brentq(f, -2, 12, xtol=1e-13); out.append(c)
        lo, hi = (-c if two else -9) * np.sqrt(tk), c * np.sqrt(tk); n = 6001; new = np.linspace(lo, hi, n); h = (hi - lo) / (n - 1)
        wts = np.where(np.arange(n) % 2, 4, 2) * h / 3.; wts[0] = wts[-1] = h / 3
        d = st.norm.pdf(new / np.sqrt(tk)) / np.sqrt(tk) if k == 0 else np.array([np.sum(dens * np.exp(-.5 * ((v - z) / sd)**2)) for v in new]) / (sd * np.sqrt(2 * np.pi))
        z, dens, prev = new, d * wts, tk
    return out
for t in ([.25, .5, .75, 1], [.2, .3, .85, 1], [.6, 1]):
    for two in (False, True):
        al = .05 if two else .025; one = al / 2 if two else al
        for nm, f in (('obrien-fleming', lambda x: 2 * st.norm.sf(st.norm.isf(one / 2) / np.sqrt(x))), ('pocock', lambda x: one * np.log(1 + (np.e - 1) * x)), ('hwang-shih-decani', lambda x: one * (1 - np.exp(2 * x)) / (1 - np.exp(2))), ('hwang-shih-decani', lambda x: one * (1 - np.exp(-x)) / (1 - np.exp(-1)))):
            gamma = None if nm != 'hwang-shih-decani' else (-2 if f(.5) < one / 2 else 1)
            sp = [(2 if two else 1) * f(x) for x in t]
            case(f'group-sequential {nm} {gamma} {t} {"two" if two else "one"}', 'Python scipy, grid by hand', None, dict(method='group-sequential', alpha=al, sided=2 if two else 1, spending=nm, information=t, **(dict(gamma=gamma) if gamma else {})), {'$z': boundaries(t, sp, two), '$spent': sp}, 1e-8)
json.dump(dict(versions={k: version(k) for k in ('statsmodels', 'scipy', 'lifelines', 'pandas')}, cases=cases), open('awkward-python.json', 'w'), indent=1)
print(len(cases), 'cases')
