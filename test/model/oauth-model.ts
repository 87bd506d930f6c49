import { ApprovalsModel, type AskedApproval } from './approvals-model.js';

/**
 * What a client holds and what it is worth, from the RFCs and from the numbers that Mandate promises, not from its code.
 * Agents, families and tokens are numbered; a family is one code and everything that grew from it.
 */
export const CODE_SECONDS = 60;
export const GRACE_SECONDS = 60;
export const ACCESS_SECONDS = 300;
export const MOST_MADE_FROM_EACH_OTHER = 5;
export const SCOPES = ['notes:read', 'notes:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Two apps of the person, a service with a secret of its own, and the server of the resource, which answers for it. */
export const APPS = [0, 1] as const;
export const SERVICE = 2;
export const SERVER = 3;
export const AGENTS = [...APPS, SERVICE, SERVER] as const;
/** On whose authority: the person's, or an agent's own. */
export type Subject = 'person' | number;

export interface Family {
  readonly client: number;
  readonly epoch: number;
  readonly scopes: readonly Scope[];
  readonly codeUntil: number;
  state: 'code' | 'live' | 'dead';
  /** It has given refresh tokens. */
  wasLive: boolean;
  /** Generation of the one refresh token that is good. */
  leaf: number;
  rotatedAt: number;
}
export interface AccessToken {
  readonly agent: number;
  readonly subject: Subject;
  readonly epoch: number;
  readonly scopes: readonly Scope[];
  readonly until: number;
  readonly family?: Family;
  /** The token that it was made from. */
  readonly parent?: AccessToken;
  revoked: boolean;
}
interface Grant {
  epoch: number;
  scopes: readonly Scope[];
  revoked: boolean;
}

const both = (a: readonly Scope[], b: readonly Scope[]): readonly Scope[] => a.filter((scope) => b.includes(scope));
const covers = (have: readonly Scope[], want: readonly Scope[]): boolean => want.every((scope) => have.includes(scope));

export class OAuthModel {
  now = 0;
  readonly suspended = new Set<number>();
  readonly families: Family[] = [];
  readonly tokens: AccessToken[] = [];
  readonly approvals = new ApprovalsModel();
  private readonly grants = new Map<string, Grant>();

  grant(agent: number, subject: Subject): Grant | undefined {
    return this.grants.get(`${agent} ${subject}`);
  }

  /** More adds; what is given after a revocation begins anew. */
  give(agent: number, subject: Subject, scopes: readonly Scope[]): Grant {
    const before = this.grant(agent, subject);
    const grant = !before || before.revoked
      ? { epoch: before ? before.epoch + 1 : 0, scopes, revoked: false }
      : { ...before, scopes: SCOPES.filter((scope) => before.scopes.includes(scope) || scopes.includes(scope)) };
    this.grants.set(`${agent} ${subject}`, grant);
    return grant;
  }

  /** The person says yes to everything that is asked. */
  authorize(client: number, scopes: readonly Scope[]): boolean {
    if (this.suspended.has(client)) return false;
    const { epoch } = this.give(client, 'person', scopes);
    this.families.push({ client, epoch, scopes, codeUntil: this.now + CODE_SECONDS, state: 'code', wasLive: false, leaf: 0, rotatedAt: 0 });
    return true;
  }

  /** RFC 6749 section 4.1.2 and 4.1.3, RFC 7636 section 4.6: what points at theft ends the code with all that came from it. */
  redeem(family: Family, by: { readonly client: number; readonly proves: boolean }): boolean {
    if (family.state === 'live') family.state = 'dead';
    if (family.state === 'dead' || this.now >= family.codeUntil) return false;
    if (by.client !== family.client || !by.proves) family.state = 'dead';
    if (family.state === 'dead' || !this.mayIssue(family, family.scopes)) return false;
    Object.assign(family, { state: 'live', wasLive: true, rotatedAt: this.now });
    return this.issueInto(family, family.scopes);
  }

  /** RFC 9700 section 4.14: each refresh token has one successor; a replaced one is good for the same successor for a while. */
  refresh(family: Family, by: { readonly client: number; readonly generation: number; readonly scopes: readonly Scope[] }): boolean {
    const asked = both(family.scopes, by.scopes);
    // Nothing that was agreed to is asked for: nothing is looked at any further.
    if (asked.length === 0 || family.state !== 'live') return false;
    const inGrace = by.generation === family.leaf - 1 && this.now <= family.rotatedAt + GRACE_SECONDS;
    if (by.client !== family.client || (by.generation !== family.leaf && !inGrace)) family.state = 'dead';
    if (family.state === 'dead' || !this.mayIssue(family, asked)) return false;
    if (by.generation === family.leaf) Object.assign(family, { leaf: family.leaf + 1, rotatedAt: this.now });
    return this.issueInto(family, asked);
  }

  /** RFC 6749 section 4.4: for itself, what it was granted of what it asks for. */
  clientToken(agent: number, asked: readonly Scope[]): boolean {
    const grant = this.usable(agent, agent);
    const scopes = grant ? both(asked, grant.scopes) : [];
    return scopes.length > 0 && this.issue({ agent, subject: agent, epoch: grant!.epoch, scopes });
  }

  /**
   * RFC 8693: by whom it was issued to, or by the server that it is for. It takes a grant of one's own for the same subject, gives no
   * more than the token has, lives no longer, and what is asked for is given whole or not at all.
   */
  exchange(parent: AccessToken, agent: number, asked: readonly Scope[]): boolean {
    if ((agent !== parent.agent && agent !== SERVER) || this.ancestors(parent) >= MOST_MADE_FROM_EACH_OTHER) return false;
    const grant = this.usable(agent, parent.subject);
    if (!grant || !covers(grant.scopes, asked) || !covers(this.scopesOf(parent), asked)) return false;
    return this.issue({ agent, subject: parent.subject, epoch: grant.epoch, scopes: asked, parent });
  }

  /** CIBA: the service asks the person before it asks for a token. All of it has to be granted. */
  ask(scopes: readonly Scope[]): AskedApproval | undefined {
    if (!this.mayAsk(scopes)) return undefined;
    const asked = this.approvals.ask(scopes, this.now);
    if (asked === 'exhausted') this.suspended.add(SERVICE);
    return typeof asked === 'string' ? undefined : asked;
  }

  /** What was confirmed is given once, if it may be given now. */
  collect(approval: AskedApproval, agent: number): boolean {
    if (agent !== SERVICE || !this.mayAsk(approval.scopes) || !this.approvals.use(approval, this.now)) return false;
    return this.issue({ agent, subject: 'person', epoch: this.grant(agent, 'person')!.epoch, scopes: approval.scopes });
  }

  /** RFC 7009 section 2.1: only its own client; a refresh token takes everything of its grant with it. */
  revokeRefresh(family: Family, client: number): boolean {
    if (client !== family.client) return false;
    family.state = 'dead';
    return true;
  }

  revokeAccess(token: AccessToken, client: number): boolean {
    if (client !== token.agent) return false;
    // One that has expired is unknown, and revoking an unknown one is no error.
    token.revoked = true;
    return true;
  }

  /** What introspection has to say (RFC 7662 section 2.2): the scopes that hold, none when the token is not active. */
  scopesOf({ agent, subject, epoch, scopes, until, family, parent, revoked }: AccessToken): readonly Scope[] {
    const grant = this.usable(agent, subject);
    if (revoked || this.now >= until || (family && family.state !== 'live') || grant?.epoch !== epoch) return [];
    return both(parent ? both(scopes, this.scopesOf(parent)) : scopes, grant.scopes);
  }

  private usable(agent: number, subject: Subject): Grant | undefined {
    const grant = this.grant(agent, subject);
    return grant && !grant.revoked && !this.suspended.has(agent) ? grant : undefined;
  }

  private mayAsk(scopes: readonly Scope[]): boolean {
    return covers(this.usable(SERVICE, 'person')?.scopes ?? [], scopes);
  }

  private ancestors({ parent }: AccessToken): number {
    return parent ? this.ancestors(parent) + 1 : 0;
  }

  private mayIssue({ client, epoch }: Family, scopes: readonly Scope[]): boolean {
    const grant = this.usable(client, 'person');
    return grant?.epoch === epoch && both(scopes, grant.scopes).length > 0;
  }

  private issueInto(family: Family, scopes: readonly Scope[]): true {
    const { client, epoch } = family;
    return this.issue({ agent: client, subject: 'person', epoch, scopes: both(scopes, this.grant(client, 'person')!.scopes), family });
  }

  private issue(token: Omit<AccessToken, 'until' | 'revoked'>): true {
    this.tokens.push({ ...token, until: Math.min(this.now + ACCESS_SECONDS, token.parent?.until ?? Infinity), revoked: false });
    return true;
  }
}
