// What stands at the top of the pages about one council's feed: what the data are, the title, and the pages beside this one.
import { dataSourceNotice } from '../../page/components.ts';
import { type Html, html } from '../../page/html.ts';
import type { KeyHolder } from '../store.ts';

export type CouncilTab = 'feed' | 'account' | 'keys';

interface Council {
  council: string;
  name: string;
  dataSource: Parameters<typeof dataSourceNotice>[0];
}

export const councilPath = (council: string): string => `/feeds/${council}`;

/** The pages of one's own council; an operator, who reads all, has the account alone. */
export function councilTabs(council: string, current: CouncilTab, person: KeyHolder | null): Html | null {
  if (person?.role !== 'council') return null;
  const tabs: { id: CouncilTab; text: string; href: string }[] = [
    { id: 'feed', text: 'Your feed', href: '/feeds' },
    { id: 'account', text: 'Sent and set aside', href: councilPath(council) },
    { id: 'keys', text: 'Keys', href: `${councilPath(council)}/keys` },
  ];
  return html`<nav class="wm-tabs" aria-label="Your council"><ul>${tabs.map(
    (tab) =>
      html`<li><a class="govuk-link wm-tabs__link" href="${tab.href}"${tab.id === current && html` aria-current="page"`}>${tab.text}</a></li>`,
  )}</ul></nav>`;
}

export const councilTop = (
  { council, name, dataSource }: Council,
  heading: string,
  current: CouncilTab,
  person: KeyHolder | null,
): Html => html`${dataSourceNotice(dataSource)}
<h1 class="govuk-heading-xl">${name}: ${heading}</h1>
${councilTabs(council, current, person)}`;
