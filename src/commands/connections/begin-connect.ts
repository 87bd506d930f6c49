import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { sentScopes } from '../../domain/connection/scopes.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { DownstreamOAuth } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { callbackOf } from './callback.js';
import { ConnectAttempts, type ConnectAttempt } from './connect-attempts.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { FindConnection } from './find-connection.js';

export interface ConnectWish {
  readonly issuer: string;
  readonly connectionId: string;
  readonly holder: Holder;
  readonly session: { readonly userId: string; readonly digest: string };
  /** Of the connection; what the credential shall be able to do. */
  readonly scopes: readonly string[];
  readonly agent: ConnectAttempt['agent'];
}

export class BeginConnect extends Command<{ readonly url: string }> {
  constructor(readonly wish: ConnectWish, readonly context: CommandContext) {
    super();
  }
}

/** Sends a person to the service, with everything that tells their own answer from any other. */
@CommandHandler(BeginConnect)
export class BeginConnectHandler implements ICommandHandler<BeginConnect> {
  constructor(
    private readonly find: FindConnection,
    private readonly attempts: ConnectAttempts,
    private readonly secrets: ConnectionSecrets,
    private readonly oauth: DownstreamOAuth,
    private readonly crypto: Crypto,
  ) {}

  async execute({ wish, context }: BeginConnect): Promise<{ url: string }> {
    const of = await this.find.active(context.tenant, wish.connectionId);
    if (of.oauth?.grant !== 'authorization_code') throw new Refusal('connection.invalid', 'This connection is not connected by way of the service.');
    // Before a person is sent away, not when they come back.
    await this.secrets.client(of, context);
    const attempt: ConnectAttempt = {
      redirectUri: callbackOf(wish.issuer, of.name).redirectUri, state: this.crypto.randomSecret(''), codeVerifier: this.crypto.randomSecret(''), nonce: this.crypto.randomSecret(''),
      scopes: wish.scopes, connectionId: of.connectionId, connectionEpoch: of.epoch, holder: wish.holder,
      userId: wish.session.userId, sessionDigest: wish.session.digest, agent: wish.agent,
    };
    const url = await this.oauth.authorizationUrl(of.oauth, { ...attempt, scopes: sentScopes(of, wish.scopes) });
    await this.attempts.keep(context.tenant, attempt);
    return { url };
  }
}
