import { Injectable } from '@nestjs/common';
import { DEPLOYMENT, streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { type KnownTenant, tenant } from '../../domain/tenant/tenant.decider.js';
import { LiveState } from '../live-state.js';
import { type Soon, whenHere } from '../soon.js';

export const DEFAULT_TENANT = 'tnt_default';

export const tenantNameStream = (crypto: Crypto, kind: 'slug' | 'host', name: string): string =>
  streams.reservation(kind, crypto.mac('tenant-name', JSON.stringify([kind, name.toLowerCase()])));

/** Names come from strangers: what is remembered of them is bounded. */
const MOST_NAMES = 1_000;

/** Finds tenants by the names they have in URLs. */
@Injectable()
export class TenantDirectory {
  private readonly streamsByName = new Map<string, string>();

  constructor(private readonly live: LiveState, private readonly crypto: Crypto) {}

  byId(tenantId: string): Soon<KnownTenant | undefined> {
    return whenHere(this.live.entry(tenant, streams.tenant(tenantId), tenantId), ({ state }) => (state.status === 'unknown' ? undefined : state));
  }

  async byName(kind: 'slug' | 'host', name: string): Promise<KnownTenant | undefined> {
    const { state } = await this.live.entry(reservation, this.stream(kind, name), DEPLOYMENT);
    return state.holder === undefined ? undefined : this.byId(state.holder);
  }

  /** Remembered: the stream of a name never changes, and an HMAC for every request costs one part in thirty of a token. */
  private stream(kind: 'slug' | 'host', name: string): string {
    const key = `${kind} ${name}`;
    const known = this.streamsByName.get(key);
    if (known !== undefined) return known;
    const stream = tenantNameStream(this.crypto, kind, name);
    if (this.streamsByName.size >= MOST_NAMES) this.streamsByName.delete(this.streamsByName.keys().next().value!);
    this.streamsByName.set(key, stream);
    return stream;
  }
}
