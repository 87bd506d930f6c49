import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ConnectionCommand, type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Settings } from '../../domain/ports/settings.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import { callbackOf } from './callback.js';
import { type ConnectionDraft, ConnectionDrafts } from './connection-drafts.js';
import { ConnectionSecrets, type GivenSecret } from './connection-secrets.js';
import { FindConnection } from './find-connection.js';

type Plain = Extract<ConnectionCommand, { type: 'SuspendConnection' | 'ResumeConnection' | 'RemoveConnection' }>;

export class ChangeConnection extends Command<Position> {
  constructor(
    readonly connectionId: string,
    readonly change: Plain | { readonly type: 'Redefine'; readonly issuer: string; readonly draft: ConnectionDraft } | { readonly type: 'SetSecret'; readonly secret: GivenSecret },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/** Other settings, another secret, suspension, resumption and removal. */
@CommandHandler(ChangeConnection)
export class ChangeConnectionHandler implements ICommandHandler<ChangeConnection> {
  constructor(
    private readonly write: Write,
    private readonly find: FindConnection,
    private readonly drafts: ConnectionDrafts,
    private readonly secrets: ConnectionSecrets,
    private readonly settings: Settings,
  ) {}

  async execute({ connectionId, change, context }: ChangeConnection): Promise<Position> {
    if (change.type === 'Redefine') return this.redefine(connectionId, change, context);
    if (change.type === 'SetSecret') return this.setSecret(connectionId, change.secret, context);
    return (await this.write.to(connection, streams.connection(connectionId), change, context)).position;
  }

  private async redefine(connectionId: string, { issuer, draft }: { issuer: string; draft: ConnectionDraft }, context: CommandContext): Promise<Position> {
    const before = await this.known(connectionId, context);
    const { settings, secret } = await this.drafts.resolve({ ...draft, title: draft.title ?? before.title, heldBy: draft.heldBy ?? before.heldBy }, callbackOf(issuer, before.name));
    // A key that was made here stays the hub's own wherever it proves itself; it is kept unless there is none yet.
    const isKept = secret?.kind === 'private_key' && before.secret?.kind === 'private_key';
    const command = { type: 'ChangeConnection', settings, local: this.settings.allowLoopback, keepsSecret: secret === undefined } as const;
    const { state, position } = await this.write.to(connection, streams.connection(connectionId), command, context);
    return secret && !isKept ? (await this.secrets.set(state as KnownConnection, secret, context)).position : position;
  }

  private async setSecret(connectionId: string, secret: GivenSecret, context: CommandContext): Promise<Position> {
    const before = await this.known(connectionId, context);
    const wanted = before.oauth?.clientAuthentication === 'private_key_jwt' ? 'private_key' : 'client_secret';
    if (!before.oauth || before.oauth.clientAuthentication === 'none' || secret.kind !== wanted)
      throw new Refusal('connection.invalid', before.oauth ? `This connection proves itself by ${before.oauth.clientAuthentication}.` : 'A connection by key has no secret of its own; keys are stored as credentials.');
    return (await this.secrets.set(before, secret, context)).position;
  }

  private async known(connectionId: string, { tenant }: CommandContext): Promise<KnownConnection> {
    const found = await this.find.sure(tenant, connectionId);
    if (!found) throw new Refusal('connection.unknown', 'There is no such connection.');
    if (found.status === 'removed') throw new Refusal('connection.removed', 'The connection is removed.');
    return found;
  }
}
