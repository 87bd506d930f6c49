import { Injectable } from '@nestjs/common';
import { type Usage, historyOf, usage } from '../domain/activity/usage.js';
import { type Agent, agent } from '../domain/agent/agent.decider.js';
import { type Authorization, authorization } from '../domain/authorization/authorization.decider.js';
import { type Connection, connection } from '../domain/connection/connection.decider.js';
import { type Grant, grant } from '../domain/grant/grant.decider.js';
import type { Principal } from '../domain/grant/principal.js';
import { hasLostTrust, isResting } from '../domain/grant/resting.js';
import type { Position } from '../domain/kernel/event.js';
import { streams } from '../domain/kernel/ids.js';
import type { AccessRequest } from '../domain/policy/access-request.js';
import { type PolicyBook, policy } from '../domain/policy/policy.decider.js';
import { Clock } from '../domain/ports/clock.js';
import { Conditions } from '../domain/ports/conditions.js';
import { Crypto } from '../domain/ports/crypto.js';
import { LedgerUnavailable } from '../domain/ports/ledger.js';
import { type Resource, resource } from '../domain/resource/resource.decider.js';
import { type Tenant, tenant } from '../domain/tenant/tenant.decider.js';
import { type TrustBook, trust } from '../domain/trust/trust.decider.js';
import { type User, user } from '../domain/user/user.decider.js';
import { DeploymentState } from './deployment/deployment-state.js';
import { grantIdOf, isConnectionId } from './derived-ids.js';
import type { LiveEntry } from './live-entry.js';
import { LiveState } from './live-state.js';
import { recordableScopes } from './recordable-scopes.js';
import type { Soon } from './soon.js';

export interface AccessQuestion {
  readonly tenant: string;
  readonly agentId: string;
  readonly principal: Principal;
  /** Of a resource, or of a connection. */
  readonly resourceId: string;
}

/** The entries that one decision relies on, by name. */
export interface AccessFacts {
  readonly question: AccessQuestion;
  readonly grantId: string;
  readonly tenant: LiveEntry<Tenant>;
  readonly agent: LiveEntry<Agent>;
  readonly user: LiveEntry<User> | undefined;
  readonly resource: LiveEntry<Resource>;
  /** When the question is about a connection; `resource` is one that nobody registered then. */
  readonly connection: LiveEntry<Connection> | undefined;
  readonly grant: LiveEntry<Grant>;
  readonly policy: LiveEntry<PolicyBook>;
  /** What the agent was issued before, when some rule looks at it. */
  readonly usage: LiveEntry<Usage | undefined> | undefined;
  /** What the tenant believes of other issuers, when the grant rests on the word of one. */
  readonly trust: LiveEntry<TrustBook> | undefined;
  /** All of these, in one fixed order. */
  readonly relied: readonly LiveEntry[];
  /** Their names, as JSON. */
  readonly streams: readonly string[];
}

type Asked = Pick<AccessRequest, 'grantType' | 'scopes' | 'grantEpoch' | 'agreedAt'> & Partial<Pick<AccessRequest, 'purpose' | 'met' | 'deferred' | 'attestedBy'>> & { readonly asking?: true };

const MOST_REMEMBERED = 20_000;
const sameQuestion = (a: AccessQuestion, b: AccessQuestion): boolean =>
  a.tenant === b.tenant && a.agentId === b.agentId && a.resourceId === b.resourceId && a.principal.kind === b.principal.kind && a.principal.id === b.principal.id;

const targetOf = ({ connection, resource }: AccessFacts): AccessRequest['target'] => (connection ? { ...connection.state, kind: 'connection' } : resource.state);

/** Gathers what the decision function looks at. */
@Injectable()
export class AccessFactsReader {
  private readonly remembered = new Map<string, AccessFacts>();

  constructor(
    private readonly live: LiveState,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly conditions: Conditions,
    private readonly deployment: DeploymentState,
  ) {}

  /**
   * Throws LedgerUnavailable while this node does not see the log (what it knows may be withdrawn long since), and while
   * the deployment is in quarantine (what it forgot may be a withdrawal).
   */
  gather(question: AccessQuestion): Soon<AccessFacts> {
    const problem = this.live.problem() ?? this.deployment.problem(question.agentId);
    if (problem !== undefined) throw new LedgerUnavailable(problem);
    const place = `${question.tenant} ${question.agentId} ${question.principal.id} ${question.resourceId}`;
    const remembered = this.remembered.get(place);
    // Entries are kept up to date while they are current, so the same ones answer the same question.
    if (remembered && sameQuestion(remembered.question, question) && this.usable(remembered)) return remembered;
    return this.look(question).then((facts) => this.remember(place, facts));
  }

