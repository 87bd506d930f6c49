import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { isIdentityScope } from '../../domain/token/identity-scopes.js';
import { ruleProblem } from '../../domain/trust/judge-token.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { USE_SCOPE, brokerUri } from '../resources/hub-resources.js';
import { ApprovedLoans } from '../approvals/approved-loans.js';
import type { Loan } from '../credentials/lend-order.js';
import { connectionIdOf } from '../derived-ids.js';
import type { LiveEntry } from '../live-entry.js';
import { type ExchangeSubject, ExchangeSubjects, type SubjectRequest } from './exchange-subjects.js';
import { RefuseExchange } from './refuse-exchange.js';
import { TOKEN_EXCHANGE } from './token-refused.js';

export interface CredentialRequest extends SubjectRequest {
  readonly connectionName: string;
  /** Undefined for all that was granted. */
  readonly scopes: readonly string[] | undefined;
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
    private readonly lending: ApprovedLoans,
    private readonly refusals: RefuseExchange,
    private readonly reader: AccessFactsReader,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: ExchangeForCredential): Promise<Loan> {
    const { issuer, agentId, connectionName, scopes, vouchedBy } = request;
    const subject = await this.subjects.read(request, context);
    // What proved the agent is believed by a rule, which has to stand where the loan does.
    const book = vouchedBy && (await this.reader.trust(context.tenant));
    const untrusted = (): RefusalCode | undefined => book && ruleProblem(book.state, vouchedBy!.ruleId, this.clock.seconds());
    const problem = (): RefusalCode | undefined => subject.problem() ?? untrusted() ?? (opensServices(subject, issuer) ? undefined : 'token.scope_missing');
    const lacking = problem();
    if (lacking !== undefined) return this.refusals.record(request, lacking, context);
    const { parent, standing, actors } = subject;
    return this.lending.lend({
      issuer, connectionId: connectionIdOf(this.crypto, context.tenant, connectionName), connectionName, agentId, principal: parent.principal, actors,
      grantType: TOKEN_EXCHANGE, scopes, purpose: 'exchange', jti: parent.jti, vouchedBy, attestedBy: vouchedBy?.platform ?? (parent.agentId === agentId ? standing.attestedBy : undefined), standing: { relied: book ? [...standing.relied, book as LiveEntry] : standing.relied, problem }, agreedAt: parent.authTime, methods: subject.claims.amr, context,
    });
  }
}

/** Knowing who somebody is opens nothing; and a token for the hub's own door needs that door's scope here too (VA-03). */
const opensServices = ({ claims, standing }: ExchangeSubject, issuer: string): boolean =>
  claims.aud === brokerUri(issuer) ? standing.scopes().includes(USE_SCOPE) : standing.scopes().some((scope) => !isIdentityScope(scope));
