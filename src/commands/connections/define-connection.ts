import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Settings } from '../../domain/ports/settings.js';
import type { CommandContext } from '../command-context.js';
import { connectionIdOf } from '../derived-ids.js';
import { OwnResources } from '../resources/own-resources.js';
import { Write } from '../write.js';
import { brokerRegistration } from '../resources/hub-resources.js';
import { callbackOf } from './callback.js';
import { type ConnectionDraft, ConnectionDrafts } from './connection-drafts.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { FindConnection } from './find-connection.js';

export class DefineConnection extends Command<{ readonly connectionId: string; readonly position: Position }> {
  constructor(readonly issuer: string, readonly name: string, readonly draft: ConnectionDraft, readonly context: CommandContext) {
    super();
  }
}

/** A connection that agents can be lent access over, once somebody has connected it. */
@CommandHandler(DefineConnection)
export class DefineConnectionHandler implements ICommandHandler<DefineConnection> {
  constructor(
    private readonly write: Write,
    private readonly find: FindConnection,
    private readonly drafts: ConnectionDrafts,
    private readonly secrets: ConnectionSecrets,
    private readonly own: OwnResources,
    private readonly crypto: Crypto,
    private readonly settings: Settings,
  ) {}

  async execute({ issuer, name, draft, context }: DefineConnection): Promise<{ connectionId: string; position: Position }> {
    const connectionId = connectionIdOf(this.crypto, context.tenant, name);
    // Before anything is asked of the service: where it registers the hub, it would do so again.
    const { state: before } = await this.find.entry(context.tenant, connectionId);
    if (before.status !== 'unknown') throw new Refusal('connection.exists', 'There is or was a connection of this name. Choose another name.');
    const { settings, secret } = await this.drafts.resolve({ ...draft, title: draft.title ?? (draft.template === undefined ? name : undefined) }, callbackOf(issuer, name));
    const command = { type: 'DefineConnection', connectionId, name, settings, local: this.settings.allowLoopback, ...(draft.template === undefined ? {} : { template: draft.template }) } as const;
    // First, for a name is given once: were it forgotten in between, nothing could be defined again that would bring it.
    await this.own.ensure(brokerRegistration(issuer), context);
    const { state, position } = await this.write.to(connection, streams.connection(connectionId), command, context);
    if (!secret) return { connectionId, position };
    return { connectionId, position: (await this.secrets.set(state as KnownConnection, secret, context)).position };
  }
}
