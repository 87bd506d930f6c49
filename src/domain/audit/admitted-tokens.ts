import { type ActivityEvent, activityEvents } from '../activity/activity.events.js';
import { type Usage, historyOf, usage } from '../activity/usage.js';
import { type Agent, agent } from '../agent/agent.decider.js';
import { type Authorization, authorization } from '../authorization/authorization.decider.js';
import { type Grant, grant } from '../grant/grant.decider.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { DataOf } from '../kernel/fields.js';
import { categoryOf, streams } from '../kernel/ids.js';
import { type KeySet, keySet } from '../key/key.decider.js';
import type { AccessRequest } from '../policy/access-request.js';
import { decideAccess } from '../policy/decide-access.js';
import { type PolicyBook, policy } from '../policy/policy.decider.js';
import type { Conditions } from '../ports/conditions.js';
import { type Resource, resource } from '../resource/resource.decider.js';
import { type Tenant, tenant } from '../tenant/tenant.decider.js';
import { type AccessTokenState, token } from '../token/token.decider.js';
import type { TokenEvent } from '../token/token.events.js';
import { type User, user } from '../user/user.decider.js';
import type { Invariant, ReportViolation, Violation } from './violation.js';

interface Fold<S> {
  readonly initial: S;
  evolve(state: S, event: never): S;
}
interface Folded {
  readonly tenant: string;
  readonly state: unknown;
  readonly type: string;
  readonly position: Position;
}
type Issued = DataOf<typeof activityEvents.TokenIssued.fields>;
interface Problem {
  readonly why: string;
  /** The stream that is to blame. */
  readonly because?: string | undefined;
}
/** As what a token is judged: the one that is issued, or one that it was made from. */
interface Judged {
  readonly purpose: 'issue' | 'inspect';
  readonly grantEpoch: number | undefined;
  readonly now: number;
}

const FOLDS: Readonly<Record<string, Fold<unknown>>> = { tenant, agent, user, resource, grant, policy, authorization, token, key: keySet } as never;

/**
 * The theorem of admission, told from the log alone: what each token relied on allowed it at the token's own place, and so
 * it is with each token that it was made from. One that was voided was not handed out and does not count.
 */
export class AdmittedTokens implements Invariant {
  private readonly folded = new Map<string, Folded>();
  private readonly tokens = new Map<string, Issued>();
  private readonly used = new Map<string, Usage>();
  private readonly forbidden = new Map<string, Violation>();
  /** Made from another, without the event that lets them die with it. */
  private readonly unlinked = new Map<string, Violation>();

  /** `wasHandedOut`: what is known of that from elsewhere; a hub that dies before it can void a token hands none out. */
  constructor(private readonly report: ReportViolation, private readonly conditions: Conditions, private readonly wasHandedOut: (jti: string) => boolean = () => true) {}

  see(event: RecordedEvent): void {
    const { stream, position } = event;
    const fold = FOLDS[categoryOf(stream)];
    if (fold) {
      const state = fold.evolve(this.folded.get(stream)?.state ?? fold.initial, event as never);
      this.folded.set(stream, { tenant: event.tenant, state, type: event.type, position });
    }
    const { type, data } = event as unknown as ActivityEvent | TokenEvent;
    if (type === 'TokenIssued') this.issued(data, event);
    // After it was judged: nothing is part of its own history.
    if (type === 'TokenIssued' || type === 'CredentialLent') this.used.set(stream, usage.evolve(this.used.get(stream), event));
    if (type === 'TokenVoided') this.voided(data, position);
    if (type === 'TokenDerived') this.unlinked.delete(data.jti);
  }

  end(): void {
    for (const violations of [this.forbidden, this.unlinked])
      for (const [jti, violation] of violations) if (this.wasHandedOut(jti)) this.report(violation);
  }

  private issued(issued: Issued, { position, tenant: tenantId }: RecordedEvent): void {
    const { jti, agentId, parentJti } = issued;
    if (this.tokens.has(jti)) this.report({ sentence: `Token ${jti} was issued a second time at ${position}.`, positions: [position] });
    this.tokens.set(jti, issued);
    if (parentJti !== undefined && this.at<AccessTokenState>(token, streams.token(jti), tenantId).parent?.jti !== parentJti)
      this.unlinked.set(jti, { sentence: `Token ${jti} was made from ${parentJti} at ${position}, and no TokenDerived lets it die with that one.`, positions: [position] });
    const problem = this.problem(issued, tenantId);
    if (!problem) return;
    const { why, because } = problem;
    const blamed = because === undefined ? undefined : this.folded.get(because);
    const place = blamed ? ` (${blamed.type} at ${blamed.position})` : '';
    this.forbidden.set(jti, {
      sentence: `Token ${jti} of ${agentId}, issued at ${position}, was not allowed there: ${why}${place}. It was not voided: it was handed out, or the hub died before it could be voided.`,
      positions: blamed ? [blamed.position, position] : [position],
    });
  }

  private voided({ jti, agentId }: { readonly jti: string; readonly agentId: string }, position: Position): void {
    this.forbidden.delete(jti);
    this.unlinked.delete(jti);
    if (this.tokens.get(jti)?.agentId !== agentId)
      this.report({ sentence: `At ${position} token ${jti} of ${agentId} was voided, which was never issued to it.`, positions: [position] });
  }

