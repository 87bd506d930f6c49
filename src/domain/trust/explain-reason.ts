import type { RefusalCode } from '../kernel/refusal.js';

const SENTENCES: Partial<Record<RefusalCode, string>> = {
  'assertion.malformed': 'It is no signed JWT with sub, aud and exp, or it is too long.',
  'assertion.issuer_unknown': 'No trust rule is about the issuer that it names. Issuers are compared byte for byte: a slash or a port makes another one.',
  'assertion.type_mismatch': 'Its typ is that of another kind of token.',
  'assertion.algorithm': 'It is signed with an algorithm that is not taken here.',
  'assertion.key_unknown': 'Its issuer publishes no key that fits its kid and alg. Keys are read again once a minute at most.',
  'assertion.signature_invalid': 'Its signature does not verify with its issuer\'s keys.',
  'assertion.expired': 'It has run out.',
  'assertion.not_yet_valid': 'It says that it was made in the future, or does not say when, or is not valid yet.',
  'assertion.too_long_lived': 'It lives longer than an hour. Ask the platform for a shorter one.',
  'assertion.audience_mismatch': 'Its aud is not the one audience that the rule names. Ask the platform for a token for this hub.',
  'assertion.claims_mismatch': 'Its claims are not those that the rule binds.',
  'assertion.keys_unavailable': 'The keys of its issuer can\'t be had right now.',
  'trust.expired': 'The rule has run out.',
  'agent.unknown': 'The agent that the rule names is not there.',
};

/** For an administrator who asks why a token was not believed; whoever sends one is told less. */
export const explainReason = (reason: RefusalCode): string => SENTENCES[reason] ?? `It was refused: ${reason}.`;
