import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { Privacy } from '../../domain/ports/privacy.js';
import type { userEvents } from '../../domain/user/user.events.js';
import { LiveState } from '../live-state.js';
import { isErased } from './erased-meanwhile.js';

export interface Person {
  readonly email: string;
  readonly name: string;
}

const ERASED = '(erased)';

/** Opens what is sealed about a person: for the person's own pages and for whoever may see it. */
@Injectable()
export class People {
  constructor(private readonly live: LiveState, private readonly ledger: Ledger, private readonly privacy: Privacy) {}

  /** Undefined when there is no such person, or not any more. */
  async find(tenant: string, userId: string): Promise<Person | undefined> {
    if (await isErased(this.live, tenant, userId)) return undefined;
    const [registered] = await this.ledger.readStream(streams.user(userId), 0, 1);
    if (registered?.type !== 'UserRegistered' || registered.tenant !== tenant) return undefined;
    const { email, name } = registered.data as ReturnType<typeof userEvents.UserRegistered>['data'];
    const open = (field: string, sealed: string): Promise<string | undefined> => this.privacy.open(tenant, userId, `${registered.id}.${field}`, sealed);
    const [openEmail, openName] = [await open('email', email), await open('name', name)];
    return openEmail === undefined || openName === undefined ? undefined : { email: openEmail, name: openName };
  }

  /** For pages: says so where nothing is left to show. */
  async describe(tenant: string, userId: string): Promise<Person> {
    return (await this.find(tenant, userId)) ?? { email: ERASED, name: ERASED };
  }
}
