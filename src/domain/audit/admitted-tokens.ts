import type { ActivityEvent } from '../activity/activity.events.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import { streams } from '../kernel/ids.js';
import type { AccessRequest } from '../policy/access-request.js';
import { decideAccess } from '../policy/decide-access.js';
import type { Conditions } from '../ports/conditions.js';
import { MOST_ACTORS } from '../token/delegation.js';
import type { TokenEvent } from '../token/token.events.js';
import { rulesProblem } from '../trust/judge-token.js';
import { type FoldedStreams, type Problem, because } from './folded-streams.js';
import { type Issued, IssuedTokens, type Kept } from './issued-tokens.js';
import { isSame, strangersGrant } from './own-grant.js';
import type { Invariant, ReportViolation, Violation } from './violation.js';

/** As what a token is judged: the one that is issued, or one that it was made from. */
interface Judged {
  readonly purpose: 'issue' | 'inspect';
  readonly grantEpoch: number | undefined;
  readonly now: number;
}

/**
 * The theorem of admission, told from the log alone: what each token relied on allowed it at the token's own place, and so
 * it is with each token that it was made from. One that was voided was not handed out and does not count.
 */
export class AdmittedTokens implements Invariant {
  private readonly tokens: IssuedTokens;
  private readonly forbidden = new Map<string, Violation>();
  /** Made from another, without the event that lets them die with it. */
  private readonly unlinked = new Map<string, Violation>();
  private readonly wasHandedOut: (jti: string) => boolean;

  /** `wasHandedOut`: what is known of that from elsewhere; a hub that dies before it can void a token hands none out. */
  constructor(
    private readonly report: ReportViolation, private readonly folded: FoldedStreams, private readonly conditions: Conditions,
    { wasHandedOut = () => true, keepsAll = false }: { readonly wasHandedOut?: ((jti: string) => boolean) | undefined; readonly keepsAll?: boolean } = {},
  ) {
    this.wasHandedOut = wasHandedOut;
    this.tokens = new IssuedTokens((jti) => this.over(jti), keepsAll);
  }

  /** False when a token was asked about of which nothing is kept any more. */
  get isExact(): boolean {
    return !this.tokens.isMissed;
  }

  see(event: RecordedEvent): void {
    const { type, data } = event as unknown as ActivityEvent | TokenEvent;
    this.tokens.pass(event.recordedAt);
    if (type === 'TokenIssued') this.issued(data, event);
    if (type === 'TokenVoided') this.voided(data, event.position);
    // Of one that is over it was told already.
    if (type === 'TokenDerived' && !this.tokens.isOver(data.jti)) this.unlinked.delete(data.jti);
  }

  end(): void {
    for (const violations of [this.forbidden, this.unlinked]) for (const jti of violations.keys()) this.tell(violations, jti);
  }

  /** Nothing that follows changes what is to be said of it. */
  private over(jti: string): void {
    for (const violations of [this.forbidden, this.unlinked]) this.tell(violations, jti);
    this.folded.forget('token', jti);
  }

  private tell(violations: Map<string, Violation>, jti: string): void {
    const violation = violations.get(jti);
    if (!violation) return;
    violations.delete(jti);
    if (this.wasHandedOut(jti)) this.report(violation);
  }

  private issued(issued: Issued, { position, tenant: tenantId }: RecordedEvent): void {
    const { jti, agentId, parentJti } = issued;
    if (!this.tokens.add(issued)) this.report({ sentence: `Token ${jti} was issued a second time at ${position}.`, positions: [position] });
    if (parentJti !== undefined && this.folded.at('token', jti, tenantId).parent?.jti !== parentJti)
      this.unlinked.set(jti, { sentence: `Token ${jti} was made from ${parentJti} at ${position}, and no TokenDerived lets it die with that one.`, positions: [position] });
    const problem = this.problem(issued, tenantId);
    if (!problem) return;
    const { words, positions } = this.folded.told(problem, position);
    this.forbidden.set(jti, {
      sentence: `Token ${jti} of ${agentId}, issued at ${position}, was not allowed there: ${words}. It was not voided: it was handed out, or the hub died before it could be voided.`,
      positions,
    });
  }

  private voided({ jti, agentId }: { readonly jti: string; readonly agentId: string }, position: Position): void {
    this.forbidden.delete(jti);
    this.unlinked.delete(jti);
    if (!this.tokens.isOver(jti) && this.tokens.get(jti)?.agentId !== agentId)
      this.report({ sentence: `At ${position} token ${jti} of ${agentId} was voided, which was never issued to it.`, positions: [position] });
  }

  /** Why a token does not count at this place, or with which scopes and for whom it does. */
  standing(jti: string, tenantId: string, now: number): Problem | { readonly scopes: readonly string[]; readonly agentId: string; readonly resourceId: string } {
    const issued = this.tokens.get(jti);
    if (!issued) return { why: this.tokens.isOver(jti) ? `${jti} was over` : `nobody issued ${jti}` };
    if (this.isTooDeep(issued)) return { why: 'delegation.too_deep' };
    const found = this.judged(issued, tenantId, { purpose: 'inspect', grantEpoch: issued.grantEpoch, now });
    return 'why' in found ? found : { scopes: found.scopes, agentId: issued.agentId, resourceId: issued.resourceId };
  }

  /** Who exchanges a token is the agent that it was issued to, or answers where it is used. */
  isIntended(agentId: string, parent: { readonly agentId: string; readonly resourceId: string }, tenantId: string): boolean {
    const place = this.folded.at('resource', parent.resourceId, tenantId);
    return parent.agentId === agentId || (place.status === 'active' && place.operator === agentId);
  }

