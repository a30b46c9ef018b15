// How a number stands on the page, and how the lack of one does: hidden and not yet known are words, never a zero.
import type { ProtectedArm } from '../../../disclosure/protect.ts';
import { html, type Piece } from '../../../page/html.ts';
import { count, percent } from '../../../page/words.ts';
import type { EvaluationView } from '../../evaluation-view.ts';

export type ArmNames = EvaluationView['summary']['armNames'];

export const unknown = html`<span class="wm-unknown">Not yet known</span>`;
export const hidden = html`<span class="wm-hidden">Hidden</span>`;

export const number = (value: number | null): Piece => (value === null ? hidden : count(value));
/** A count of what was observed: unknown, not zero, while nobody has been followed to the horizon. */
export const observed = (arm: ProtectedArm, value: number | null): Piece =>
  arm.matured === 0 ? unknown : number(value);
export const risk = (arm: ProtectedArm): Piece =>
  arm.hidden.includes('risk') ? hidden : arm.risk === null ? unknown : percent(arm.risk);
