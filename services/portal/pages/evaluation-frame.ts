// What stands at the top of every page about one evaluation: what the data are, the title, and the pages beside this one.
import { dataSourceNotice } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import type { EvaluationSummary } from '../store.ts';

export type Tab =
  | 'outcomes'
  | 'groups'
  | 'effects'
  | 'look-back'
  | 'analysis'
  | 'recruitment'
  | 'maturity'
  | 'plan';

export function evaluationTop(summary: EvaluationSummary, current: Tab): Html {
  const path = `/evaluations/${summary.slug}`;
  const tabs: { id: Tab; text: string; href: string }[] = [
    { id: 'outcomes', text: 'Outcomes', href: path },
    { id: 'groups', text: 'By group', href: `${path}/groups` },
    { id: 'effects', text: 'Effects', href: `${path}/effects` },
    { id: 'look-back', text: 'Look back', href: `${path}/look-back` },
    ...(summary.analyses > 0
      ? [{ id: 'analysis', text: 'Analysis', href: `${path}/analysis` } as const]
      : []),
    ...(summary.works
      ? [{ id: 'recruitment', text: 'Recruitment', href: `${path}/recruitment` } as const]
      : []),
    { id: 'maturity', text: 'When results are known', href: `${path}/maturity` },
    { id: 'plan', text: 'Plan and history', href: `${path}/plan` },
  ];
  return html`${dataSourceNotice(summary.dataSource)}
<h1 class="govuk-heading-xl wm-title">${summary.title}</h1>
<p class="govuk-body-l">${summary.question}</p>
<nav class="wm-tabs" aria-label="This evaluation"><ul>${tabs.map(
    (tab) =>
      html`<li><a class="govuk-link wm-tabs__link" href="${tab.href}"${tab.id === current && html` aria-current="page"`}>${tab.text}</a></li>`,
  )}</ul></nav>`;
}

export function breadcrumbsOf(summary: EvaluationSummary, here?: string): { text: string; href?: string }[] {
  const self = `/evaluations/${summary.slug}`;
  return [
    { text: 'Evaluations', href: '/' },
    here === undefined ? { text: summary.title } : { text: summary.title, href: self },
    ...(here === undefined ? [] : [{ text: here }]),
  ];
}
