import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { Privacy } from '../../domain/ports/privacy.js';
import type { userEvents } from '../../domain/user/user.events.js';

export interface Person {
  readonly email: string;
  readonly name: string;
}

const ERASED = '(erased)';

/** Opens what is sealed about a person: for the person's own pages and for whoever may see it. */
@Injectable()
export class People {
  constructor(private readonly ledger: Ledger, private readonly privacy: Privacy) {}

  async describe(tenant: string, userId: string): Promise<Person> {
    const [registered] = await this.ledger.readStream(streams.user(userId));
    if (registered?.type !== 'UserRegistered' || registered.tenant !== tenant) return { email: ERASED, name: ERASED };
    const { email, name } = registered.data as ReturnType<typeof userEvents.UserRegistered>['data'];
    const open = async (field: string, sealed: string): Promise<string> =>
      (await this.privacy.open(tenant, userId, `${registered.id}.${field}`, sealed)) ?? ERASED;
    return { email: await open('email', email), name: await open('name', name) };
  }
}
