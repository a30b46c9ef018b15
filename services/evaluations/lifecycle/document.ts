// The registration document: what a protocol says, in words, with the hash and the signatures by which anyone can check it.
import type { Evaluation } from '../evaluation.ts';
import { protocolWords } from '../protocol/words.ts';
import { signedText } from './signatures.ts';
import type { Standing } from './standing.ts';

const bullet = (line: string): string => `- ${line.replaceAll('\n', ' ')}`;

function signatures({ signatures: all }: Standing): string[] {
  if (all.length === 0) return ['Nobody has signed yet.'];
  return all.map(
    ({ name, signer, at, publicKey, signature }) =>
      `- ${name} (${signer}), ${at}\n  - public key (Ed25519): \`${publicKey}\`\n  - signature: \`${signature}\``,
  );
}

/** Markdown. `simulated` names signers behind whom nobody stands. */
export function registrationDocument(
  { slug, protocol, protocolHash }: Evaluation,
  standing: Standing,
  simulated: readonly string[],
): string {
  const deviations = standing.deviations.map(
    ({ at, by, label, reason }) => `- ${at}, ${by}: **${label}.** ${reason}`,
  );
  const invented = standing.signatures
    .filter(({ signer }) => simulated.includes(signer))
    .map(({ name }) => name);
  return `${[
    `# ${protocol.title}`,
    ...(protocol.dataSource === 'real'
      ? []
      : [`**${protocol.dataSource.toUpperCase()} DATA: no real child.**`]),
    `Evaluation \`${slug}\`, ${standing.stage}${standing.paused ? ', paused' : ''}; ${
      standing.unblinded
        ? `unblinded on ${standing.unblinded.at} by ${standing.unblinded.by} (${standing.unblinded.reason})`
        : 'blinded: nobody sees outcomes by arm'
    }.`,
    ...protocolWords(protocol)
      .filter(({ lines }) => lines.length > 0)
      .map(({ title, lines }) => `## ${title}\n\n${lines.map(bullet).join('\n')}`),
    `## Hash and signatures\n\nSHA-256 of the protocol as JSON with its keys in order: \`${protocolHash}\`.`,
    `Each signature is Ed25519 over this text, each line ended by a line feed:\n\n\`\`\`\n${signedText(slug, protocolHash).toString('utf8').trimEnd()}\n\`\`\``,
    signatures(standing).join('\n'),
    ...(invented.length > 0
      ? [`Signers made for a demonstration, behind whom nobody stands: ${invented.join(', ')}.`]
      : []),
    `Head of the chain of ${standing.entries} entries: \`${standing.head ?? 'none'}\`.`,
    `## Deviations\n\n${deviations.join('\n') || 'None.'}`,
  ].join('\n\n')}\n`;
}
