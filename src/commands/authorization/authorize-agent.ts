import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type CodeData, authorization } from '../../domain/authorization/authorization.decider.js';
import { CODE_LIFETIME } from '../../domain/authorization/lifetimes.js';
import { type KnownGrant, grant } from '../../domain/grant/grant.decider.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { RefusedDecision } from '../../domain/policy/decision.js';
import { metBy } from '../../domain/user/authentication.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { Clients, type FoundClient } from '../agents/clients.js';
import type { CommandContext } from '../command-context.js';
import { type Decided, authorizationRefused, decidedFields } from '../decided-fields.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { secondLook } from '../second-look.js';
import { TokenHandles } from '../tokens/token-handles.js';
import type { Session } from '../sign-in/sessions.js';
import { Write } from '../write.js';

export interface AuthorizationWish {
  readonly client: FoundClient;
  readonly session: Pick<Session, 'userId' | 'authTime' | 'methods'>;
  readonly resourceId: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly codeChallenge: string;
  /** For the ID token. */
  readonly nonce?: string | undefined;
  /** The exact text the person agreed to just now; undefined when an earlier consent covers the request. */
  readonly consentText: string | undefined;
}

/** A signed-in person lets an agent act: records the consent, then gives a code. Throws Refusal. */
export class AuthorizeAgent extends Command<{ readonly code: string }> {
  constructor(readonly wish: AuthorizationWish, readonly context: CommandContext) {
    super();
  }
}

const GRANT_TYPE = 'authorization_code';
const DEFERRED = ['approval'] as const;
type Granted = Pick<CodeData, 'grantId' | 'grantEpoch' | 'scopes'> & Omit<ReturnType<typeof decidedFields>, 'principal'>;

@CommandHandler(AuthorizeAgent)
export class AuthorizeAgentHandler implements ICommandHandler<AuthorizeAgent> {
  constructor(
    private readonly write: Write,
    private readonly facts: AccessFactsReader,
    private readonly clients: Clients,
    private readonly handles: TokenHandles,
    private readonly refusals: NoteRefusalHandler,
    private readonly shadow: ShadowDecisions,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ wish, context }: AuthorizeAgent): Promise<{ code: string }> {
    const { client, session, resourceId, scopes } = wish;
    const { agentId } = client;
    const principal = { kind: 'user', id: session.userId } as const;
    if (client.unrecorded) {
      if (wish.consentText === undefined) throw new Refusal('agent.metadata_changed', 'The client has changed; it needs your consent again.');
      await this.clients.adopt(client.agent.clientId, client.unrecorded, context);
    }
    // What is agreed to gives nothing yet: a person confirms each use when a token is asked for.
    const asked = { grantType: GRANT_TYPE, scopes, grantEpoch: undefined, agreedAt: session.authTime, met: metBy(session.methods), deferred: DEFERRED };
    // Policy first: what it forbids nobody can consent to.
    const ask = async () => {
      const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal, resourceId });
      const asking = this.facts.request(facts, { ...asked, asking: true });
      return { facts, asking, may: decideAccess(asking) };
    };
    const { facts, asking, may } = await secondLook(this.facts, ask, (found) => found.may.allowed);
    if (!may.allowed) return this.refuse(facts, { request: asking, decision: may }, context);
    if (wish.consentText !== undefined) {
      const consentDigest = this.crypto.sha256(wish.consentText);
      const command = {
        type: 'GiveGrant', grantId: facts.grantId, agentId, principal, resourceId, scopes: may.scopes, via: 'consent',
        consentDigest, metadataDigest: client.agent.metadataDigest, now: this.clock.seconds(), trust: (await this.facts.trust(context.tenant)).state,
      } as const;
      await this.write.to(grant, streams.grant(facts.grantId), command, context);
    }
    const request = this.facts.request(facts, asked);
    const decision = decideAccess(request);
    if (!decision.allowed) return this.refuse(facts, { request, decision }, context);
    this.shadow.compare({ request, decision }, facts.question, context);
    const granted = { grantId: facts.grantId, grantEpoch: (facts.grant.state as KnownGrant).epoch, scopes: decision.scopes };
    return { code: await this.issueCode(wish, { ...granted, ...decidedFields({ request, decision }, facts) }, context) };
  }

  private async issueCode({ client, session, resourceId, redirectUri, codeChallenge, nonce: given }: AuthorizationWish, granted: Granted, context: CommandContext): Promise<string> {
    const authorizationId = this.crypto.timedId(ID_PREFIX.authorization, this.clock.now());
    const { agentId, agent } = client;
    const nonce = granted.scopes.includes('openid') ? given : undefined;
    const code = {
      authorizationId, agentId, ...granted, principal: { kind: 'user' as const, id: session.userId }, resourceId, redirectUri, codeChallenge,
      metadataDigest: agent.metadataDigest, refreshable: agent.metadata.grantTypes.includes('refresh_token'),
      ...(nonce === undefined ? {} : { nonce: this.crypto.sha256(nonce) }),
      authTime: session.authTime, methods: session.methods, expiresAt: this.clock.seconds() + CODE_LIFETIME,
    };
    await this.write.begin(authorization, streams.authorization(authorizationId), { type: 'IssueCode', code }, context);
    return this.handles.code(context.tenant, { authorizationId, ...(nonce === undefined ? {} : { nonce }) });
  }

  private async refuse(facts: AccessFacts, decided: Decided<RefusedDecision>, context: CommandContext): Promise<never> {
    this.shadow.compare(decided, facts.question, context);
    await this.refusals.execute(new NoteRefusal(authorizationRefused(facts, decided), context));
    throw new Refusal(decided.decision.reason, 'This can\'t be granted.');
  }
}
