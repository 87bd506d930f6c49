import { Injectable } from '@nestjs/common';
import { Privacy } from '../../domain/ports/privacy.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { FactorSecrets } from '../factors/factor-secrets.js';
import { Sessions } from '../sign-in/sessions.js';
import { PasswordSetter } from './set-password.js';

const KIND = 'erasure';

/** What an erasure destroys. From before it is recorded until all is gone the vault has a note of it, for a process may die in between. */
@Injectable()
export class Erasures {
  constructor(
    private readonly secrets: SecretStore,
    private readonly privacy: Privacy,
    private readonly passwords: PasswordSetter,
    private readonly factors: FactorSecrets,
    private readonly sessions: Sessions,
  ) {}

  /** Of somebody who is known here. */
  begin(tenant: string, userId: string): Promise<void> {
    return this.secrets.put(tenant, KIND, { name: userId, value: new Uint8Array() });
  }

  /** Of whom there is a note; whether they are erased is what the ledger says. */
  begun(tenant: string): Promise<readonly string[]> {
    return this.secrets.names(tenant, KIND);
  }

  /** The key of everything that is sealed about the person, and what they signed in with. */
  async finish(tenant: string, userId: string): Promise<void> {
    await this.privacy.erase(tenant, userId);
    await this.passwords.remove(tenant, userId);
    await this.factors.removeAll(tenant, userId);
    await this.sessions.endAll(tenant, userId);
    await this.secrets.delete(tenant, KIND, userId);
  }
}
