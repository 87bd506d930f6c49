import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type AccessFacts, AccessFactsReader } from '../../commands/access-facts.js';
import type { CommandContext } from '../../commands/command-context.js';
import { authorizationRefused } from '../../commands/decided-fields.js';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { secondLook } from '../../commands/second-look.js';
import { isNativeRedirect } from '../../domain/agent/redirect-uri.js';
import { hasRunOut } from '../../domain/grant/grant.decider.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { metBy } from '../../domain/user/authentication.js';
import { usableFactors } from '../../domain/user/factors.js';
import { Clock } from '../../domain/ports/clock.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { interactionRequired, notAllowed } from './authorization-error.js';

export interface ConsentQuestion {
  /** What policy lets the person agree to, of what was asked. */
  readonly scopes: readonly string[];
  /** What the agent can't do anything without: the person can say no to all, not to these alone. */
  readonly required: readonly string[];
  /** What an earlier consent covers already. */
  readonly agreed: readonly string[];
  /** False when an earlier consent to this very client covers everything: nobody needs to be asked. */
  readonly isNeeded: boolean;
  /** A second factor has to be shown first: policy asks for one. */
  readonly needsFactor?: boolean;
}

const NEEDS_FACTOR: ConsentQuestion = { scopes: [], required: [], agreed: [], isNeeded: true, needsFactor: true };

const hasFactor = ({ user }: AccessFacts): boolean => user?.state.status === 'active' && usableFactors(user.state.factors).length > 0;

/** What has to be asked of this person for this request. */
@Injectable()
export class ConsentQuestions {
  constructor(private readonly facts: AccessFactsReader, private readonly clock: Clock, private readonly bus: CommandBus) {}

  /** Throws RedirectError, recorded, when policy or lifecycle leaves nothing to agree to. */
  async of(context: CommandContext, request: AuthorizationRequest, session: Session): Promise<ConsentQuestion> {
    const { client, resource, scopes, redirectUri, state } = request;
    const principal = { kind: 'user', id: session.userId } as const;
    const asked = { grantType: 'authorization_code', scopes, grantEpoch: undefined, agreedAt: session.authTime, met: metBy(session.methods), asking: true, deferred: ['approval'] } as const;
    // A client whose document is new is judged by what the document says now; it is recorded only when the person agrees.
    const ask = async () => {
      const facts = await this.facts.gather({ tenant: context.tenant, agentId: client.agentId, principal, resourceId: resource.resourceId });
      const asking = { ...this.facts.request(facts, asked), agent: client.agent };
      return { facts, asking, decision: decideAccess(asking) };
    };
    const { facts, asking, decision } = await secondLook(this.facts, ask, (found) => found.decision.allowed);
    const isObliged = decision.obligations.some(({ kind }) => kind === 'mfa');
    // Whoever has nothing to show is not kept from what needs nothing more; the scopes that do are left out, as all that are not allowed.
    const needsFactor = isObliged && (!decision.allowed || hasFactor(facts));
    const isAskable = !request.prompt.has('none');
    if (needsFactor && isAskable) return NEEDS_FACTOR;
    if (!decision.allowed) {
      if (!client.unrecorded) await this.bus.execute(new NoteRefusal(authorizationRefused(facts, { request: asking, decision }), context));
      throw needsFactor ? interactionRequired({ redirectUri, state }) : notAllowed(decision.reason, { redirectUri, state });
    }
    if (needsFactor) throw interactionRequired({ redirectUri, state });
    const { state: grant } = facts.grant;
    const holds = grant.status === 'active' && !hasRunOut(grant, this.clock.seconds());
    const agreed = holds && grant.metadataDigest === client.agent.metadataDigest ? this.facts.granted(facts) : [];
    const covered = decision.scopes.every((scope) => agreed.includes(scope));
    // Any program on the device can listen at a loopback address or take a scheme for its own, and ask in the client's
    // name: whoever asks there is asked about each time (RFC 8252 section 8.6).
    const claimed = !isNativeRedirect(redirectUri);
    // Without openid an answer is none of OpenID Connect, and it tells no more than the ID that every token carries.
    const needed = decision.scopes.filter((scope) => scope === 'openid' || resource.defaultScopes.includes(scope));
    const required = decision.scopes.length === 1 ? decision.scopes : needed;
    return { scopes: decision.scopes, required, agreed, isNeeded: !covered || !claimed || client.unrecorded !== undefined || request.prompt.has('consent') };
  }
}
