import type { BelievedToken } from '../../../commands/trust/trusted-tokens.js';
import type { VouchedBy } from '../../../commands/trust/vouched-by.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';

export interface AuthenticatedClient {
  readonly agent: KnownAgent;
  /** False when it only said its name, as a public client does, and as one may that has a key and can do without. */
  readonly proven: boolean;
  /** A token of its platform that it proved itself with. */
  readonly vouchedBy?: VouchedBy | undefined;
  /** The same, not spent yet: the grant that it is for does that. */
  readonly identified?: BelievedToken | undefined;
}
