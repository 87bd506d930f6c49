import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { checkNoReference } from '../../domain/connection/setting-checks.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import type { Position } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { CommandContext } from '../command-context.js';
import { FindConnection } from '../connections/find-connection.js';
import { KeepCredential } from './keep-credential.js';

export type GivenKey = { readonly key: string } | { readonly username: string; readonly password: string };

export class StoreKey extends Command<{ readonly credentialId: string; readonly position: Position }> {
  constructor(readonly connectionId: string, readonly holder: Holder, readonly given: GivenKey, readonly context: CommandContext) {
    super();
  }
}

/** What no header can carry, or what would begin one of its own (VA-07). */
const KEY = /^[\x21-\x7e]{8,4096}$/;
const PASSWORD = /^[^\x00-\x1f\x7f]{1,1024}$/u;

/** A key or password of the service that somebody typed in. It is not shown again to anybody. */
@CommandHandler(StoreKey)
export class StoreKeyHandler implements ICommandHandler<StoreKey> {
  constructor(private readonly find: FindConnection, private readonly keep: KeepCredential) {}

  async execute({ connectionId, holder, given, context }: StoreKey): Promise<{ credentialId: string; position: Position }> {
    const of = await this.find.active(context.tenant, connectionId);
    if (!of.apiKey) throw new Refusal('credential.invalid', 'This connection takes no key: it is connected by way of the service.');
    if (holder.kind !== of.heldBy) throw new Refusal('credential.invalid', of.heldBy === 'user' ? 'Each user has a key of their own here.' : 'The key is the tenant\'s here.');
    const isBasic = of.apiKey.placement === 'basic';
    if (isBasic !== ('username' in given)) throw new Refusal('credential.invalid', isBasic ? 'Give a user name and a password.' : 'Give a key.');
    const access = 'key' in given ? this.key(given.key) : this.basic(given);
    const material = async () => ({ kind: isBasic ? 'basic' : 'api_key', access, scopes: of.scopes.map(({ name }) => name) } as const);
    const position = await this.keep.store(of, holder, { via: 'upload', material }, context);
    return { credentialId: this.keep.idOf(context.tenant, connectionId, holder), position };
  }

  private key(key: string): string {
    if (!KEY.test(key)) throw new Refusal('credential.invalid', 'A key has 8 to 4096 printable characters and no spaces.');
    checkNoReference(key);
    return key;
  }

  /** RFC 7617 section 2: the first colon ends the user name. */
  private basic({ username, password }: { username: string; password: string }): string {
    if (!PASSWORD.test(username) || username.includes(':') || !PASSWORD.test(password)) throw new Refusal('credential.invalid', 'The user name or the password has characters that can\'t be sent.');
    checkNoReference(username);
    checkNoReference(password);
    return `${username}:${password}`;
  }
}
