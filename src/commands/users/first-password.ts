import { Injectable } from '@nestjs/common';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { LiveState } from '../live-state.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';
import { userIdOf } from './handles.js';
import { PasswordSetter } from './set-password.js';

const KIND = 'first-password';
const NAME = 'administrator';

/** A password that the hub chose itself: kept in the vault from before it counts until somebody has been told, for a start may die in between. */
@Injectable()
export class FirstPassword {
  constructor(
    private readonly live: LiveState,
    private readonly crypto: Crypto,
    private readonly secrets: SecretStore,
    private readonly passwords: PasswordSetter,
  ) {}

  /** The one to register with, or to tell because nobody was told yet; undefined when the account is there and somebody was. */
  async of(email: string): Promise<string | undefined> {
    const kept = await this.secrets.get(DEFAULT_TENANT, KIND, NAME);
    if (kept) return new TextDecoder().decode(kept);
    const userId = await userIdOf(this.live, this.crypto, DEFAULT_TENANT, email);
    if (userId !== undefined && (await this.passwords.isSet(DEFAULT_TENANT, userId))) return undefined;
    const made = this.crypto.randomSecret('').slice(0, 20);
    await this.secrets.put(DEFAULT_TENANT, KIND, { name: NAME, value: new TextEncoder().encode(made) });
    return made;
  }
}

/** Somebody has been told. */
export const firstPasswordTold = (secrets: Pick<SecretStore, 'delete'>): Promise<void> => secrets.delete(DEFAULT_TENANT, KIND, NAME);
