import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Protected, type RefusalReport, protect } from '@mandate/mcp';
import { UnsecuredJWT, base64url, exportSPKI, importSPKI, SignJWT } from 'jose';
import { challengeOf, mcpRequest } from './support/calls.js';
import { NOW, type SigningKey, TestIssuer, type TokenParts, newKey } from './support/test-issuer.js';

const RESOURCE = 'https://notes.example/mcp';
const METADATA = 'https://notes.example/.well-known/oauth-protected-resource/mcp';

describe('an access token', () => {
  let issuer: TestIssuer;
  let stranger: SigningKey;
  let server: Protected;
  let served: number;
  const reports: RefusalReport[] = [];

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    stranger = await newKey('k1');
    served = 0;
    server = protect(
      () => {
        served += 1;
        return Response.json({ ok: true });
      },
      {
        issuer: issuer.url,
        resource: RESOURCE,
        tools: { list_notes: ['notes:read'] },
        defaultScopes: ['notes:read'],
        tenant: 'acme',
        now: () => NOW * 1000,
        onRefusal: (report) => reports.push(report),
      },
    );
  });
  afterAll(() => issuer.close());

  const call = (token?: string, url = RESOURCE): Promise<Response> => server.fetch(mcpRequest(url, token === undefined ? {} : { token }));
  const expectRefused = async (response: Response, reason: string): Promise<void> => {
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatchObject({ resource_metadata: METADATA, scope: 'notes:read', error: 'invalid_token' });
    expect(reports.at(-1)).toMatchObject({ status: 401, reason });
  };
  const refusesParts = async (parts: TokenParts, reason: string): Promise<void> => expectRefused(await call(await issuer.token(RESOURCE, parts)), reason);

  it('is accepted when everything about it is right', async () => {
    expect((await call(await issuer.token(RESOURCE))).status).toBe(200);
    expect((await call(await issuer.token(RESOURCE, { header: { typ: 'application/at+jwt' } }))).status).toBe(200);
    expect((await call(await issuer.token(RESOURCE, { claims: { aud: ['https://other.example', RESOURCE] } }))).status).toBe(200);
  });

  it('is asked for without an error code when none was sent (RFC 6750 section 3.1)', async () => {
    for (const headers of [{}, { authorization: 'Basic dTpw' }, { authorization: '' }]) {
      const response = await server.fetch(mcpRequest(RESOURCE, { headers }));
      expect(response.status).toBe(401);
      expect(challengeOf(response)).toEqual({ resource_metadata: METADATA, scope: 'notes:read' });
    }
  });

  it.each([
    ['of another resource', 'https://other.example/mcp'],
    ['of the same resource with a slash more', `${RESOURCE}/`],
    ['of the origin alone', 'https://notes.example'],
    ['whose audience only begins alike', `${RESOURCE}-staging`],
    ['of an empty list of audiences', []],
    ['of a number', 7],
    ['without audience', undefined],
  ])('is refused when its audience is that %s', async (_, aud) => refusesParts({ claims: { aud } }, 'token.audience'));

  it('is refused when another issuer is named, however alike', async () => {
    for (const iss of ['https://evil.example', `${issuer.url}/`, issuer.url.toUpperCase(), [issuer.url], undefined]) await refusesParts({ claims: { iss } }, 'token.issuer');
  });

  it('is refused when it is an ID token or any other kind of JWT', async () => {
    for (const typ of ['JWT', 'id_token+jwt', 'logout+jwt', undefined]) await refusesParts({ header: { typ } }, 'token.type');
  });

  it('is refused after its expiry and before its time, give or take five seconds', async () => {
    await refusesParts({ claims: { exp: NOW - 5 } }, 'token.expired');
    await refusesParts({ claims: { nbf: NOW + 6 } }, 'token.claims');
    expect((await call(await issuer.token(RESOURCE, { claims: { exp: NOW - 4, nbf: NOW + 5 } }))).status).toBe(200);
  });

  it.each(['exp', 'iat', 'sub', 'client_id', 'jti'])('is refused without %s', (claim) => refusesParts({ claims: { [claim]: undefined } }, 'token.claims'));

  it('is refused when a claim has the wrong shape', async () => {
    const bad = [{ sub: '' }, { sub: 7 }, { client_id: ['agt_scribe'] }, { scope: ['notes:read'] }, { act: 'agt_scribe' }, { act: {} }, { auth_time: 'today' }, { tenant: 7 }, { exp: 'never' }];
    for (const claims of bad) await refusesParts({ claims }, 'token.claims');
  });

  it('is refused when its chain of actors is longer than anyone needs', async () => {
    const chain = (length: number): object => (length === 1 ? { sub: 'agt_1' } : { sub: `agt_${length}`, act: chain(length - 1) });
    await refusesParts({ claims: { act: chain(11) } }, 'token.claims');
    expect((await call(await issuer.token(RESOURCE, { claims: { act: chain(10) } }))).status).toBe(200);
  });

  it('is refused when it is bound to a key whose proof nobody checks (RFC 9449)', () => refusesParts({ claims: { cnf: { jkt: 'thumb' } } }, 'token.bound'));

  it('is refused when it belongs to another tenant, or to none', async () => {
    for (const tenant of ['globex', 'ACME', undefined]) await refusesParts({ claims: { tenant } }, 'token.tenant');
  });

  it('is refused when its signature is of another key under the same name', () => refusesParts({ key: stranger }, 'token.signature'));

  it('is refused when one bit of it was changed', async () => {
    const [header = '', payload = '', signature = ''] = (await issuer.token(RESOURCE)).split('.');
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as object;
    const forged = base64url.encode(JSON.stringify({ ...claims, sub: 'usr_root' }));
    await expectRefused(await call(`${header}.${forged}.${signature}`), 'token.signature');
    const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    await expectRefused(await call(`${header}.${payload}.${other}`), 'token.signature');
  });

  it('is refused when it is not signed at all (alg none)', async () => {
    const [header = '', payload = ''] = (await issuer.token(RESOURCE)).split('.');
    const none = base64url.encode(JSON.stringify({ typ: 'at+jwt', alg: 'none' }));
    await expectRefused(await call(`${none}.${payload}.`), 'token.signature');
    await expectRefused(await call(`${header}.${payload}.`), 'token.signature');
    await expectRefused(await call(new UnsecuredJWT({ sub: 'usr_ada' }).encode()), 'token.signature');
  });

  it('is refused when it is a MAC keyed with the public key (HS256 confusion)', async () => {
    const pem = await exportSPKI(await importSPKI(await spkiOf(issuer.key), 'ES256', { extractable: true }));
    for (const secret of [pem, JSON.stringify(issuer.key.publicJwk), issuer.key.publicJwk.x ?? '']) {
      const token = await new SignJWT({ iss: issuer.url, aud: RESOURCE, sub: 'usr_ada', client_id: 'a', jti: 'j', tenant: 'acme', iat: NOW, exp: NOW + 60 })
        .setProtectedHeader({ typ: 'at+jwt', alg: 'HS256', kid: 'k1' })
        .sign(new TextEncoder().encode(secret));
      await expectRefused(await call(token), 'token.signature');
    }
  });

  it('cannot bring its own key, nor say where one is: no address in it is ever fetched', async () => {
    const before = issuer.asked.length;
    const header = { jwk: stranger.publicJwk, jku: `${issuer.url}/evil-jwks`, x5u: `${issuer.url}/evil.pem` };
    await refusesParts({ key: stranger, header }, 'token.signature');
    expect(issuer.asked.slice(before)).not.toEqual(expect.arrayContaining([expect.stringContaining('evil')]));
  });

  it('is refused when it holds a critical extension that nobody understands', async () => {
    const [, payload = '', signature = ''] = (await issuer.token(RESOURCE)).split('.');
    const header = base64url.encode(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: 'k1', crit: ['zip-bomb'], 'zip-bomb': 1 }));
    expect((await call(`${header}.${payload}.${signature}`)).status).toBe(401);
  });

  it.each(['', 'x', 'a.b', 'a.b.c', 'a.b.c.d.e', '%%%', 'x'.repeat(20_000)])('is refused when it is no token at all: %.12s', async (token) => {
    expect((await call(token)).status).toBe(401);
  });

  it('is refused when it is longer than any real one, well signed or not', () => refusesParts({ claims: { padding: 'x'.repeat(16_384) } }, 'token.malformed'));

  it('is refused in the query, also beside a good header, in whatever spelling', async () => {
    const token = await issuer.token(RESOURCE);
    for (const query of [`access_token=${token}`, `a=1&access_token=${token}`, `access%5Ftoken=${token}`, 'access_token='])
      await expectRefused(await call(token, `${RESOURCE}?${query}`), 'token.in_query');
    await expectRefused(await call(undefined, `${RESOURCE}?access_token=${token}`), 'token.in_query');
    expect((await call(token, `${RESOURCE}?q=access_token`)).status).toBe(200);
  });

  it('is never quoted in an answer, and reaches the server only when it is good', async () => {
    const before = served;
    const token = await issuer.token(RESOURCE, { claims: { aud: 'https://other.example' } });
    const response = await call(token);
    expect(`${JSON.stringify([...response.headers])}${await response.text()}`).not.toContain(token.slice(0, 40));
    expect(served).toBe(before);
  });
});

const spkiOf = async (key: SigningKey): Promise<string> => {
  const { createPublicKey } = await import('node:crypto');
  return createPublicKey({ key: key.publicJwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
};
