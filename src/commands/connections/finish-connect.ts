import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { sentScopes } from '../../domain/connection/scopes.js';
import { credential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { DownstreamOAuth, DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { KeepCredential, type Material, materialOf } from '../credentials/keep-credential.js';
import { Write } from '../write.js';
import { GrantConnection } from './grant-connection.js';
import { ConnectAttempts, type ConnectAttempt } from './connect-attempts.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { FindConnection } from './find-connection.js';

export interface ConnectAnswer {
  /** Whose redirect URI it arrived at. */
  readonly connectionId: string;
  /** The query, as it came. */
  readonly query: string;
  readonly session: { readonly userId: string; readonly digest: string } | undefined;
}

export class FinishConnect extends Command<ConnectAttempt> {
  constructor(readonly answer: ConnectAnswer, readonly context: CommandContext) {
    super();
  }
}

const refused: Partial<Record<RefusalCode, string>> = {
  'connect.session_mismatch': 'It was begun by somebody else, or in another browser.',
  'connect.connection_mismatch': 'It is the answer of another service, or the connection was changed meanwhile.',
  'connect.answer_invalid': 'The answer of the service could not be believed.',
  'connect.denied': 'The service says that access was not given.',
};

/** Takes what the service gave, when it is the answer to what this session began at this connection, and to nothing else. */
@CommandHandler(FinishConnect)
export class FinishConnectHandler implements ICommandHandler<FinishConnect> {
  constructor(
    private readonly write: Write,
    private readonly find: FindConnection,
    private readonly attempts: ConnectAttempts,
    private readonly secrets: ConnectionSecrets,
    private readonly oauth: DownstreamOAuth,
    private readonly keep: KeepCredential,
    private readonly grants: GrantConnection,
    private readonly clock: Clock,
  ) {}

  async execute({ answer, context }: FinishConnect): Promise<ConnectAttempt> {
    const states = new URLSearchParams(answer.query).getAll('state');
    if (states.length !== 1) throw new Refusal('connect.state_unknown', 'This answer does not belong to anything that was begun here.');
    const attempt = await this.attempts.take(context.tenant, states[0]!);
    const { session, connectionId } = answer;
    if (attempt.userId !== session?.userId || attempt.sessionDigest !== session.digest) return this.refuse(attempt, 'connect.session_mismatch', context);
    if (attempt.connectionId !== connectionId) return this.refuse(attempt, 'connect.connection_mismatch', context);
    const of = await this.find.active(context.tenant, connectionId);
    if (of.epoch !== attempt.connectionEpoch) return this.refuse(attempt, 'connect.connection_mismatch', context);
    const client = await this.secrets.client(of, context);
    const material = async (): Promise<Material> => {
      const given = await this.oauth.redeem(client, answer.query, { ...attempt, scopes: sentScopes(of, attempt.scopes) });
      return materialOf(given, of, attempt.scopes, this.clock.seconds());
    };
    try {
      await this.keep.store(of, attempt.holder, { via: 'connect', material }, context);
    } catch (error) {
      if (error instanceof DownstreamRefused) return this.refuse(attempt, error.reason === 'access_denied' ? 'connect.denied' : 'connect.answer_invalid', context);
      throw error;
    }
    if (attempt.agent) await this.grants.give(of, attempt.userId, attempt.agent, context);
    return attempt;
  }

  /** What was begun here and ended otherwise is a fact; the attempt is spent. */
  private async refuse({ connectionId, holder }: ConnectAttempt, reason: RefusalCode, context: CommandContext): Promise<never> {
    const credentialId = this.keep.idOf(context.tenant, connectionId, holder);
    await this.write.to(credential, streams.credential(credentialId), { type: 'RefuseConnect', credentialId, connectionId, holder, reason }, context);
    throw new Refusal(reason, refused[reason] ?? 'The answer of the service could not be believed.');
  }
}
