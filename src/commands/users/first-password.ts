import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { user } from '../../domain/user/user.decider.js';
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
    const userId = await userIdOf(this.live, this.crypto, DEFAULT_TENANT, email);
    // No password opens an account that is disabled or erased, so none is told.
    if (userId !== undefined && (await this.live.entry(user, streams.user(userId), DEFAULT_TENANT)).state.status === 'disabled') return undefined;
    const kept = await this.secrets.get(DEFAULT_TENANT, KIND, NAME);
    if (kept) return new TextDecoder().decode(kept);
    if (userId !== undefined && (await this.passwords.isSet(DEFAULT_TENANT, userId))) return undefined;
    const made = this.crypto.randomSecret('').slice(0, 20);
    await this.secrets.put(DEFAULT_TENANT, KIND, { name: NAME, value: new TextEncoder().encode(made) });
    return made;
  }
}

/** Somebody has been told. */
export const firstPasswordTold = (secrets: Pick<SecretStore, 'delete'>): Promise<void> => secrets.delete(DEFAULT_TENANT, KIND, NAME);
