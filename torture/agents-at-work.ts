import { REFRESH_GRACE } from '../src/domain/authorization/lifetimes.js';
import { authorizeUrl, obtainCode, pkce, redeem, refresh } from '../test/support/code-flow.js';
import { NOTES } from '../test/support/hub.js';
import { authorizationOf, leafOf, type CrashWorld } from '../test/faults/crash-world.js';
import type { Client } from './client.js';
import type { Random } from './random.js';
import type { RunRecord } from './run-record.js';

export interface Scene {
  readonly world: CrashWorld;
  readonly client: Client;
  readonly random: Random;
  readonly record: RunRecord;
}
export interface Worker {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly grantId: string;
}

/** A token for an agent's own work, again and again. Administrators suspend it and revoke its grant meanwhile. */
export const serviceAtWork = async ({ world, client, random, record }: Scene, services: readonly Worker[]): Promise<void> => {
  while (!client.stopped) {
    const service = random.of(services);
    const after = world.latest;
    const answer = await client.ask(() => world.hub.clientCredentials(service, { resource: NOTES.uri }));
    if (!answer) continue;
    if (answer.status === 200) world.tell(answer, after);
    else if (answer.body['error'] !== 'invalid_grant') record.violated(`client_credentials: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
};

/**
 * A person's application: gets a code, redeems it, refreshes some times, and signs out or not. What it lost the answer to
 * it tries again, as real ones do.
 */
export const applicationAtWork = async (scene: Scene, clientId: string): Promise<void> => {
  while (!scene.client.stopped) {
    const obtained = await scene.client.try(() => obtainCode(scene.world.hub, clientId, { browser: scene.world.browser }));
    if (!obtained?.code) continue;
    scene.world.told.codes.push(authorizationOf(obtained.code));
    const refreshToken = await redeemed(scene, clientId, obtained);
    if (refreshToken !== undefined) await refreshSome(scene, clientId, refreshToken);
  }
};

const redeemed = async ({ world, client, record }: Scene, clientId: string, obtained: { code: string; verifier: string }): Promise<string | undefined> => {
  const done = await client.insist(() => redeem(world.hub, clientId, obtained));
  if (!done) return undefined;
  const { answer, isFirst } = done;
  if (answer.status === 200) {
    world.tell(answer);
    return answer.body['refresh_token'] as string;
  }
  // The code was spent by the attempt that never answered: the person starts again.
  if (isFirst) record.violated(`a fresh code was refused: ${JSON.stringify(answer.body)}`);
  record.count('codes spent without an answer');
  return undefined;
};

const refreshSome = async ({ world, client, random, record }: Scene, clientId: string, first: string): Promise<void> => {
  let token = first;
  for (let n = random.between(1, 6); n > 0 && !client.stopped; n -= 1) {
    const sent = token;
    const generation = leafOf(sent)!.generation;
    const done = await client.insist(() => refresh(world.hub, clientId, sent));
    if (!done) return;
    const next = done.answer.body['refresh_token'];
    if (done.answer.body['error'] === 'invalid_grant' && done.seconds > REFRESH_GRACE) return record.count('sessions ended after the grace');
    if (done.answer.status !== 200 || leafOf(next)?.generation !== generation + 1)
      return record.violated(`a session was lost: refresh of generation ${generation}${done.isFirst ? '' : `, tried again for ${Math.round(done.seconds)} s,`} gave ${done.answer.status} ${JSON.stringify(done.answer.body)}`);
    if (!done.isFirst) record.count('refreshed again, same successor');
    world.tell(done.answer);
    token = next as string;
  }
  if (random.next() < 0.5) await signOut({ world, client, random, record }, clientId, token);
};

const signOut = async ({ world, client, record }: Scene, clientId: string, token: string): Promise<void> => {
  const revoked = await client.insist(() => world.hub.post('/revoke', { client_id: clientId, token }));
  if (revoked && revoked.answer.status !== 200) record.violated(`a revocation was refused: ${JSON.stringify(revoked.answer.body)}`);
  const again = revoked && (await client.insist(() => refresh(world.hub, clientId, token)));
  if (again && again.answer.status !== 400) record.violated('a refresh token worked after its revocation had been answered');
};

/** Whether Ana's consent is there already; the first time she is asked. */
export const consentOnce = async (world: CrashWorld, clientId: string): Promise<void> => {
  const page = await world.browser.open(authorizeUrl(clientId, pkce().challenge));
  if (page.location === undefined) await world.browser.submit(page, '/consent', { decision: 'allow' });
};
