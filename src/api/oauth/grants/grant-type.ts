import type { CommandContext } from '../../../commands/command-context.js';
import type { Loan } from '../../../commands/credentials/lend-order.js';
import type { Soon } from '../../../commands/soon.js';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import type { BelievedToken } from '../../../commands/trust/trusted-tokens.js';
import type { VouchedBy } from '../../../commands/trust/vouched-by.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import type { Asked } from '../../http/asked.js';
import type { Form } from '../../http/form.js';
import type { TenantContext } from '../../http/tenancy.js';
import type { AuthenticatedClient } from '../clients/authenticated-client.js';

/** A token request after the common checks; only the parameters that the grant declared can be read. */
export interface GrantRequest {
  readonly tenant: TenantContext;
  readonly agent: KnownAgent;
  /** False when the client only said its name. */
  readonly proven: boolean;
  /** A token of its platform that the client proved itself with. */
  readonly vouchedBy?: VouchedBy | undefined;
  /** What `identify` of the grant found. */
  readonly identified?: BelievedToken | undefined;
  readonly context: CommandContext;
  readonly http: Asked;
  parameter(name: string): string | undefined;
  /** The resource that the request names (RFC 8707), as an id; undefined when it names none. Throws invalid_target. */
  resourceId(): Soon<string | undefined>;
  /** The same as it was written: what is named may be no resource. */
  targets(): readonly string[];
  scopes(): readonly string[] | undefined;
  /** RFC 9396, in one spelling, where the grant declared them. Throws invalid_authorization_details. */
  authorizationDetails(): string | undefined;
}

/** What a grant ends in: a token of ours, or what is held of a service. */
export type GrantAnswer = IssuedGrant | Loan;

/** One way to get a token. The token endpoint and the metadata both read this; there is no switch anywhere. */
export abstract class GrantType {
  abstract readonly grantType: string;
  /** Beside grant_type, client authentication, scope and resource. */
  abstract readonly parameters: readonly string[];
  /** For a grant that proves the client by itself, where the request says nothing else of it: undefined otherwise. Throws OAuthError. */
  identify?(tenant: TenantContext, request: Asked, form: Form): Promise<AuthenticatedClient | undefined>;
  /** Throws, or rejects with, OAuthError and what commands throw. */
  abstract handle(request: GrantRequest): Promise<GrantAnswer>;
}

/** By name; a grant that is registered twice is a mistake that must not start. */
export const grantTable = (grants: readonly GrantType[]): ReadonlyMap<string, GrantType> => {
  const table = new Map(grants.map((grant) => [grant.grantType, grant]));
  if (table.size !== grants.length) throw new Error('two grants have the same grant_type');
  return table;
};

/** Injection token of the table. */
export abstract class GrantTable extends Map<string, GrantType> {}
