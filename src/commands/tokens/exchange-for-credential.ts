import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { isIdentityScope } from '../../domain/token/identity-scopes.js';
import type { CommandContext } from '../command-context.js';
import { USE_SCOPE, brokerUri } from '../connections/broker.js';
import { LendCredential } from '../credentials/lend-credential.js';
import type { Loan } from '../credentials/lend-order.js';
import { connectionIdOf } from '../derived-ids.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { type ExchangeSubject, ExchangeSubjects, type SubjectRequest } from './exchange-subjects.js';
import { RefuseExchange } from './refuse-exchange.js';
import { TOKEN_EXCHANGE } from './token-refused.js';

export interface CredentialRequest extends SubjectRequest {
  readonly connectionName: string;
  /** Undefined for all that was granted. */
  readonly scopes: readonly string[] | undefined;
  readonly vouchedBy?: VouchedBy | undefined;
}

/**
 * RFC 8693 for services that are not ours: what is held of a connection, in exchange for a token that somebody agreed to.
 * The agent needs a grant of its own for the connection; a token alone opens nothing.
 */
export class ExchangeForCredential extends Command<Loan> {
  constructor(readonly request: CredentialRequest, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ExchangeForCredential)
export class ExchangeForCredentialHandler implements ICommandHandler<ExchangeForCredential> {
  constructor(
    private readonly subjects: ExchangeSubjects,
    private readonly lending: LendCredential,
    private readonly refusals: RefuseExchange,
    private readonly crypto: Crypto,
  ) {}

  async execute({ request, context }: ExchangeForCredential): Promise<Loan> {
    const { issuer, agentId, connectionName, scopes } = request;
    const subject = await this.subjects.read(request, context);
    const problem = (): RefusalCode | undefined => subject.problem() ?? (opensServices(subject, issuer) ? undefined : 'token.scope_missing');
    const lacking = problem();
    if (lacking !== undefined) return this.refusals.record(agentId, lacking, context);
    const { parent, standing, actors } = subject;
    return this.lending.lend({
      issuer, connectionId: connectionIdOf(this.crypto, context.tenant, connectionName), connectionName, agentId, principal: parent.principal, actors,
      grantType: TOKEN_EXCHANGE, attestedBy: request.vouchedBy?.platform ?? standing.attestedBy, scopes, purpose: 'exchange', jti: parent.jti, standing: { relied: standing.relied, problem }, agreedAt: parent.authTime, methods: subject.claims.amr, context,
    });
  }
}

/** Knowing who somebody is opens nothing; and a token for the hub's own door needs that door's scope here too (VA-03). */
const opensServices = ({ claims, standing }: ExchangeSubject, issuer: string): boolean =>
  claims.aud === brokerUri(issuer) ? standing.scopes().includes(USE_SCOPE) : standing.scopes().some((scope) => !isIdentityScope(scope));
