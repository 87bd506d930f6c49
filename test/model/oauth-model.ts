/**
 * What a client holds and what it is worth, from the RFCs and from the numbers that Mandate promises, not from its code.
 * Clients and families are numbered; a family is one code and everything that grew from it.
 */
export const CODE_SECONDS = 60;
export const GRACE_SECONDS = 60;
export const ACCESS_SECONDS = 300;
export const SCOPES = ['notes:read', 'notes:write'] as const;
export type Scope = (typeof SCOPES)[number];

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
  readonly family: number;
  readonly scopes: readonly Scope[];
  readonly until: number;
  revoked: boolean;
}
interface Grant {
  epoch: number;
  scopes: readonly Scope[];
  revoked: boolean;
}

const both = (a: readonly Scope[], b: readonly Scope[]): readonly Scope[] => a.filter((scope) => b.includes(scope));

export class OAuthModel {
  now = 0;
  readonly suspended = new Set<number>();
  readonly grants = new Map<number, Grant>();
  readonly families: Family[] = [];
  readonly tokens: AccessToken[] = [];

  /** The person says yes to everything that is asked. Consent to more adds; consent after a revocation begins anew. */
  authorize(client: number, scopes: readonly Scope[]): boolean {
    if (this.suspended.has(client)) return false;
    const before = this.grants.get(client);
    const grant = !before || before.revoked
      ? { epoch: before ? before.epoch + 1 : 0, scopes, revoked: false }
      : { ...before, scopes: SCOPES.filter((scope) => before.scopes.includes(scope) || scopes.includes(scope)) };
    this.grants.set(client, grant);
    this.families.push({ client, epoch: grant.epoch, scopes, codeUntil: this.now + CODE_SECONDS, state: 'code', wasLive: false, leaf: 0, rotatedAt: 0 });
    return true;
  }

  /** RFC 6749 section 4.1.2 and 4.1.3, RFC 7636 section 4.6: what points at theft ends the code with all that came from it. */
  redeem(family: Family, by: { readonly client: number; readonly proves: boolean }): boolean {
    if (family.state === 'live') family.state = 'dead';
    if (family.state === 'dead' || this.now >= family.codeUntil) return false;
    if (by.client !== family.client || !by.proves) family.state = 'dead';
    if (family.state === 'dead' || !this.mayIssue(family, family.scopes)) return false;
    Object.assign(family, { state: 'live', wasLive: true, rotatedAt: this.now });
    return this.issue(family, family.scopes);
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
    return this.issue(family, asked);
  }

  /** RFC 7009 section 2.1: only its own client; a refresh token takes everything of its grant with it. */
  revokeRefresh(family: Family, client: number): boolean {
    if (client !== family.client) return false;
    family.state = 'dead';
    return true;
  }

  revokeAccess(token: AccessToken, client: number): boolean {
    if (client !== this.families[token.family]!.client) return false;
    // One that has expired is unknown, and revoking an unknown one is no error.
    token.revoked = true;
    return true;
  }

  narrow(client: number, scopes: readonly Scope[]): void {
    this.grants.get(client)!.scopes = scopes;
  }

  /** What introspection has to say (RFC 7662 section 2.2): the scopes that hold, none when the token is not active. */
  scopesOf(token: AccessToken): readonly Scope[] {
    const family = this.families[token.family]!;
    if (token.revoked || this.now >= token.until || family.state !== 'live' || !this.stands(family)) return [];
    return both(token.scopes, this.grants.get(family.client)!.scopes);
  }

  private stands({ client, epoch }: Family): boolean {
    const grant = this.grants.get(client)!;
    return !this.suspended.has(client) && !grant.revoked && grant.epoch === epoch;
  }

  private mayIssue(family: Family, scopes: readonly Scope[]): boolean {
    return this.stands(family) && both(scopes, this.grants.get(family.client)!.scopes).length > 0;
  }

  private issue(family: Family, scopes: readonly Scope[]): true {
    this.tokens.push({
      family: this.families.indexOf(family), scopes: both(scopes, this.grants.get(family.client)!.scopes), until: this.now + ACCESS_SECONDS, revoked: false,
    });
    return true;
  }
}
