import type { JWTPayload } from 'jose';
import { invalidToken } from './refusal.js';

/** Who acts (RFC 8693 section 4.1); a nested `act` is whoever acted before. Only the outermost counts for access. */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

/** What a verified token says. Everything in here has been checked; nothing in here opens a door elsewhere. */
export interface Principal {
  /** On whose authority: a user, or an agent that acts for itself. */
  readonly sub: string;
  /** The OAuth client that the token was issued to. */
  readonly clientId: string;
  /** The agent at work: the current actor of a delegation, else the agent that the token names, else the client. */
  readonly agent: string;
  /** For whom the agent works: the subject, unless that is the agent itself. */
  readonly onBehalfOf?: string;
  readonly scopes: readonly string[];
  readonly act?: Actor;
  readonly tenant?: string;
  readonly jti: string;
  readonly grantId?: string;
  /** How, and when (seconds since 1970), the user signed in. */
  readonly acr?: string;
  readonly authTime?: number;
  readonly issuer: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** Every claim as it was signed, for what the names above don't cover. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Longer chains than any authorization server should issue are refused and not walked. */
const MAX_CHAIN = 10;

const broken = (claim: string): never => {
  throw invalidToken('token.claims', 'The access token is not valid here.', new TypeError(`The claim "${claim}" is missing or malformed.`));
};
const text = (claims: JWTPayload, name: string): string => {
  const value = claims[name];
  return typeof value === 'string' && value !== '' ? value : broken(name);
};
/** For claims that other authorization servers may use in ways of their own, and that nothing is decided by. */
const tolerantText = (claims: JWTPayload, name: string): string | undefined => {
  const value = claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
const optionalText = (claims: JWTPayload, name: string): string | undefined => (claims[name] === undefined ? undefined : text(claims, name));

const actorOf = (value: unknown, depth: number): Actor => {
  if (typeof value !== 'object' || value === null || depth > MAX_CHAIN) return broken('act');
  const { sub, act } = value as Record<string, unknown>;
  if (typeof sub !== 'string' || sub === '') return broken('act');
  return Object.freeze({ sub, ...(act !== undefined && { act: actorOf(act, depth + 1) }) });
};

/** Reads the claims of RFC 9068 and RFC 8693; a malformed claim is an invalid token, never a default. */
export const principalFrom = (claims: JWTPayload, tenantClaim: string): Principal => {
  const sub = text(claims, 'sub');
  const clientId = text(claims, 'client_id');
  const scope = claims['scope'] ?? '';
  if (typeof scope !== 'string') return broken('scope');
  const authTime = claims['auth_time'];
  if (authTime !== undefined && typeof authTime !== 'number') return broken('auth_time');
  const act = claims['act'] === undefined ? undefined : actorOf(claims['act'], 1);
  const agent = act?.sub ?? tolerantText(claims, 'agent') ?? clientId;
  // RFC 9068 section 2.2: an agent on its own authority has its client as the subject.
  const isOwnAuthority = sub === agent || (!act && sub === clientId);
  const [tenant, acr, grantId] = [optionalText(claims, tenantClaim), optionalText(claims, 'acr'), tolerantText(claims, 'grant_id')];
  return Object.freeze({
    sub,
    clientId,
    agent,
    ...(!isOwnAuthority && { onBehalfOf: sub }),
    scopes: Object.freeze(scope.split(' ').filter(Boolean)),
    ...(act && { act }),
    ...(tenant !== undefined && { tenant }),
    jti: text(claims, 'jti'),
    ...(grantId !== undefined && { grantId }),
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { authTime }),
    issuer: text(claims, 'iss'),
    expiresAt: claims.exp ?? broken('exp'),
    claims: Object.freeze({ ...claims }),
  });
};
