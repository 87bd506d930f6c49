import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { passkeyPrompt } from '../test/support/authenticator.js';
import { HubOverHttp, basic } from '../test/support/hub-over-http.js';
import { PersonInBrowser } from '../test/support/person-in-browser.js';
import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';

const CIBA = 'urn:openid:params:grant-type:ciba';
const REFUND = [{ amount: '250.00', order: 'A-17', type: 'refund' }];

/** An agent wants to give money back, and the person who answers for it has to confirm just that. */
export const stepUpStory = async (report: Report, admin: AdminApi, issuer: string): Promise<void> => {
  report.chapter('11. A person confirms one action, once');
  const [hub, unique] = [new HubOverHttp(issuer), randomBytes(4).toString('hex')];
  const account = { email: `boss-${unique}@example.com`, password: randomBytes(12).toString('base64url') };
  const { user_id: userId } = await admin.call<{ user_id: string }>('POST', 'users', { ...account, name: 'Bo Boss', roles: [] });
  const boss = new PersonInBrowser(hub, { ...account, userId }, () => Math.floor(Date.now() / 1000));
  await boss.signIn();
  await boss.addPasskey();
  report.note('Bo Boss signs in and adds a passkey (in software here: the browser\'s part is played)');
  const uri = `https://payments-${unique}.example/api`;
  const scopes = [{ name: 'pay:refund', description: 'Give money back' }];
  const { resource_id: resourceId } = await admin.call<{ resource_id: string }>('POST', 'resources', { uri, kind: 'api', name: 'Payments', scopes });
  const { client_id: id, client_secret: secret } = await admin.call<{ client_id: string; client_secret: string }>('POST', 'agents', {
    name: 'Refund agent', owner: { kind: 'user', id: userId }, grant_types: ['client_credentials'],
  });
  await admin.call('POST', 'grants', { agent_id: id, resource_id: resourceId, scopes: ['pay:refund'] });
  const asked = await hub.clientCredentials({ clientId: id, clientSecret: secret }, { resource: uri, scope: 'pay:refund', authorization_details: JSON.stringify(REFUND) });
  report.check('the agent asks for a refund of 250.00 and is told that a person has to confirm it, as CIBA tells', [asked.status, asked.body['error'], asked.body['interval']], [400, 'authorization_pending', 5]);
  const poll = () => hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, basic(id, secret));
  report.check('it polls, and nobody has answered yet', (await poll()).body['error'], 'authorization_pending');
  const page = await boss.browser.open(`/my/approvals/${/^ma_(apr_[\w-]+)\./.exec(String(asked.body['auth_req_id']))![1]!}`);
  report.check('Bo opens the request: the agent, the resource and the amount stand there', ['Refund agent', uri, '250.00', 'A-17'].every((shown) => page.html.includes(shown)));
  const answer = boss.passkey.get(passkeyPrompt(page).options);
  const done = await boss.browser.submit(page, '/my/approvals/confirm', { factor: 'passkey', answer, number: String(asked.body['binding_code']) });
  report.check(`Bo types the number that the agent shows (${String(asked.body['binding_code'])}) and uses the passkey, which signs just this action`, done.html.includes('Confirmed.'));
  const given = await poll();
  report.check('the agent polls again and has a token for exactly that', [given.status, given.status === 200 && decodeJwt(String(given.body['access_token']))['authorization_details']], [200, REFUND]);
  report.check('a second use is refused', (await poll()).body['error'], 'invalid_grant');
};
