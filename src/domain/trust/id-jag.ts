import type { RefusalCode } from '../kernel/refusal.js';

type Claims = Readonly<Record<string, unknown>>;

/** What an identity provider lets an agent have in a person's name (draft-ietf-oauth-identity-assertion-authz-grant section 3). */
export interface IdJag {
  readonly issuer: string;
  readonly subject: string;
  /** When the person was there; when the assertion was made, where it does not say. */
  readonly agreedAt: number;
  /** URIs; empty when it leaves them open. */
  readonly resources: readonly string[];
  /** Undefined when it leaves them open. */
  readonly scopes: readonly string[] | undefined;
}

const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value !== '' && value.length <= most;
/** A NumericDate may have a fraction; whatever its whole seconds are, events have to be able to hold them. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isSafeInteger(Math.floor(value));

/** Reads the claims of an assertion that is believed, for this client; or why it is nothing for it. */
export const readIdJag = (claims: Claims, clientId: string): IdJag | RefusalCode => {
  const { iss, sub, jti, iat, client_id: client, cnf, resource, scope, auth_time: authTime } = claims;
  // Whoever took it from the client that it was made for has nothing (section 4.4).
  if (client !== clientId) return 'assertion.client_mismatch';
  if (!isText(jti, 256)) return 'assertion.jti_missing';
  // It is bound to a key whose proof is not taken here: without the proof it would be worth more than was meant.
  if (cnf !== undefined || !isText(sub, 512) || !isText(iss, 2048) || !isTime(iat)) return 'assertion.claims_mismatch';
  const resources = resource === undefined ? [] : [resource].flat();
  if (!resources.every((one) => isText(one, 2048)) || (resource !== undefined && resources.length === 0)) return 'assertion.resource_mismatch';
  if (scope !== undefined && typeof scope !== 'string') return 'assertion.claims_mismatch';
  const agreedAt = Math.floor(isTime(authTime) && authTime <= iat ? authTime : iat);
  return { issuer: iss, subject: sub, agreedAt, resources: resources as readonly string[], scopes: scope === undefined ? undefined : scope.split(' ').filter((one) => one !== '') };
};
