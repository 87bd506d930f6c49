import { Injectable } from '@nestjs/common';
import { streams } from '../../../domain/kernel/ids.js';
import { Ledger } from '../../../domain/ports/ledger.js';
import { Privacy } from '../../../domain/ports/privacy.js';
import type { Revealed } from './user-view.js';

/** Opens what is sealed about a person, from the event that it stands in: the seal is bound to that event. */
@Injectable()
export class PersonalData {
  constructor(private readonly ledger: Ledger, private readonly privacy: Privacy) {}

  /** Null for what was erased. */
  async of(tenant: string, userId: string): Promise<Revealed> {
    const [registered] = await this.ledger.readStream(streams.user(userId));
    if (registered?.type !== 'UserRegistered' || registered.tenant !== tenant) return {};
    const sealed = registered.data as Readonly<Record<'email' | 'name', string>>;
    const open = async (name: 'email' | 'name'): Promise<string | null> =>
      (await this.privacy.open(tenant, userId, `${registered.id}.${name}`, sealed[name])) ?? null;
    return { email: await open('email'), name: await open('name') };
  }
}
