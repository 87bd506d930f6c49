import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { forwardTarget } from '../../src/api/connections/forward-target.js';
import { Form } from '../../src/api/http/form.js';
import { nestsDeeperThan } from '../../src/api/http/nesting.js';
import { networkOfAddress } from '../../src/api/http/network.js';
import { presentedClient } from '../../src/api/oauth/clients/client-credentials-in-request.js';
import { connectionNamed } from '../../src/api/oauth/grants/connection-target.js';
import { readScopes } from '../../src/api/oauth/resource-parameter.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { checkClientIdUrl } from '../../src/domain/agent/client-id-url.js';
import { type DescribedClient, canonicalMetadata, readRegistrationRequest } from '../../src/domain/agent/client-metadata.js';
import { detailsOf, readAuthorizationDetails } from '../../src/domain/approval/authorization-details.js';
import { registrationAnswer } from '../../src/domain/agent/metadata-answer.js';
import { logoutToken } from '../../src/domain/idp/logout-token.js';
import { upstreamPerson } from '../../src/domain/idp/upstream-person.js';
import { userEvents } from '../../src/domain/user/user.events.js';
import { checkRedirectUri, matchesRedirectUri } from '../../src/domain/agent/redirect-uri.js';
import { ACCESS_TOKEN } from '../support/exchange.js';
import { attempt, attemptJson, bent } from './attempts.js';
import { HOSTILE } from './edits.js';
import { trustParsers } from './trust-parsers.js';

const words = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 30 }));
/** Text that survives UTF-8. */
const unicode = words.filter((text) => !/\p{Cs}/u.test(text));

const REGISTRATION = JSON.stringify({
  client_name: 'Editor', redirect_uris: ['https://editor.example/cb', 'http://127.0.0.1:1/cb', 'com.example.editor:/cb', 'cursor://x.y/cb'], grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'], token_endpoint_auth_method: 'none', scope: 'a b', client_uri: 'https://editor.example', logo_uri: 'https://editor.example/l', jwks_uri: 'https://editor.example/k', application_type: 'web',
});
const recorded = ({ name, metadata }: DescribedClient): void => void agentEvents.AgentRegistered.parse({
  agentId: 'agt_x', clientId: 'agt_x', name, owner: { kind: 'team', id: 't' }, method: 'dynamic', metadata, metadataDigest: 'd',
});
const MAPPING = { emailDomains: [], requires: [], roles: [{ claim: 'groups', value: 'finance', role: 'clerk' }], claims: [{ claim: 'department', as: 'department' }], acr: [{ claim: 'amr' as const, value: 'mfa', acr: 'urn:mandate:acr:2' }] };
const ID_TOKEN = JSON.stringify({ sub: 's', email: 'ana@acme.example', email_verified: true, name: 'Ana', groups: ['finance', 'everybody'], department: 'billing', amr: ['pwd', 'mfa'], auth_time: 1_000, sid: 'session' });
const LOGOUT = JSON.stringify({ iss: 'https://idp.example', aud: 'hub', iat: 1_000, exp: 1_100, jti: 'j', sub: 's', sid: 'i', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } });
const REDIRECTS = ['https://app.example/cb', 'https://app.example:8443/cb?x=1', 'http://127.0.0.1/cb', 'http://localhost:3000/cb', 'http://[::1]/cb', 'com.example.app:/cb'] as const;
const CONNECTION_URN = 'urn:mandate:connection:service';
const SERVICE = { origins: ['https://api.service.example'], routes: [{ methods: ['GET'], path: '/v1/**' }] };
const isLoopback = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
const depthOf = (value: unknown): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0);
const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });

