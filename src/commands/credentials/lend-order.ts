import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { KnownCredential } from '../../domain/credential/credential.decider.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { Held } from '../approvals/hold-token.js';
import type { SpentApproval } from '../approvals/spend-approval.js';
import type { CommandContext } from '../command-context.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import type { Standing } from '../tokens/token-standings.js';

/** Of a scope that was allowed and not lent: the decision itself did not withhold it. */
export const BEYOND_CREDENTIAL = 'credential.scope_missing';

/** What only a person's approval keeps back. */
export interface HeldLoan {
  readonly scopes: readonly string[];
  readonly ruleIds: readonly string[];
}

export interface LendOrder {
  /** Of the tenant: where the page stands on which a person connects. */
  readonly issuer: string;
  readonly connectionId: string;
  /** As the agent named it. */
  readonly connectionName: string;
  readonly agentId: string;
  readonly principal: Principal;
  /** Who acts, the one at work first (RFC 8693 section 4.1). */
  readonly actors: readonly string[];
  /** As the decision is to see it: how the agent came to what it asks with. */
  readonly grantType: string;
  /** The platform that vouched for the agent: just now, or when it got the token that it asks with. */
  readonly attestedBy?: string | undefined;
  /** What proved the agent just now, when it was a token of its platform. */
  readonly vouchedBy?: VouchedBy | undefined;
  /** Undefined: what is granted. */
  readonly scopes: readonly string[] | undefined;
  /** 'exchange': the agent gets the secret. 'forward': the hub makes one call, and the agent never sees it. */
  readonly purpose: 'exchange' | 'forward';
  readonly call?: {
    readonly method: string; readonly origin?: string; readonly route?: string;
    /** The whole of it, for what is bound to this one call. */
    readonly address?: string; readonly headers?: Readonly<Record<string, string>>; readonly hasBody?: boolean;
  };
  /** What a person confirmed of exactly this, and was consumed for it. */
  readonly approval?: SpentApproval;
  /** Asks a person, or uses what they have confirmed of exactly this. Undefined where they can't be shown what it is. */
  readonly ask?: ((held: HeldLoan) => Promise<Held>) | undefined;
  /** What else is against it. Told to who may use the connection, and to nobody else: the others learn nothing of it. */
  readonly objection?: RefusalCode;
  /** The token that is asked with. */
  readonly jti: string;
  /** It has to hold still where the loan stands in the log. */
  readonly standing: Pick<Standing, 'relied' | 'problem'>;
  /** When the person signed in for it. */
  readonly agreedAt?: number | undefined;
  /** How they signed in (RFC 8176). */
  readonly methods?: readonly string[] | undefined;
  readonly context: CommandContext;
}

export interface Loan {
  readonly lendId: string;
  readonly connection: KnownConnection;
  readonly credentialId: string;
  readonly kind: KnownCredential['kind'];
  /** For the call, or for the agent, and for nobody else. */
  readonly secret: string;
  readonly scopes: readonly string[];
  /** Seconds that are left of it; undefined when it has no end. */
  readonly expiresIn: number | undefined;
}
