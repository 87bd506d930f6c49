import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import { claimAt, claimFits } from '../../src/domain/trust/claim-match.js';
import { readIdJag } from '../../src/domain/trust/id-jag.js';
import { readIssuerJwks } from '../../src/domain/trust/issuer-jwks.js';
import { checkTrustRule } from '../../src/domain/trust/trust-rule-checks.js';
import { attempt, attemptJson, bent } from './attempts.js';

const HUB = 'https://hub.example';
const JWKS = JSON.stringify({ keys: [
  { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), kid: 'k', use: 'sig' }, { kty: 'RSA', n: 'q'.repeat(342), e: 'AQAB', kid: 'r' }, { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), use: 'jwt-svid' },
] });
const JAG = JSON.stringify({ iss: 'https://idp.example', sub: 'person', aud: HUB, client_id: 'agt_x', jti: 'j', iat: 1, exp: 2, auth_time: 1, resource: ['https://notes.example/mcp'], scope: 'notes:read notes:write' });
const CLAIMS = JSON.stringify({ sub: 'system:serviceaccount:shop:checkout', 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'checkout', uid: 'u' } }, groups: ['a'] });
const PATTERN = 'spiffe://prod.example/ns/*/sa/checkout';
const isClaims = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What other issuers say, and what administrators say of them. */
export const trustParsers: readonly (readonly [string, fc.IRawProperty<unknown, false>])[] = [
  ['keys of an issuer that are read are public, and each is good for one algorithm', fc.property(bent(JWKS), fc.constantFrom('oidc', 'spiffe'), (text, platform) => {
    const read = attempt(() => readIssuerJwks(attemptJson(text), platform));
    if (read === undefined) return;
    const { keys } = JSON.parse(read) as { keys: readonly Record<string, unknown>[] };
    ok(keys.length > 0 && keys.every((key) => typeof key['alg'] === 'string' && !['d', 'k', 'p'].some((member) => member in key) && key['kty'] !== 'oct'));
  })],
  ['a pattern fits what differs from it in its star alone', fc.property(bent(PATTERN), (sub) => {
    if (!claimFits({ claim: 'sub', match: 'segments', values: [PATTERN] }, { sub })) return;
    ok(/^spiffe:\/\/prod\.example\/ns\/[^:/]+\/sa\/checkout$/su.test(sub));
  })],
  ['a claim is found where it stands, and nowhere else', fc.property(bent(CLAIMS), bent('/kubernetes.io/serviceaccount/uid'), (text, claim) => {
    const claims = attemptJson(text);
    if (!isClaims(claims)) return;
    const found = claimAt(claims, claim);
    ok(found === undefined || JSON.stringify(claims).includes(JSON.stringify(found)));
    for (const [inherited, name] of [['/__proto__/constructor', '__proto__'], ['toString', 'toString']] as const) ok(Object.hasOwn(claims, name) || claimAt(claims, inherited) === undefined);
  })],
  ['a rule that is taken names an issuer as URLs are spelled, and binds something', fc.property(bent('https://cluster.example/id/1'), bent(PATTERN), (issuer, pattern) => {
    const rule = {
      ruleId: 'trs_x', name: 'x', purpose: 'workload', platform: 'oidc', issuer, audience: HUB, keys: { source: 'discovery' }, singleUse: true, agentId: 'agt_x',
      claims: [{ claim: 'sub', match: 'segments', values: [pattern] }],
    } as const;
    if (attempt(() => checkTrustRule(rule, { issuer: HUB, local: false }) ?? true) === undefined) return;
    ok(issuer.startsWith('spiffe://') || (new URL(issuer).protocol === 'https:' && [issuer, `${issuer}/`].includes(new URL(issuer).href)));
    ok(/[^*:/]/u.test(pattern));
  })],
  ['an assertion that is read is for the client that sends it, and says for whom', fc.property(bent(JAG), (text) => {
    const claims = attemptJson(text);
    if (!isClaims(claims)) return;
    const read = readIdJag(claims, 'agt_x');
    if (typeof read === 'string') return;
    ok(claims['client_id'] === 'agt_x' && read.subject === claims['sub'] && read.subject !== '' && Number.isSafeInteger(read.agreedAt) && read.resources.every((uri) => typeof uri === 'string'));
  })],
];
