import type { ActivityEvent, activityEvents } from '../activity/activity.events.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { DataOf } from '../kernel/fields.js';
import { streams } from '../kernel/ids.js';
import type { AccessRequest } from '../policy/access-request.js';
import { decideAccess } from '../policy/decide-access.js';
import type { Conditions } from '../ports/conditions.js';
import { ruleProblem } from '../trust/judge-token.js';
import type { AdmittedTokens } from './admitted-tokens.js';
import { type FoldedStreams, type Problem, because } from './folded-streams.js';
import { strangersGrant } from './own-grant.js';
import type { Invariant, ReportViolation, Violation } from './violation.js';

type Lent = DataOf<typeof activityEvents.CredentialLent.fields>;

/**
 * The theorem of admission for credentials of services: what each loan relied on allowed it at the loan's own place, the
 * version that was opened lived there, and so did the token that it was asked with. A voided loan opened nothing.
 */
export class AdmittedLoans implements Invariant {
  private readonly lent = new Map<string, string>();
  private readonly forbidden = new Map<string, Violation>();

  /** `isComplete`: without it a hub may have died before it could void, and opened nothing. */
  constructor(
    private readonly report: ReportViolation, private readonly folded: FoldedStreams, private readonly conditions: Conditions, private readonly tokens: AdmittedTokens, private readonly isComplete: boolean,
  ) {}

  see(event: RecordedEvent): void {
    const { type, data } = event as unknown as ActivityEvent;
    if (type === 'CredentialLent') this.judge(data, event.position, event.tenant);
    if (type === 'CredentialLendVoided') this.voided(data, event.position);
  }

  end(): void {
    if (this.isComplete) for (const violation of this.forbidden.values()) this.report(violation);
  }

  private judge(lent: Lent, position: Position, tenantId: string): void {
    const { lendId, agentId } = lent;
    if (this.lent.has(lendId)) this.report({ sentence: `Loan ${lendId} was recorded a second time at ${position}.`, positions: [position] });
    this.lent.set(lendId, agentId);
    const problem = this.credentialProblem(lent, tenantId) ?? this.tokenProblem(lent, tenantId) ?? this.decisionProblem(lent, tenantId);
    if (!problem) return;
    const { words, positions } = this.folded.told(problem, position);
    this.forbidden.set(lendId, { sentence: `Loan ${lendId} to ${agentId}, recorded at ${position}, was not allowed there: ${words}. It was not voided: it was opened, or the hub died before it could be voided.`, positions });
  }

  private voided({ lendId, agentId }: { readonly lendId: string; readonly agentId: string }, position: Position): void {
    this.forbidden.delete(lendId);
    if (this.lent.get(lendId) !== agentId) this.report({ sentence: `At ${position} loan ${lendId} of ${agentId} was voided, which was never made to it.`, positions: [position] });
  }

  /** The version lived, was given to the connection as it is, and is of whom the loan is for. */
  private credentialProblem({ credentialId, connectionId, secretId, principal, purpose }: Lent, tenantId: string): Problem | undefined {
    const stream = streams.credential(credentialId);
    const held = this.folded.at('credential', credentialId, tenantId);
    const of = this.folded.at('connection', connectionId, tenantId);
    if (of.status === 'unknown') return { why: 'connection.unknown' };
    if (held.status !== 'live' || held.connectionId !== connectionId) return { why: 'credential.unknown', because: stream };
    if (held.secretId !== secretId) return { why: 'another version of the credential was there', because: stream };
    if (held.connectionEpoch !== of.epoch) return { why: 'credential.needs_reauth', because: streams.connection(connectionId) };
    const { holder } = held;
    const isTheirs = of.heldBy === 'tenant' ? holder.kind === 'tenant' : holder.kind === 'user' && principal.kind === 'user' && holder.id === principal.id;
    if (!isTheirs) return { why: 'the credential is somebody else\'s', because: stream };
    if (purpose === 'exchange' && held.beyond !== undefined) return { why: 'credential.too_broad', because: stream };
    return purpose === 'forward' || of.lends ? undefined : { why: 'connection.not_lent', because: streams.connection(connectionId) };
  }

  private tokenProblem({ agentId, parentJti, purpose, decision, vouchedBy }: Lent, tenantId: string): Problem | undefined {
    if (parentJti === undefined || !decision) return undefined;
    const untrusted = vouchedBy && ruleProblem(this.folded.at('trust', tenantId, tenantId), vouchedBy.ruleId, decision.at);
    if (untrusted) return { why: untrusted, because: streams.trust(tenantId) };
    const token = this.tokens.standing(parentJti, tenantId, decision.at);
    if ('why' in token) return token;
    const isTheirs = purpose === 'exchange' ? this.tokens.isIntended(agentId, token, tenantId) : token.agentId === agentId;
    return isTheirs ? undefined : { why: 'delegation.not_intended', because: streams.resource(token.resourceId) };
  }

  private decisionProblem({ agentId, principal, connectionId, grantId, grantType, scopes, decision }: Lent, tenantId: string): Problem | undefined {
    // Of before decisions were recorded with what they were made on.
    if (!decision) return undefined;
    const { folded } = this;
    const strange = strangersGrant(folded, { agentId, principal, resourceId: connectionId, grantId }, tenantId);
    if (strange) return strange;
    const policy = folded.at('policy', tenantId, tenantId);
    const { at: now, agreedAt, attestedBy, tool, met } = decision;
    const found = decideAccess({
      grantType, scopes, grantEpoch: undefined, agreedAt, now, principal, purpose: 'issue', conditions: this.conditions, attestedBy, tool, met: met as AccessRequest['met'],
      tenant: folded.at('tenant', tenantId, tenantId), agent: folded.at('agent', agentId, tenantId),
      target: { ...folded.at('connection', connectionId, tenantId), kind: 'connection' },
      user: principal.kind === 'user' ? folded.at('user', principal.id, tenantId) : undefined,
      grant: folded.at('grant', grantId, tenantId), policy, history: folded.history(policy, agentId, { principal, targetId: connectionId, now }),
    });
    if (!found.allowed) {
      const ids = { tenant: tenantId, agent: agentId, user: principal.id, connection: connectionId, grant: grantId, policy: tenantId };
      return { why: found.reason, because: because(ids, found.reason) };
    }
    const excess = scopes.filter((scope) => !found.scopes.includes(scope));
    return excess.length > 0 ? { why: `scope ${excess.join(', ')}`, because: streams.grant(grantId) } : undefined;
  }
}