  private async look(question: AccessQuestion): Promise<AccessFacts> {
    const { tenant: tenantId, agentId, principal, resourceId } = question;
    const grantId = grantIdOf(this.crypto, tenantId, agentId, principal, resourceId);
    const at = this.live;
    const [aTenant, anAgent, aResource, aConnection, aGrant, aPolicy, aUser] = await Promise.all([
      at.entry(tenant, streams.tenant(tenantId), tenantId),
      at.entry(agent, streams.agent(agentId), tenantId),
      at.entry(resource, streams.resource(resourceId), tenantId),
      isConnectionId(resourceId) ? at.entry(connection, streams.connection(resourceId), tenantId) : undefined,
      at.entry(grant, streams.grant(grantId), tenantId),
      at.entry(policy, streams.policy(tenantId), tenantId),
      principal.kind === 'user' ? at.entry(user, streams.user(principal.id), tenantId) : undefined,
    ]);
    const aUsage = aPolicy.state.looksBack ? await at.entry(usage, streams.activity(agentId), tenantId) : undefined;
    const aTrust = isResting(aGrant.state) ? await this.trust(tenantId) : undefined;
    const relied = [aTenant, anAgent, aConnection ?? aResource, aGrant, aPolicy, ...(aUser ? [aUser] : []), ...(aUsage ? [aUsage] : []), ...(aTrust ? [aTrust] : [])] as readonly LiveEntry[];
    return { question, grantId, tenant: aTenant, agent: anAgent, resource: aResource, connection: aConnection, grant: aGrant, policy: aPolicy, user: aUser, usage: aUsage, trust: aTrust, relied, streams: relied.map(({ stream }) => JSON.stringify(stream)) };
  }

  /** True when there is something that this node had not heard of: what was gathered may have changed. */
  catchUp(): Promise<boolean> {
    return this.live.catchUp();
  }

  /** The family that a token is issued into. */
  family(tenant: string, authorizationId: string): Soon<LiveEntry<Authorization>> {
    return this.live.entry(authorization, streams.authorization(authorizationId), tenant);
  }

  /** What the tenant believes of other issuers. */
  trust(tenant: string): Soon<LiveEntry<TrustBook>> {
    return this.live.entry(trust, streams.trust(tenant), tenant);
  }

  /** False when the live state has let go of one of them, or more is looked at by now: gather again then. */
  usable({ question: { tenant }, relied, policy, usage: seen, grant: { state }, trust: book }: AccessFacts): boolean {
    if ((policy.state.looksBack && !seen) || (isResting(state) && !book)) return false;
    for (const entry of relied) {
      if (!entry.current || (entry.tenant ?? tenant) !== tenant) return false;
      entry.used = true;
    }
    return true;
  }

  /**
   * The decision's inputs as the entries stand at this moment. `before`: the event at this position is the issuance that
   * is being decided again, and is no part of its own history.
   */
  request(facts: AccessFacts, asked: Asked, before?: Position): AccessRequest {
    const { principal, resourceId: targetId } = facts.question;
    const now = this.clock.seconds();
    return {
      grantType: asked.grantType, scopes: this.recordable(facts, asked.scopes), grantEpoch: asked.grantEpoch, agreedAt: asked.agreedAt, met: asked.met, attestedBy: asked.attestedBy,
      tenant: facts.tenant.state, agent: facts.agent.state, user: facts.user?.state, target: targetOf(facts), principal,
      policy: facts.policy.state, grant: asked.asking ? 'asking' : facts.grant.state, trust: facts.trust?.state, now,
      ...(asked.deferred ? { deferred: asked.deferred } : {}),
      purpose: asked.purpose ?? 'issue', history: facts.usage && historyOf(facts.usage.state, { principal, targetId, now, before }), conditions: this.conditions,
    };
  }

  /** What was granted and still counts. */
  granted({ grant: { state }, trust: book }: AccessFacts): readonly string[] {
    if (state.status === 'none') return [];
    return isResting(state) ? state.scopes.filter((scope) => !hasLostTrust(state.restsOn, scope, book?.state, this.clock.seconds())) : state.scopes;
  }

  /** As they may stand in an event: what no scope is called, as a fingerprint. */
  recordable(facts: AccessFacts, scopes: readonly string[]): readonly string[] {
    return recordableScopes(facts, scopes, this.crypto);
  }

  private remember(place: string, facts: AccessFacts): AccessFacts {
    // All at once: taking the oldest from the front of a Map leaves holes that each next look for it walks over.
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(place, facts);
    return facts;
  }
}