  /** The fold as it stands; another tenant's stream reads as one that does not exist. */
  private at<S>(fold: Fold<S>, stream: string, tenantId: string): S {
    const found = this.folded.get(stream);
    return found?.tenant === tenantId ? (found.state as S) : fold.initial;
  }

  private problem(issued: Issued, tenantId: string): Problem | undefined {
    const { agentId, resourceId, parentJti, grantId, grantEpoch, scopes, kid, expiresAt } = issued;
    const parent = this.tokens.get(parentJti ?? '');
    if (parentJti !== undefined && !parent) return { why: `it was made from ${parentJti}, which nobody issued` };
    const theResource = this.at<Resource>(resource, streams.resource(resourceId), tenantId);
    // Where it is not recorded, no later than it was: what it is made from may end it before its time is over.
    const now = issued.decision?.at ?? expiresAt - (theResource.status === 'unknown' ? 0 : theResource.tokenLifetime);
    const isBound = issued.authorizationId !== undefined || (parent?.agentId === agentId && parent.resourceId === resourceId);
    const found = this.judged(issued, tenantId, { purpose: 'issue', grantEpoch: isBound ? grantEpoch : undefined, now });
    if ('why' in found) return found;
    const excess = scopes.filter((scope) => !found.scopes.includes(scope));
    if (excess.length > 0) return { why: `scope ${excess.join(', ')}`, because: streams.grant(grantId) };
    if (parent && !this.isIntended(agentId, parent, tenantId)) return { why: 'delegation.not_intended', because: streams.resource(parent.resourceId) };
    if (parent && expiresAt > parent.expiresAt) return { why: `it outlives ${parent.jti}, which it was made from` };
    // What it is signed with was published, or no resource server could check it.
    const isPublished = this.at<KeySet>(keySet, streams.key(tenantId), tenantId).keys.some((key) => key.kid === kid && key.status !== 'published');
    return isPublished ? undefined : { why: `key ${kid} did not sign then`, because: streams.key(tenantId) };
  }

  /** Who exchanges a token is the agent that it was issued to, or answers where it is used. */
  private isIntended(agentId: string, parent: Issued, tenantId: string): boolean {
    const place = this.at<Resource>(resource, streams.resource(parent.resourceId), tenantId);
    return parent.agentId === agentId || (place.status === 'active' && place.operator === agentId);
  }

  /** The scopes of the token that are allowed at this place, or why it is not. */
  private judged(issued: Issued, tenantId: string, { purpose, grantEpoch, now }: Judged): Problem | { readonly scopes: readonly string[] } {
    const { jti, agentId, principal, resourceId, grantId, grantType, authorizationId, scopes } = issued;
    const places = {
      tenant: streams.tenant(tenantId), agent: streams.agent(agentId), user: streams.user(principal.id), resource: streams.resource(resourceId),
      grant: streams.grant(grantId), policy: streams.policy(tenantId), authorization: streams.authorization(authorizationId ?? ''), token: streams.token(jti),
    };
    const at = <S>(fold: Fold<S>, stream: string): S => this.at(fold, stream, tenantId);
    if (authorizationId !== undefined && at<Authorization>(authorization, places.authorization).status !== 'live') return { why: 'authorization.revoked', because: places.authorization };
    if (at<AccessTokenState>(token, places.token).revoked) return { why: 'token.revoked', because: places.token };
    const decision = decideAccess({
      grantType, scopes, grantEpoch, agreedAt: this.agreedAt(issued, tenantId), now, principal, purpose, conditions: this.conditions,
      tenant: at<Tenant>(tenant, places.tenant), agent: at<Agent>(agent, places.agent), target: at<Resource>(resource, places.resource),
      user: principal.kind === 'user' ? at<User>(user, places.user) : undefined,
      grant: at<Grant>(grant, places.grant), policy: at<PolicyBook>(policy, places.policy),
      attestedBy: issued.decision?.attestedBy, tool: issued.decision?.tool, met: issued.decision?.met as AccessRequest['met'],
      history: historyOf(this.used.get(streams.activity(agentId)), { principal, targetId: resourceId, now }),
    });
    if (!decision.allowed) return { why: decision.reason, because: because(places, decision.reason) };
    const parent = this.tokens.get(issued.parentJti ?? '');
    if (!parent) return decision;
    const above = this.judged(parent, tenantId, { purpose: 'inspect', grantEpoch: parent.grantEpoch, now });
    if ('why' in above || parent.resourceId !== resourceId) return 'why' in above ? above : decision;
    return { scopes: decision.scopes.filter((scope) => above.scopes.includes(scope)) };
  }

  /** When the person agreed to what it all began with. */
  private agreedAt({ authorizationId, parentJti }: Issued, tenantId: string): number | undefined {
    const parent = this.tokens.get(parentJti ?? '');
    if (parent) return this.agreedAt(parent, tenantId);
    const family = this.at<Authorization>(authorization, streams.authorization(authorizationId ?? ''), tenantId);
    return family.status === 'unknown' ? undefined : family.authTime;
  }
}

/** The stream that a reason speaks of has the name of its noun. */
const because = (places: Readonly<Record<string, string>>, reason: string): string | undefined => places[reason.slice(0, reason.indexOf('.'))];
