// The frame of every page: skip link, header, navigation, one main heading, footer.

import { type Html, html } from '../page/html.ts';
import { homeOf } from './access.ts';
import { assetPath } from './assets.ts';
import { tokenField } from './form-token.ts';
import type { KeyHolder } from './store.ts';

export interface Page {
  /** Of the browser's tab, most particular first; " – Waymark" is added. */
  title: string;
  person: KeyHolder | null;
  section: 'evaluations' | 'releases' | 'drafts' | 'feeds' | 'service' | null;
  breadcrumbs?: { text: string; href?: string }[];
  main: Html;
}

function navigation({ person, section }: Page): Html | null {
  if (!person) return null;
  const items = [
    ...(homeOf(person) === '/'
      ? [
          { id: 'evaluations', text: 'Evaluations', href: '/' },
          { id: 'releases', text: 'Releases', href: '/releases' },
        ]
      : []),
    ...(person.role === 'evaluator' ? [{ id: 'drafts', text: 'Protocol drafts', href: '/drafts' }] : []),
    { id: 'feeds', text: person.role === 'council' ? 'Your feed' : 'Council feeds', href: '/feeds' },
    ...(person.role === 'operator' ? [{ id: 'service', text: 'Service', href: '/service' }] : []),
  ];
  return html`<div class="govuk-service-navigation" data-module="govuk-service-navigation">
<div class="govuk-width-container govuk-service-navigation__inlining-container">
<div class="govuk-service-navigation__container">
<nav aria-label="Menu" class="govuk-service-navigation__wrapper">
<ul class="govuk-service-navigation__list" id="navigation">
${items.map(
  (
    item,
  ) => html`<li class="govuk-service-navigation__item${item.id === section && ' govuk-service-navigation__item--active'}">
<a class="govuk-service-navigation__link" href="${item.href}"${item.id === section && html` aria-current="true"`}>${
    item.id === section
      ? html`<strong class="govuk-service-navigation__active-fallback">${item.text}</strong>`
      : item.text
  }</a></li>
`,
)}</ul></nav></div>
<form method="post" action="/sign-out" class="wm-sign-out">${tokenField(person.form)}
<span class="wm-sign-out__who">${person.label}</span>
<button type="submit" class="wm-link-button" data-module="govuk-button" data-prevent-double-click="true">Sign out</button>
</form></div></div>`;
}

function breadcrumbTrail({ breadcrumbs }: Page): Html | null {
  if (!breadcrumbs) return null;
  return html`<nav class="govuk-breadcrumbs" aria-label="Breadcrumb"><ol class="govuk-breadcrumbs__list">
${breadcrumbs.map((crumb) =>
  crumb.href
    ? html`<li class="govuk-breadcrumbs__list-item"><a class="govuk-breadcrumbs__link" href="${crumb.href}">${crumb.text}</a></li>`
    : html`<li class="govuk-breadcrumbs__list-item" aria-current="page">${crumb.text}</li>`,
)}</ol></nav>`;
}

export function renderPage(page: Page): string {
  return html`<!DOCTYPE html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<title>${page.title} – Waymark</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#12436d">
<link rel="icon" href="${assetPath('waymark.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('waymark.css')}">
<script type="module" src="${assetPath('waymark.js')}"></script>
</head>
<body class="govuk-template__body">
<a href="#main-content" class="govuk-skip-link" data-module="govuk-skip-link">Skip to main content</a>
<header class="govuk-template__header">
<div class="govuk-generic-header"><div class="govuk-generic-header__container govuk-width-container">
<div class="govuk-generic-header__logo"><a href="/" class="govuk-generic-header__homepage-link"><img class="wm-mark" src="${assetPath('waymark.svg')}" alt="" width="32" height="32">Waymark</a></div>
</div></div>
${navigation(page)}
</header>
<div class="govuk-width-container">
${breadcrumbTrail(page)}
<main class="govuk-main-wrapper" id="main-content">
${page.main}
</main>
</div>
<footer class="govuk-template__footer wm-footer"><div class="govuk-width-container">
<p class="govuk-body-s">Waymark follows the outcomes of family help evaluations in England. It shows counts of children, never a child.</p>
<p class="govuk-body-s">Waymark is not a GOV.UK service.</p>
</div></footer>
</body>
</html>
`.text;
}
