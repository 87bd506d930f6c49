import { type ActivityEvent, activityEvents } from '../activity/activity.events.js';
import { type Agent, agent } from '../agent/agent.decider.js';
import { type Authorization, authorization } from '../authorization/authorization.decider.js';
import { type Grant, grant } from '../grant/grant.decider.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { DataOf } from '../kernel/fields.js';
import { categoryOf, streams } from '../kernel/ids.js';
import { type KeySet, keySet } from '../key/key.decider.js';
import { decideAccess } from '../policy/decide-access.js';
import { type PolicyBook, policy } from '../policy/policy.decider.js';
import type { Conditions } from '../ports/conditions.js';
import { type Resource, resource } from '../resource/resource.decider.js';
import { type Tenant, tenant } from '../tenant/tenant.decider.js';
import { type AccessTokenState, token } from '../token/token.decider.js';
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

const FOLDS: Readonly<Record<string, Fold<unknown>>> = { tenant, agent, user, resource, grant, policy, authorization, token, key: keySet } as never;

/**
 * The theorem of admission, told from the log alone: what each token relied on allowed it at the token's own place. One
 * that was voided was not handed out and does not count.
 */
export class AdmittedTokens implements Invariant {
  private readonly folded = new Map<string, Folded>();
  private readonly agentOf = new Map<string, string>();
  private readonly forbidden = new Map<string, Violation>();

  /** `wasHandedOut`: what is known of that from elsewhere; a hub that dies before it can void a token hands none out. */
  constructor(private readonly report: ReportViolation, private readonly conditions: Conditions, private readonly wasHandedOut: (jti: string) => boolean = () => true) {}

  see(event: RecordedEvent): void {
    const { stream, position } = event;
    const fold = FOLDS[categoryOf(stream)];
    if (fold) {
      const state = fold.evolve(this.folded.get(stream)?.state ?? fold.initial, event as never);
      this.folded.set(stream, { tenant: event.tenant, state, type: event.type, position });
    }
    const { type, data } = event as unknown as ActivityEvent;
    if (type === 'TokenIssued') this.issued(data, event);
    if (type === 'TokenVoided') this.voided(data, position);
  }

  end(): void {
    for (const [jti, violation] of this.forbidden) if (this.wasHandedOut(jti)) this.report(violation);
  }

  private issued(token: Issued, event: RecordedEvent): void {
    const { jti, agentId } = token;
    const { position } = event;
    if (this.agentOf.has(jti)) this.report({ sentence: `Token ${jti} was issued a second time at ${position}.`, positions: [position] });
    this.agentOf.set(jti, agentId);
    const problem = this.problem(token, event.tenant);
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
    if (this.agentOf.get(jti) !== agentId)
      this.report({ sentence: `At ${position} token ${jti} of ${agentId} was voided, which was never issued to it.`, positions: [position] });
  }

  private problem(issued: Issued, tenantId: string): { why: string; because?: string } | undefined {
    const at = <S>(fold: Fold<S>, stream: string): S => {
      const found = this.folded.get(stream);
      return found?.tenant === tenantId ? (found.state as S) : fold.initial;
    };
    const { agentId, principal, resourceId, grantId, grantType, authorizationId, parentJti, scopes, kid } = issued;
    const places = {
      tenant: streams.tenant(tenantId), agent: streams.agent(agentId), user: streams.user(principal.id), resource: streams.resource(resourceId),
      grant: streams.grant(grantId), policy: streams.policy(tenantId), authorization: streams.authorization(authorizationId ?? ''), key: streams.key(tenantId),
    };
    const family = at<Authorization>(authorization, places.authorization);
    if (authorizationId !== undefined && family.status !== 'live') return { why: 'authorization.revoked', because: places.authorization };
    if (parentJti !== undefined && at<AccessTokenState>(token, streams.token(parentJti)).revoked) return { why: 'token.revoked', because: streams.token(parentJti) };
    const code = family.status === 'unknown' ? undefined : family;
    const theResource = at<Resource>(resource, places.resource);
    const lifetime = theResource.status === 'unknown' ? 0 : theResource.tokenLifetime;
    const decision = decideAccess({
      grantType, scopes, grantEpoch: code?.grantEpoch, agreedAt: code?.authTime, now: issued.expiresAt - lifetime, principal,
      tenant: at<Tenant>(tenant, places.tenant), agent: at<Agent>(agent, places.agent), target: theResource,
      user: principal.kind === 'user' ? at<User>(user, places.user) : undefined,
      grant: at<Grant>(grant, places.grant), policy: at<PolicyBook>(policy, places.policy),
      purpose: 'issue', conditions: this.conditions,
    });
    if (!decision.allowed) return { why: decision.reason, ...because(places, decision.reason) };
    const excess = scopes.filter((scope) => !decision.scopes.includes(scope));
    if (excess.length > 0) return { why: `scope ${excess.join(', ')}`, because: places.grant };
    // What it is signed with was published, or no resource server could check it.
    const isPublished = at<KeySet>(keySet, places.key).keys.some((key) => key.kid === kid && key.status !== 'published');
    return isPublished ? undefined : { why: `key ${kid} did not sign then`, because: places.key };
  }
}

/** The stream that a reason speaks of has the name of its noun. */
const because = (places: Readonly<Record<string, string>>, reason: string): { because?: string } => {
  const stream = places[reason.slice(0, reason.indexOf('.'))];
  return stream === undefined ? {} : { because: stream };
};
