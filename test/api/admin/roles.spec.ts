import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { type TestHub, startHub } from '../../support/hub.js';
import { adminToken, call, letAgentsIn, makeUser, userToken } from './admin-rig.js';

describe('the admin API and people without a role', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it('stays shut to them also under a policy that forgot to say so', async () => {
    await letAgentsIn(hub);
    const { token } = await userToken(hub, await makeUser(hub, []));
    expect((await call(hub, 'GET', '/api/policies', { token })).status).toBe(401);
    expect((await call(hub, 'GET', '/api/policies', await adminToken(hub))).status).toBe(200);
  });

  it('shuts at once when the role is taken away', async () => {
    const userId = await makeUser(hub, ['admin']);
    const { token } = await userToken(hub, userId);
    expect((await call(hub, 'GET', '/api/policies', { token })).status).toBe(200);
    await hub.do(new ChangeUser(userId, { type: 'ChangeRoles', roles: [] }, hub.context));
    expect((await call(hub, 'GET', '/api/policies', { token })).status).toBe(401);
  });
});
