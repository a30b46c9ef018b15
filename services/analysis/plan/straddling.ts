// Whose outcome a change of recording can have moved without a child's life changing.
import type { Protocol } from '../../../schemas/protocol.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';

type Changes = Pick<Protocol, 'regime' | 'exposure' | 'allocation'>;

/** Whether arms are councils before and after they began. */
export const isByBeginning = ({ exposure, allocation }: Omit<Changes, 'regime'>): boolean =>
  exposure?.by === 'go-live' || allocation?.method === 'stepped-wedge';

/**
 * Whether a change of recording named in the protocol falls within the follow-up. Where arms are councils before and after
 * they began, whoever was first seen after the change counts too: before and after are compared, and so are councils.
 */
export const straddles = (
  protocol: Changes,
  { council, indexDay }: Pick<AnalysisParticipant, 'council' | 'indexDay'>,
  { horizonDay }: Pick<AnalysedOutcome, 'horizonDay'>,
): boolean =>
  (protocol.regime ?? []).some(
    (change) =>
      change.council === council &&
      change.from <= horizonDay &&
      (isByBeginning(protocol) || change.from > indexDay),
  );

/** Whether the plan leaves such a participant out. */
export const isStraddling = (
  protocol: Protocol,
  one: AnalysisParticipant,
  outcome: AnalysedOutcome,
): boolean => protocol.analysis?.straddling === 'left-out' && straddles(protocol, one, outcome);
