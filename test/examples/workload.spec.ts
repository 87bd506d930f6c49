import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionsToken, projectedToken, tokenFor } from '../../examples/workload.js';
import { AddTrustRule } from '../../src/commands/trust/add-trust-rule.js';
import { claimsOf } from '../support/exchange.js';
import { NOTES } from '../support/hub.js';
import { PlatformIssuer } from '../support/platform-issuer.js';
import { JWT_BEARER, WorkloadRig } from '../support/workload-rig.js';

describe('the example of a workload without a secret, over a real hub', () => {
  let rig: WorkloadRig;
  let runner: Server;
  let github: PlatformIssuer;
  const directory = mkdtempSync(join(tmpdir(), 'mandate-workload-'));
  const wanted = () => ({ issuer: rig.hub.issuer, resource: NOTES.uri, scope: 'notes:read' });

  beforeAll(async () => {
    rig = await WorkloadRig.start();
    rig.settle();
    github = await PlatformIssuer.make('https://token.actions.githubusercontent.com', () => rig.hub.inside.clock.seconds());
    // As a runner answers its jobs.
    runner = createServer(async (request, response) => {
      const audience = new URL(request.url!, 'http://runner').searchParams.get('audience');
      const isJob = request.headers.authorization === 'Bearer of-the-job';
      const claims = { aud: audience, sub: 'repo:acme-1001/shop-2002:environment:production', repository_owner_id: '1001', repository_id: '2002', environment: 'production', event_name: 'push' };
      response.writeHead(isJob ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(isJob ? { value: await github.token(claims) } : {}));
    });
    await new Promise<void>((resolve) => runner.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => runner.close(resolve));
    await rig.hub.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('Kubernetes: reads what the kubelet put there, and gets a token', async () => {
    const { token } = await rig.pod();
    const path = join(directory, 'token');
    writeFileSync(path, `${await token()}\n`);
    expect(claimsOf(await tokenFor(await projectedToken(path), wanted()))).toMatchObject({ aud: NOTES.uri, scope: 'notes:read' });
  });

  it('GitHub Actions: asks the runner, and gets a token; a job of another repository does not', async () => {
    const { port } = runner.address() as AddressInfo;
    const job = { url: `http://127.0.0.1:${port}/token?api-version=2.0`, token: 'of-the-job' };
    const template = { name: 'Release job', owner: { kind: 'team', id: 'team_shop' }, tags: ['ci'], grantTypes: [JWT_BEARER], grants: [{ resourceId: rig.notes, scopes: ['notes:read'] }] } as const;
    const add = (repository: string) => rig.hub.do(new AddTrustRule({
      name: 'Release', preset: 'github-actions', variables: { repository_owner_id: '1001', repository_id: repository, environment: 'production' }, template, jwks: github.jwks,
    }, rig.hub.issuer, rig.hub.context));
    await add('9999');
    await expect(tokenFor(await actionsToken(rig.hub.issuer, job), wanted())).rejects.toThrow('invalid_grant');
    await add('2002');
    expect(claimsOf(await tokenFor(await actionsToken(rig.hub.issuer, job), wanted()))).toMatchObject({ scope: 'notes:read' });
    await expect(actionsToken(rig.hub.issuer, { ...job, token: 'none' })).rejects.toThrow('id-token: write');
  });

  it('left no failure behind', () => expect(rig.hub.inside.failures).toEqual([]));
});
