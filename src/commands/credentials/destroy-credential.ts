import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KnownCredential, credential } from '../../domain/credential/credential.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { CredentialVault, VaultIntegrityError } from '../../domain/ports/credential-vault.js';
import { DownstreamOAuth, DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { ConnectionSecrets } from '../connections/connection-secrets.js';
import { FindConnection } from '../connections/find-connection.js';
import { Write } from '../write.js';

export class DestroyCredential extends Command<Position> {
  constructor(readonly credentialId: string, readonly reason: string, readonly context: CommandContext) {
    super();
  }
}

type Revocation = 'revoked' | 'failed' | 'not_offered';

/**
 * Nothing is lent of it from the first event on (VA-13). Then the service is asked to forget it (RFC 7009), and whatever it
 * says, the vault does; both are recorded. What a crash leaves undone is finished by doing it again.
 */
@CommandHandler(DestroyCredential)
export class DestroyCredentialHandler implements ICommandHandler<DestroyCredential> {
  constructor(
    private readonly write: Write,
    private readonly find: FindConnection,
    private readonly secrets: ConnectionSecrets,
    private readonly vault: CredentialVault,
    private readonly oauth: DownstreamOAuth,
  ) {}

  async execute({ credentialId, reason, context }: DestroyCredential): Promise<Position> {
    const stream = streams.credential(credentialId);
    const { state, position } = await this.write.to(credential, stream, { type: 'DestroyCredential', reason }, context);
    const held = state as KnownCredential;
    if (held.shredded) return position;
    const revocation = await this.revoke(held, context);
    await this.vault.shred(context.tenant, credentialId);
    return (await this.write.to(credential, stream, { type: 'ShredCredential', revocation }, context)).position;
  }

  private async revoke({ connectionId, credentialId, secretId, kind, refreshFingerprint }: KnownCredential, context: CommandContext): Promise<Revocation> {
    const of = await this.find.byId(context.tenant, connectionId);
    if (!of || kind !== 'oauth' || of.oauth?.revocationEndpoint === undefined) return 'not_offered';
    // The refresh token, where there is one: what was made from it ends with it.
    const part = refreshFingerprint === undefined ? 'access' : 'refresh';
    try {
      const token = await this.vault.open({ tenant: context.tenant, connectionId, credentialId, secretId, part });
      if (token === undefined) return 'failed';
      await this.oauth.revoke(await this.secrets.client(of, context), token, `${part}_token`);
      return 'revoked';
    } catch (error) {
      if (error instanceof DownstreamRefused || error instanceof VaultIntegrityError || error instanceof Refusal) return 'failed';
      throw error;
    }
  }
}
