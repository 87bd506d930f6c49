import { createHash } from 'node:crypto';
import type { Field, Fields } from '../../src/domain/kernel/fields.js';

/** Public half of the example key of RFC 7515 appendix A.3. */
const PUBLIC_KEY = {
  kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const NOON = 1_795_521_600;
const SCOPES = ['notes:read', 'notes:write'];
const REDIRECTS = ['http://127.0.0.1/callback', 'https://agent.example/oauth/callback'];

/** What a field of this name says in a real event. A path with its type in front goes before a bare name. */
const named: Readonly<Record<string, unknown>> = {
  tenantId: 'tnt_3fV0pXnq1cKJ7d2sLw8TzA', userId: 'usr_6yHq2mBt9eRk4WcXv1NsUg', agentId: 'agt_9kTn5aQe7rYw3ZbLx0MpCd',
  resourceId: 'res_2dWs8gJh4uPf6VoEi1QyRk', grantId: 'gnt_7bMz1xCv5nKl3TqAs9DeWr', authorizationId: 'aut_4pLo8iKu2jYh6TgRf0EdSw',
  jti: 'tok_1qAz3wSx5eDc7rFv9tGbYh', kid: '3tRk1m0ZcV9yQ7uJfXnW2sLdPbEaHgToKiU8xYzNvMq', holder: 'usr_6yHq2mBt9eRk4WcXv1NsUg',
  'principal.id': 'usr_6yHq2mBt9eRk4WcXv1NsUg', 'owner.id': 'usr_6yHq2mBt9eRk4WcXv1NsUg',

  clientId: 'https://agent.example/oauth/client.json', redirectUri: REDIRECTS[0], redirectUris: REDIRECTS,
  clientUri: 'https://agent.example', logoUri: 'https://agent.example/logo.png', jwksUri: 'https://agent.example/jwks.json',
  uri: 'https://notes.example/mcp', host: 'login.notes.example', allowedHosts: ['agent.example'], network: '203.0.113.0/24',

  slug: 'notes', name: 'Research assistant', kind: 'handle', roles: ['admin'], method: 'metadata_document', methods: ['pwd', 'otp'],
  scope: SCOPES, scopes: SCOPES, defaultScopes: SCOPES.slice(0, 1), 'scopes.name': SCOPES[0], 'scopes.description': 'Read your notes',
  'tools.name': 'search_notes', 'tools.scopes': SCOPES.slice(0, 1), 'denied.scope': 'notes:admin', 'denied.reason': 'policy.denied',
  grantType: 'authorization_code', grantTypes: ['authorization_code', 'refresh_token'], tokenEndpointAuthMethod: 'private_key_jwt',
  connectionId: 'con_5nYt0aWs3eRf6gTh9jUk2L', credentialId: 'crd_8kLp1oIm4uYb7nTv0cRx3Z', secretId: 'sec_0qWe2rTy5uIo8pAs1dFg4H', lendId: 'lnd_3zXc6vBn9mLk2jHg5fDs8A',
  attempt: 'sec_7tGb4yHn1uJm8iKo5lPq2W', 'holder.kind': 'user', 'holder.id': 'usr_6yHq2mBt9eRk4WcXv1NsUg', actors: ['agt_9kTn5aQe7rYw3ZbLx0MpCd'],
  title: 'Notes', template: 'notes', origins: ['https://api.notes.example'], origin: 'https://api.notes.example', path: '/v1/notes/**', route: '/v1/notes/**',
  'routes.methods': ['GET'], issuer: 'https://login.notes.example', authorizationEndpoint: 'https://login.notes.example/authorize',
  tokenEndpoint: 'https://login.notes.example/token', revocationEndpoint: 'https://login.notes.example/revoke', resource: 'https://api.notes.example',
  'authorizeParameters.name': 'prompt', 'authorizeParameters.value': 'consent', 'apiKey.name': 'X-Api-Key', 'apiKey.prefix': 'Key ',

  providerId: 'idp_6mQz2xWc4eVr8tBn1yUj3K', 'IdentityProviderSet.name': 'okta', 'IdentityProviderSet.clientId': '0oa1b2c3d4e5f6g7h8i9', directories: [], emailDomains: ['notes.example'],
  'requires.claim': 'groups', 'requires.values': ['staff'], 'IdentityProviderSet.scopes': ['openid', 'profile', 'email', 'groups'], 'roles.claim': 'groups', 'roles.value': 'finance', 'roles.role': 'clerk',
  'IdentityProviderSet.roles': [{ claim: 'groups', value: 'finance', role: 'clerk' }], 'claims.claim': 'department', 'claims.as': 'department', 'acr.claim': 'acr', 'acr.value': 'phr', 'acr.acr': 'urn:mandate:acr:3', 'endpoints.authorization': 'https://login.notes.example/authorize',
  'endpoints.token': 'https://login.notes.example/token', 'endpoints.jwks': 'https://login.notes.example/jwks', 'endpoints.endSession': 'https://login.notes.example/logout', algorithms: ['RS256'], emergency: ['usr_6yHq2mBt9eRk4WcXv1NsUg'],
  approvalId: 'apr_2fGh4jKl6zXc8vBn0mQwEr', 'approver.id': 'usr_6yHq2mBt9eRk4WcXv1NsUg', approverId: 'usr_6yHq2mBt9eRk4WcXv1NsUg', subject: 'usr_6yHq2mBt9eRk4WcXv1NsUg',
  confirmedBy: 'usr_6yHq2mBt9eRk4WcXv1NsUg', deniedBy: 'usr_6yHq2mBt9eRk4WcXv1NsUg', mayAct: 'agt_9kTn5aQe7rYw3ZbLx0MpCd', deferred: ['approval'],

  endpoint: 'token', error: 'invalid_grant', reason: 'grant.revoked', ruleIds: ['everybody-reads'],

  tokenLifetime: 600, version: 3, policyVersion: 3, generation: 2, epoch: 1, grantEpoch: 1,
  jwk: JSON.stringify(PUBLIC_KEY), jwks: JSON.stringify({ keys: [PUBLIC_KEY] }),
  document: JSON.stringify({
    rules: [
      { id: 'clerks-read', effect: 'allow', principals: { roles: ['clerk'] }, targets: { resources: ['https://notes.example/mcp'], scopes: ['notes:read'] }, condition: 'history.count_today < 100' },
      { id: 'writing-is-asked', effect: 'require_approval', agents: { tags: ['support'] }, targets: { scopes: ['notes:write'] }, unless: { principals: { roles: ['boss'] } } },
    ],
  }),
  targetId: 'res_2dWs8gJh4uPf6VoEi1QyRk', shadowVersion: 4, times: 7, 'differences.scope': 'notes:write', 'differences.before': 'allowed', 'differences.after': 'denied', because: 'writing-is-asked',
  relied: [3, 2, 1, 1, 4], engine: '1+cel-es-0.6.1', attestedBy: 'kubernetes', tool: 'search_notes', met: ['mfa'], obligations: ['approval'],
  'unanswered.ruleId': 'clerks-read', 'unanswered.problem': 'condition.missing', language: 2, tags: ['support'], 'claims.name': 'department', values: ['billing'],
};
/** Free text says why in words, a word says why in a code; both are called reason. */
const REASON_IN_WORDS = 'Asked for by the owner';

const digestOf = (path: string): string => createHash('sha256').update(path).digest('base64url');
const sealedOf = (path: string): string => `sealed.v1.${digestOf(path).slice(0, 22)}.${digestOf(`${path}.text`)}`;

const fromKind = (kind: string, path: string): unknown => {
  switch (kind) {
    case 'digest': return digestOf(path);
    case 'instant': return NOON;
    case 'count': return 1;
    case 'flag': return true;
    case 'document': return '{}';
    case 'text': return 'As written by an administrator';
    case 'uri': return 'https://agent.example/';
    case 'id': return `id_${digestOf(path).slice(0, 22)}`;
    case 'word': return 'word';
    // The other kinds are lists of words, of which any will do.
    default: return kind.split(' | ')[0];
  }
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

const valueOf = (field: Field<unknown>, path: string): unknown => {
  if (field.kind === 'record' && field.fields) return dataOf(field.fields, path);
  if (field.kind === 'list of record' && field.fields) return [dataOf(field.fields, path)];
  if (field.personal === 'sealed') return sealedOf(path);
  if (field.kind === 'text' && nameOf(path) === 'reason') return REASON_IN_WORDS;
  const given = named[path.split('.').slice(-2).join('.')] ?? named[nameOf(path)];
  if (given !== undefined && fits(field, given, path)) return given;
  return field.kind.startsWith('list of ') ? [fromKind(field.kind.slice('list of '.length), path)] : fromKind(field.kind, path);
};

const fits = (field: Field<unknown>, value: unknown, path: string): boolean => {
  try {
    field.parse(value, path);
    return true;
  } catch {
    return false;
  }
};

/** Data with every field of the declaration, optional ones too; the same every time. */
export const dataOf = (fields: Fields, path: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valueOf(field, `${path}.${name}`)]));
