import { Injectable } from '@nestjs/common';
import { Refusal } from '../../domain/kernel/refusal.js';
import { FindProviders } from './find-providers.js';

/** Whether somebody may sign in with a local account. */
@Injectable()
export class LocalSignIn {
  constructor(private readonly providers: FindProviders) {}

  /** Throws Refusal where people sign in with identity providers only, unless the account is kept for emergencies. */
  async check(tenant: string, userId: string): Promise<void> {
    const { ways, emergency } = await this.providers.of(tenant);
    if (ways === 'upstream' && !emergency.includes(userId)) throw new Refusal('sign_in.local_closed', 'Local accounts are not used here. Sign in with the identity provider.');
  }
}