/** Parsers without the server around them: they refuse or they read, and what they have read holds. */
export const parsers: readonly (readonly [string, fc.IRawProperty<unknown, false>])[] = [
  ['a registration that is read fits into its event, and reads the same from its own answer', fc.property(bent(REGISTRATION), (text) => {
    const described = attempt(() => readRegistrationRequest(attemptJson(text)));
    if (!described) return;
    recorded(described);
    for (const uri of described.metadata.redirectUris) checkRedirectUri(uri);
    ok(!/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(described.name) && [...described.name].length <= 200);
    const again = readRegistrationRequest(JSON.parse(JSON.stringify(registrationAnswer({ ...described, clientId: 'x', issuedAt: 0 }))));
    strictEqual(canonicalMetadata(again), canonicalMetadata(described));
  })],
  ['what an identity provider says of a person fits into events, whatever it is, or nobody is let in', fc.property(bent(ID_TOKEN), (text) => {
    const said = attemptJson(text);
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return;
    const person = attempt(() => upstreamPerson(MAPPING, said as Record<string, unknown>));
    if (!person) return;
    userEvents.UserRegistered.parse({ userId: 'u', email: person.email ?? '', name: person.name ?? '', roles: person.roles });
    userEvents.UserClaimsChanged.parse({ userId: 'u', claims: Object.entries(person.claims ?? {}).map(([name, values]) => ({ name, values })) });
    userEvents.UserSignedIn.parse({ userId: 'u', sessionDigest: 'd', methods: person.methods });
    ok(person.roles!.every((role) => role === 'clerk'));
  })],
  ['a logout token that is read is of the provider, for the hub, of now, and says whose session', fc.property(bent(LOGOUT), (text) => {
    const said = attemptJson(text);
    if (typeof said !== 'object' || said === null) return;
    const read = attempt(() => logoutToken(said as Record<string, unknown>, { issuers: ['https://idp.example'], audience: 'hub', now: 1_000 }));
    ok(!read || (read.issuer === 'https://idp.example' && read.jti !== '' && (read.subject ?? read.session ?? '') !== ''));
  })],
  ['a redirect URI that matches is the registered one, or differs in the port of a loopback address', fc.property(fc.constantFrom(...REDIRECTS).chain((uri) => fc.tuple(fc.constant(uri), bent(uri))), ([registered, presented]) => {
    if (!matchesRedirectUri(registered, presented) || registered === presented) return;
    const [ours, theirs] = [new URL(registered), new URL(presented)];
    ok(isLoopback(ours));
    deepStrictEqual([theirs.protocol, theirs.hostname, theirs.pathname, theirs.search, theirs.hash, theirs.username], [ours.protocol, ours.hostname, ours.pathname, ours.search, ours.hash, '']);
  })],
  ['a redirect URI that is taken is what a browser makes of it', fc.property(fc.constantFrom(...REDIRECTS).chain(bent), (uri) => {
    if (attempt(() => checkRedirectUri(uri) ?? true) === undefined) return;
    const url = new URL(uri);
    ok(!/^(javascript|data|vbscript|file|blob|about):$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '');
    ok(url.protocol !== 'http:' || isLoopback(url));
  })],
  ['a client_id URL that is taken is https, of a public name, and in its one form', fc.property(bent('https://client.example/agent.json'), (text) => {
    if (attempt(() => checkClientIdUrl(text) ?? true) === undefined) return;
    const { protocol, hostname, port, username, password, hash, pathname, href } = new URL(text);
    deepStrictEqual([protocol, port, username, password, hash], ['https:', '', '', '', '']);
    ok(hostname.includes('.') && !/^[\d.]+$|^\[/.test(hostname) && pathname !== '/' && !/(^|\/)\.{1,2}(\/|$)/.test(pathname));
    strictEqual(href, text.replace(/^(https:\/\/[^/]*):443/, '$1'));
  })],
  ['scopes that are read have only the characters of RFC 6749 section 3.3, each scope once', fc.property(fc.oneof(bent('notes:read notes:write'), fc.array(words).map((list) => list.join(' '))), (text) => {
    const scopes = attempt(() => readScopes(text)) ?? [];
    ok(scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(scope)) && new Set(scopes).size === scopes.length && scopes.length <= 100);
  })],
  ['a connection that a request is for is one, by a name that connections have', fc.property(fc.array(fc.oneof(bent(CONNECTION_URN), fc.constant(CONNECTION_URN)), { maxLength: 3 }), fc.option(fc.oneof(bent(CONNECTION_URN), fc.constant(CONNECTION_URN)), { nil: undefined }), (targets, requested) => {
    const name = attempt(() => connectionNamed(requested, targets, ACCESS_TOKEN));
    if (name === undefined) return;
    ok(/^[a-z][a-z0-9-]{1,39}$/.test(name) && [...targets, ...(requested === undefined || requested === ACCESS_TOKEN ? [] : [requested])].every((one) => one === `urn:mandate:connection:${name}`));
  })],
  ['a call that is forwarded goes where it was written to, as any URL parser reads it', fc.property(bent('api.service.example/v1/things/7?page=2'), (written) => {
    const target = forwardTarget(SERVICE as never, 'GET', written);
    if (typeof target === 'string') return;
    const { origin, pathname } = new URL(`${target.origin}${target.path}?${target.query}`);
    deepStrictEqual([origin, pathname], ['https://api.service.example', target.path]);
    // The route is `/v1/**`: that place and everything below it (test/domain/connection/routes.spec.ts).
    ok(/^\/v1(\/|$)/.test(pathname) && !/[\r\n#]/.test(target.query));
  })],
  ['a client is presented by Basic as it was written, whatever its characters', fc.property(unicode.filter((id) => id !== ''), unicode, (id, secret) => {
    const header = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
    const presented = presentedClient(header, Form.read(''));
    deepStrictEqual([presented.clientId, presented.secret], [id, secret === '' ? undefined : secret]);
  })],
  ['a form is read as URLSearchParams reads it, repetitions and all', fc.property(fc.array(fc.tuple(unicode, unicode), { maxLength: 20 }), (pairs) => {
    const text = new URLSearchParams(pairs).toString();
    const form = Form.read(text);
    for (const [name] of pairs) strictEqual(JSON.stringify(form.all(name)), JSON.stringify(new URLSearchParams(text).getAll(name).filter((value) => value !== '')));
    ok(pairs.every(([name], n) => pairs.findIndex(([other]) => other === name) === n) === (form.repeated(new Set()) === undefined));
  })],
  ['a form of any text is read or refused', fc.property(fc.oneof(bent('grant_type=x&code=a%20b&resource=https%3A%2F%2Fa'), words), (text) => {
    const form = attempt(() => Form.read(text));
    for (const name of ['grant_type', 'code', '__proto__', 'toString']) ok(form === undefined || ['string', 'undefined'].includes(typeof form.get(name)));
  })],
  ['one network is one text, however its addresses are written', fc.property(groups, groups, fc.nat(5), ([...address], other, spelling) => {
    const written = spelled(address, spelling);
    const network = networkOfAddress(written);
    strictEqual(network, networkOfAddress(spelled(address, 0)));
    strictEqual(network, networkOfAddress(spelled([...address.slice(0, 4), ...other.slice(4)], 1)) === network || isMapped(address) ? network : 'another');
    ok(network.length < 64);
  })],
  ...trustParsers,
  ['authorization_details of any text have one spelling that reads as itself, or are refused', fc.property(fc.oneof(bent('[{"type":"refund","amount":"250.00","to":{"a":[1,true,null]}}]'), words), (text) => {
    const once = attempt(() => readAuthorizationDetails(text));
    if (once === undefined) return;
    strictEqual(readAuthorizationDetails(once), once);
    deepStrictEqual(detailsOf(once), JSON.parse(text));
  })],
  ['JSON is as deep as it is', fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(7), (value, most) => {
    strictEqual(nestsDeeperThan(JSON.stringify(value), most), depthOf(value) > most);
  })],
];

const isMapped = (address: readonly number[]): boolean => address.slice(0, 5).every((group) => group === 0) && address[5] === 0xffff;
const spelled = (address: readonly number[], how: number): string => {
  const hex = address.map((group) => group.toString(16));
  if (how === 1) return hex.map((group) => group.padStart(4, '0')).join(':');
  if (how === 2) return hex.join(':').toUpperCase();
  if (how === 3) return `${hex.join(':')}%eth0`;
  if (how === 4) return hex.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
  return how === 5 ? `${hex.slice(0, 6).join(':')}:${address[6]! >> 8}.${address[6]! & 255}.${address[7]! >> 8}.${address[7]! & 255}` : hex.join(':');
};
