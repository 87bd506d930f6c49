import { randomUUID } from 'node:crypto';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { eventTypeNamed } from '../../src/domain/kernel/catalogue.js';
import { type Actor, type DomainEvent, type NewEvent, SYSTEM } from '../../src/domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../src/domain/kernel/ids.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { tokenEvents } from '../../src/domain/token/token.events.js';
import { userEvents } from '../../src/domain/user/user.events.js';
import type { Vault } from '../../src/platform/vault/open-vault.js';
import { type Told, authorized, forged, issued, refreshed, refused } from './activities.js';
import { Chance } from './chance.js';
import type { Tenancy } from './foundation.js';
import { type SeededAgent, digest, newAgent, newGrant, randomId } from './population.js';
import type { SeededClock } from './seeded-clock.js';

/** Appends under way at once. */
const AHEAD = 1_024;
const EVENTS_PER_AGENT = 300;
const MOST_FAMILIES = 20;

interface Home extends Tenancy {
  readonly agents: SeededAgent[];
  readonly users: string[];
}

export interface Stores {
  readonly ledger: Ledger;
  readonly vault: Vault;
}

/** Fills a ledger with the lives of agents, through the port, far faster than they could live them. */
export class Seeder {
  private readonly chance = new Chance();
  private readonly homes: readonly Home[];
  private under: Promise<unknown>[] = [];
  private stores!: Stores;
  /** Events that it has written. */
  count = 0;

  constructor(private readonly clock: SeededClock, tenancies: readonly Tenancy[]) {
    this.homes = tenancies.map((tenancy) => ({ ...tenancy, agents: [], users: [] }));
  }

  /** Agents of the default tenant that may act for themselves. */
  get agents(): readonly string[] {
    return this.homes[0]!.agents.map(({ agentId }) => agentId);
  }

  /** Lives go on until so many more events are written, about. */
  async write(stores: Stores, events: number): Promise<void> {
    this.stores = stores;
    await this.goOn(this.count + events);
    await this.settle();
  }

  /** So many agents move into the default tenant, and do nothing yet. */
  async settleAgents(stores: Stores, count: number): Promise<void> {
    this.stores = stores;
    for (let n = 0; n < count; n += 1) await this.settleAgent(this.homes[0]!);
    await this.settle();
  }

  /** An agent of the default tenant with so many events of its own, written within those of all others. */
  async writeAgent(stores: Stores, own: number, among: number): Promise<string> {
    this.stores = stores;
    const home = this.homes[0]!;
    const agent = await this.settleAgent(home);
    home.agents.splice(home.agents.indexOf(agent), 1);
    const step = Math.max(1, Math.floor(among / own));
    const since = this.count;
    for (let n = 0; n < own;) {
      const before = this.count;
      await this.act(agent, this.chance.next());
      n += this.count - before;
      await this.goOn(since + n * step);
    }
    await this.settle();
    return agent.agentId;
  }

  private async goOn(until: number): Promise<void> {
    while (this.count < until) {
      await this.live(this.chance.favourite(this.homes));
      if (this.under.length >= AHEAD) await this.settle();
    }
  }

  private async live(home: Home): Promise<void> {
    if (home.agents.length * EVENTS_PER_AGENT * this.homes.length <= this.count) await this.settleAgent(home);
    await this.act(this.chance.favourite(home.agents), this.chance.next());
  }

  private async act(agent: SeededAgent, dice: number): Promise<void> {
    const now = this.clock.seconds();
    const by: Actor = { kind: 'agent', id: agent.agentId };
    const own = agent.grants[0]!;
    const consented = agent.grants[1]!;
    const family = agent.families.length > 0 ? this.chance.of(agent.families) : undefined;
    if (dice < 0.03 || (dice < 0.15 && !family)) {
      const begun = authorized(agent, consented, now);
      if (agent.families.length >= MOST_FAMILIES) agent.families.shift();
      agent.families.push(begun.family);
      this.append(agent.tenant, by, ...begun.told);
    } else if (dice < 0.15) this.append(agent.tenant, by, ...refreshed(agent, family!, now));
    else if (dice < 0.16) this.append(agent.tenant, by, refused(agent, own));
    else if (dice < 0.165) this.append(agent.tenant, by, forged(agent));
    else if (dice < 0.167) this.revoke(agent, now, by);
    else if (dice < 0.1675) this.append(agent.tenant, SYSTEM, {
      stream: streams.agent(agent.agentId), events: [agentEvents.AgentSuspended({ agentId: agent.agentId, reason: 'seeded' }), agentEvents.AgentResumed({ agentId: agent.agentId })],
    });
    else this.append(agent.tenant, by, issued(agent, own, now, 'client_credentials'));
  }

  private revoke(agent: SeededAgent, now: number, by: Actor): void {
    const told = issued(agent, agent.grants[0]!, now, 'client_credentials');
    const { jti } = told.events[0]!.data as { jti: string };
    const revoked = tokenEvents.TokenRevoked({ jti, agentId: agent.agentId, reason: 'client_revoked' });
    this.append(agent.tenant, by, told, { stream: streams.token(jti), events: [revoked] });
  }

  /** One that moves in: registered, granted something for itself, and by a person. */
  private async settleAgent(home: Home): Promise<SeededAgent> {
    const { agent, registered } = newAgent(home);
    const resourceId = home.resources[0]!;
    const own = newGrant(this.stores.vault.crypto, agent, { kind: 'agent', id: agent.agentId }, resourceId);
    const consented = newGrant(this.stores.vault.crypto, agent, { kind: 'user', id: await this.person(home) }, this.chance.of(home.resources));
    this.append(home.tenant, SYSTEM, { stream: streams.agent(agent.agentId), events: [registered] });
    for (const { grant, given } of [own, consented]) {
      agent.grants.push(grant);
      this.append(home.tenant, SYSTEM, { stream: streams.grant(grant.grantId), events: [given] });
    }
    home.agents.push(agent);
    return agent;
  }

  private async person(home: Home): Promise<string> {
    if (home.users.length > home.agents.length / 3) return this.chance.of(home.users);
    const userId = randomId(ID_PREFIX.user);
    const eventId = randomUUID();
    const seal = (field: string, text: string) => this.stores.vault.privacy.seal(home.tenant, userId, `${eventId}.${field}`, text);
    const [email, name] = await Promise.all([seal('email', `${userId}@seed.example`), seal('name', `Person ${userId}`)]);
    const signedIn = userEvents.UserSignedIn({ userId, sessionDigest: digest(userId), methods: ['pwd'] });
    const registered = this.envelope(home.tenant, SYSTEM, userEvents.UserRegistered({ userId, email, name, roles: [] }), eventId);
    this.send(streams.user(userId), [registered, this.envelope(home.tenant, { kind: 'user', id: userId }, signedIn)]);
    home.users.push(userId);
    return userId;
  }

  private append(tenant: string, actor: Actor, ...told: readonly Told[]): void {
    for (const { stream, events } of told) this.send(stream, events.map((event) => this.envelope(tenant, actor, event)));
  }

  private envelope(tenant: string, actor: Actor, { type, data }: DomainEvent, id: string = randomUUID()): NewEvent {
    return { id, type, version: eventTypeNamed(type).version, data, tenant, actor, correlationId: `req_${id}`, causationId: `cmd_${id}` };
  }

  private send(stream: string, events: readonly NewEvent[]): void {
    this.clock.pass(events.length);
    this.count += events.length;
    this.under.push(this.stores.ledger.append(stream, 'any', events));
  }

  private async settle(): Promise<void> {
    await Promise.all(this.under.splice(0));
  }
}
