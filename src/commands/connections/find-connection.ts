import { Injectable } from '@nestjs/common';
import { type Connection, type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { connectionIdOf } from '../derived-ids.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';

/** Connections by name or id, as they stand now. One of another tenant is one that nobody defined. */
@Injectable()
export class FindConnection {
  constructor(private readonly live: LiveState, private readonly crypto: Crypto) {}

  async entry(tenant: string, connectionId: string): Promise<LiveEntry<Connection>> {
    return this.live.entry(connection, streams.connection(connectionId), tenant);
  }

  async byId(tenant: string, connectionId: string): Promise<KnownConnection | undefined> {
    const { state } = await this.entry(tenant, connectionId);
    return state.status === 'unknown' ? undefined : state;
  }

  byName(tenant: string, name: string): Promise<KnownConnection | undefined> {
    return this.byId(tenant, connectionIdOf(this.crypto, tenant, name));
  }

  /** It, for whoever says no unless it suffices. */
  async sure(tenant: string, connectionId: string, suffices: (found: KnownConnection) => boolean = () => true): Promise<KnownConnection | undefined> {
    return secondLook(this.live, () => this.byId(tenant, connectionId), (found) => found !== undefined && suffices(found));
  }

  /** Throws Refusal unless it may be used now. */
  async active(tenant: string, connectionId: string): Promise<KnownConnection> {
    const found = await this.sure(tenant, connectionId, ({ status }) => status === 'active');
    if (!found || found.status === 'removed') throw new Refusal('connection.unknown', 'There is no such connection.');
    if (found.status === 'suspended') throw new Refusal('connection.suspended', 'The connection is suspended.');
    return found;
  }
}
