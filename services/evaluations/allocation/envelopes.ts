// One sheet an envelope, printed with what may be seen on the outside half and the arm on the inside half.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { EmergencyList } from './emergency.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (raw: string): string => raw.replace(/[&<>"]/g, (one) => entities[one] ?? '');

/** A page to print and fold: a dark band behind the arm keeps it from showing through. */
export function envelopeSheets(protocol: Protocol, { council, list, envelopes }: EmergencyList): string {
  const sheets = envelopes.map(
    ({ number, arm }) => `<section>
<div class="outside"><p>${text(protocol.title)} · ${council}</p><h1>List ${list}, envelope ${number}</h1>
<p>Open in this order, only when the service does not answer and the ${protocol.unit} is eligible.</p>
<p>Pseudonym ______________________________ Opened on ____________ Signed ____________</p></div>
<div class="inside"><p>${list} · ${number}</p><h2>${text(protocol.arms[arm])}</h2></div></section>`,
  );
  return `<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Envelopes ${list}</title><style>
body{font:16px/1.5 system-ui,sans-serif;margin:0}section{break-after:page;height:100vh;display:flex;flex-direction:column}
.outside,.inside{flex:1;padding:3rem}.outside{border-bottom:1px dashed #505a5f}
.inside{background:repeating-linear-gradient(45deg,#bbb 0 2px,#fff 2px 4px);-webkit-print-color-adjust:exact;print-color-adjust:exact}
.inside h2,.inside p{background:#fff;display:table;padding:.2em .5em}
</style></head><body>${sheets.join('\n')}</body></html>
`;
}
