import { generateKeyPairSync, hash, randomBytes, sign, timingSafeEqual } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'node:querystring';
import { takeTogether } from '../../src/api/http/request-listener.js';
import { BackToBack } from '../../src/commands/back-to-back.js';
import { START } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { joseSignature } from '../../src/platform/vault/jose-signature.js';
import { answerParent } from '../child.js';
import { TENANT, tokenIssued } from '../token-issued.js';
import type { MandateReady } from './mandate-server.js';
import { CALLERS, RESOURCE, type ServerUse, basicAuthorization, cpuSeconds } from './server-ready.js';

// What a durable token costs at the least on the parts that Mandate has: Node's HTTP server, a form, a secret compared, one
// event in the embedded ledger, one signature meanwhile. No framework, tenants, registrations, grants or policy; nothing is
// decided, digested, or looked at again at the event's place. It is no server to use: the distance to it is what those cost.

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encoded({ alg: 'ES256', typ: 'at+jwt', kid: 'bare' });
const secrets = new Map(Array.from({ length: CALLERS }, (_, n) => [`agt_${String(n).padStart(22, '0')}`, randomBytes(32).toString('base64url')]));
const digests = new Map([...secrets].map(([clientId, secret]) => [clientId, hash('sha256', secret, 'buffer')]));

const directory = mkdtempSync(join(tmpdir(), 'mandate-bench-'));
const signing = new BackToBack();
const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: Date.now });

const bodyOf = (request: IncomingMessage): Promise<string> => new Promise((done) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => void pieces.push(piece));
  request.on('end', () => done(Buffer.concat(pieces).toString()));
});

const send = (response: ServerResponse, body: string): void => {
  response.writeHead(200, ['content-type', 'application/json', 'cache-control', 'no-store', 'content-length', String(Buffer.byteLength(body))]);
  response.end(body);
};

const signed = (claims: object): string => {
  const input = `${HEADER}.${encoded(claims)}`;
  return `${input}.${joseSignature(sign('sha256', Buffer.from(input), privateKey))}`;
};

const issue = async (request: IncomingMessage, response: ServerResponse, issuer: string): Promise<void> => {
  const { scope } = parse(await bodyOf(request)) as { scope: string };
  const [clientId = '', secret = ''] = Buffer.from(request.headers.authorization!.slice('Basic '.length), 'base64').toString().split(':');
  if (!timingSafeEqual(hash('sha256', secret, 'buffer'), digests.get(clientId)!)) throw new Error('a wrong secret');
  const [jti, now] = [`tok_${randomBytes(16).toString('base64url')}`, Math.floor(Date.now() / 1000)];
  const claims = { iss: issuer, aud: RESOURCE.uri, sub: clientId, client_id: clientId, iat: now, exp: now + RESOURCE.tokenLifetime, jti, scope };
  const durable = ledger.append(streams.activity(clientId), 'any', [tokenIssued(clientId, jti, jti)]);
  // As Mandate does it: the signatures of one turn one after the other, while the disk works.
  const token = await new Promise<string>((done, failed) => signing.run(() => done(signed(claims)), failed));
  await durable;
  send(response, JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: RESOURCE.tokenLifetime, scope }));
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bare', use: 'sig', alg: 'ES256' }] });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/jwks') send(response, jwks);
    else issue(request, response, issuer).catch((error: unknown) => response.destroy(error as Error));
  });
  takeTogether(server);
  const callers = [...secrets].map(([clientId, secret]) => ({ clientId, authorization: basicAuthorization(clientId, secret), cookie: '' }));
  const ready: MandateReady = {
    port, issuer, callers, lookUp: { resource: RESOURCE.uri, authorization: '' }, directory, tenant: TENANT, beganAfter: START,
    paths: { token: '/token', authorize: '/none', introspect: '/none', revoke: '/none', jwks: '/jwks' },
  };
  answerParent(ready, (): ServerUse => ({ cpuSeconds: cpuSeconds(), commits: ledger.statistics.commits }));
});
