// Whose outcome a change of recording can have moved without a child's life changing.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';

type Changes = Pick<Protocol, 'regime' | 'exposure'>;

/**
 * Whether a change of recording named in the protocol falls within the follow-up. Where arms are councils before and after
 * they began, whoever was first seen after the change counts too: before and after are compared, and so are councils.
 */
export const straddles = (
  { regime, exposure }: Changes,
  { council, indexDay }: Pick<AnalysisParticipant, 'council' | 'indexDay'>,
  { horizonDay }: Pick<AnalysedOutcome, 'horizonDay'>,
): boolean =>
  (regime ?? []).some(
    (change) =>
      change.council === council &&
      change.from <= horizonDay &&
      (exposure?.by === 'go-live' || change.from > indexDay),
  );

/** Whether the plan leaves such a participant out. */
export const isStraddling = (
  protocol: Protocol,
  one: AnalysisParticipant,
  outcome: AnalysedOutcome,
): boolean => protocol.analysis?.straddling === 'left-out' && straddles(protocol, one, outcome);