  private parentOf({ parentJti }: Kept): Kept | undefined {
    if (parentJti === undefined) return undefined;
    const parent = this.tokens.get(parentJti);
    // What outlives the token that it was made from is wrong, and may have been voided; what is made from it in turn still rests on both.
    if (!parent) this.tokens.isOver(parentJti);
    return parent;
  }

  /** Made from more than a hub lets be made from each other, or from itself. */
  private isTooDeep(issued: Kept): boolean {
    let left = MOST_ACTORS;
    for (let above = this.parentOf(issued); above; above = this.parentOf(above)) {
      if (left === 0) return true;
      left -= 1;
    }
    return false;
  }

  private problem(issued: Issued, tenantId: string): Problem | undefined {
    const { agentId, resourceId, parentJti, grantId, grantEpoch, scopes, kid, expiresAt } = issued;
    const parent = this.parentOf(issued);
    if (parentJti !== undefined && !parent) return { why: `it was made from ${parentJti}, which ${this.tokens.isOver(parentJti) ? 'was over' : 'nobody issued'}` };
    if (this.isTooDeep(issued)) return { why: 'delegation.too_deep' };
    const theResource = this.folded.at('resource', resourceId, tenantId);
    // Where it is not recorded, no later than it was: what it is made from may end it before its time is over.
    const now = issued.decision?.at ?? expiresAt - (theResource.status === 'unknown' ? 0 : theResource.tokenLifetime);
    const isBound = issued.authorizationId !== undefined || (parent?.agentId === agentId && parent.resourceId === resourceId);
    const found = this.judged(issued, tenantId, { purpose: 'issue', grantEpoch: isBound ? grantEpoch : undefined, now });
    if ('why' in found) return found;
    const excess = scopes.filter((scope) => !found.scopes.includes(scope));
    if (excess.length > 0) return { why: `scope ${excess.join(', ')}`, because: streams.grant(grantId) };
    if (parent && !isSame(issued.principal, parent.principal)) return { why: `${parent.jti}, which it was made from, is somebody else's` };
    if (parent && !this.isIntended(agentId, parent, tenantId)) return { why: 'delegation.not_intended', because: streams.resource(parent.resourceId) };
    if (parent && expiresAt > parent.expiresAt) return { why: `it outlives ${parent.jti}, which it was made from` };
    // What it is signed with was published, or no resource server could check it.
    const isPublished = this.folded.at('key', tenantId, tenantId).keys.some((key) => key.kid === kid && key.status !== 'published');
    return isPublished ? undefined : { why: `key ${kid} did not sign then`, because: streams.key(tenantId) };
  }

  /** The scopes of the token that are allowed at this place, or why it is not. */
  private judged(issued: Kept, tenantId: string, { purpose, grantEpoch, now }: Judged): Problem | { readonly scopes: readonly string[] } {
    const { jti, agentId, principal, resourceId, grantId, grantType, authorizationId, scopes } = issued;
    const { folded } = this;
    if (authorizationId !== undefined && folded.at('authorization', authorizationId, tenantId).status !== 'live') return { why: 'authorization.revoked', because: streams.authorization(authorizationId) };
    const strange = strangersGrant(folded, issued, tenantId);
    if (strange) return strange;
    if (folded.at('token', jti, tenantId).revoked) return { why: 'token.revoked', because: streams.token(jti) };
    const book = folded.at('trust', tenantId, tenantId);
    const policy = folded.at('policy', tenantId, tenantId);
    const untrusted = rulesProblem(book, [issued.vouchedBy, issued.clientVouchedBy].flatMap((by) => (by ? [by.ruleId] : [])), now);
    if (untrusted) return { why: untrusted, because: streams.trust(tenantId) };
    const decision = decideAccess({
      grantType, scopes, grantEpoch, agreedAt: this.agreedAt(issued, tenantId), now, principal, purpose, conditions: this.conditions,
      tenant: folded.at('tenant', tenantId, tenantId), agent: folded.at('agent', agentId, tenantId), target: folded.at('resource', resourceId, tenantId),
      user: principal.kind === 'user' ? folded.at('user', principal.id, tenantId) : undefined,
      grant: folded.at('grant', grantId, tenantId), trust: book, policy,
      attestedBy: issued.decision?.attestedBy, tool: issued.decision?.tool, met: issued.decision?.met as AccessRequest['met'],
      history: folded.history(policy, agentId, { principal, targetId: resourceId, now }),
    });
    if (!decision.allowed) {
      const ids = { tenant: tenantId, agent: agentId, user: principal.id, resource: resourceId, grant: grantId, policy: tenantId, authorization: authorizationId, token: jti };
      return { why: decision.reason, because: because(ids, decision.reason) };
    }
    const parent = this.parentOf(issued);
    if (!parent) return decision;
    const above = this.judged(parent, tenantId, { purpose: 'inspect', grantEpoch: parent.grantEpoch, now });
    if ('why' in above || parent.resourceId !== resourceId) return 'why' in above ? above : decision;
    return { scopes: decision.scopes.filter((scope) => above.scopes.includes(scope)) };
  }

  /** When the person agreed to what it all began with. */
  private agreedAt(issued: Kept, tenantId: string): number | undefined {
    const { authorizationId, vouchedBy, decision } = issued;
    const parent = this.parentOf(issued);
    if (parent) return this.agreedAt(parent, tenantId);
    if (authorizationId === undefined) return vouchedBy && decision?.agreedAt;
    const family = this.folded.at('authorization', authorizationId, tenantId);
    return family.status === 'unknown' ? undefined : family.authTime;
  }
}
