import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { networkOf } from '../../../src/api/http/tenancy.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { SetPassword } from '../../../src/commands/users/set-password.js';
import { Passwords } from '../../../src/domain/ports/passwords.js';
import { SecretStore } from '../../../src/domain/ports/secret-store.js';
import { signIn } from '../../support/code-flow.js';
import { ANA, type TestHub, startHub } from '../../support/hub.js';

const NEW_PASSWORD = 'another long password';

describe('signing in', () => {
  let hub: TestHub;
  let userId: string;
  beforeEach(async () => {
    hub = await startHub();
    userId = await hub.user();
  });
  afterEach(() => hub.close());

  /** Lets something happen once, right after the password was found to be right. */
  const afterTheCheck = (happens: () => Promise<unknown>): void => {
    const passwords = hub.inside.app.get(Passwords, { strict: false });
    const verify = passwords.verify.bind(passwords);
    passwords.verify = async (...given) => {
      passwords.verify = verify;
      const right = await verify(...given);
      await happens();
      return right;
    };
  };
  /** Lets something happen once, right before the session counts. */
  const beforeTheSession = (happens: () => Promise<unknown>): void => {
    const secrets = hub.inside.app.get(SecretStore, { strict: false });
    const put = secrets.put.bind(secrets);
    secrets.put = async (...given) => {
      if (given[1] === 'session') {
        secrets.put = put;
        await happens();
      }
      return put(...given);
    };
  };
  const isSignedIn = async (browser: ReturnType<TestHub['browser']>): Promise<boolean> => {
    const page = await browser.open('/my/agents');
    return !page.html.includes('name="password"');
  };

  it.each([['the check', afterTheCheck], ['the record', beforeTheSession]])('with a password that is replaced right after %s gives no session', async (_, then) => {
    const browser = hub.browser();
    const page = await browser.open('/sign-in');
    then(() => hub.do(new SetPassword(userId, NEW_PASSWORD, hub.context)));

    const answer = await signIn(browser, page);

    expect(answer.status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
    await signIn(browser, await browser.open('/sign-in'), { ...ANA, password: NEW_PASSWORD });
    expect(browser.cookie('mandate_session_default')).toBeDefined();
  });

  it('as somebody who is disabled meanwhile gives no session, not even for later', async () => {
    const browser = hub.browser();
    const page = await browser.open('/sign-in');
    beforeTheSession(() => hub.do(new ChangeUser(userId, { type: 'DisableUser', reason: 'gone' }, hub.context)));

    expect((await signIn(browser, page)).status).toBe(401);

    expect(browser.cookie('mandate_session_default')).toBeUndefined();
    const stored = (await hub.events('UserSignedIn')).at(-1)!.data as { sessionDigest: string };
    const secrets = hub.inside.app.get(SecretStore, { strict: false });
    expect(await secrets.get(hub.context.tenant, 'session', `${userId}.${stored.sessionDigest}`)).toBeUndefined();
  });
});

it.each([
  ['192.0.2.17', '192.0.2.0/24'], ['::ffff:192.0.2.17', '192.0.2.0/24'], ['::ffff:c000:211', '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['2001:db8::17', '2001:db8:0:0::/64'], ['2001:db8::a:b:c:17', '2001:db8:0:0::/64'],
  ['2001:db8:1::17', '2001:db8:1:0::/64'], ['::1', '0:0:0:0::/64'], ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('signing in from %s is recorded from its network, not from the address', (ip, network) => {
  expect(networkOf({ ip } as never)).toBe(network);
});
