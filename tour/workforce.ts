import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { Browser } from '../test/support/browser.js';
import { follow } from '../test/support/follow.js';
import type { WorkforceIdp } from '../test/support/workforce-idp.js';
import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';
import { WebAgent } from './web-agent.js';

const SUFFIX = randomBytes(3).toString('hex');
const NAME = `acme-${SUFFIX}`;
const INVOICES = {
  uri: `https://invoices-${SUFFIX}.tour.example/api`, kind: 'api', name: 'Invoices', scopes: [{ name: 'invoices:read', description: 'See invoices' }], default_scopes: [],
};
const clerksOnly = { id: `clerks-only-${SUFFIX}`, effect: 'deny', targets: { resources: [INVOICES.uri] }, unless: { principals: { roles: ['clerk'] } } };
const PEOPLE = { cleo: { name: 'Cleo Clerk', groups: ['finance'] }, carl: { name: 'Carl Contractor', groups: ['everybody'] } } as const;

/** An identity provider as companies have one, for as long as the chapter lasts; it knows the hub as one of its clients. */
const startProvider = async (issuer: string, secret: string): Promise<WorkforceIdp> => {
  // It warns of what nobody does in production: keys and a store in memory.
  console.warn = () => undefined;
  const { WorkforceIdp: Idp } = await import('../test/support/workforce-idp.js');
  const client = { client_id: 'hub', client_secret: secret, redirect_uris: [`${issuer}/sign-in/with/${NAME}/callback`], grant_types: ['authorization_code'], response_types: ['code'], scope: 'openid profile email groups' };
  const idp = await Idp.start({ clients: [client] });
  for (const [account, { name, groups }] of Object.entries(PEOPLE)) idp.people.set(account, { name, groups, email: `${account}-${SUFFIX}@acme.example`, email_verified: true });
  return idp;
};

const decideBy = async (admin: AdminApi): Promise<number> => {
  const { items } = await admin.call<{ items: { version: number; active: boolean }[] }>('GET', 'policies');
  const before = items.find(({ active }) => active)!.version;
  const { document } = await admin.call<{ document: { rules: unknown[] } }>('GET', `policies/${before}`);
  const { version } = await admin.call<{ version: number }>('POST', 'policies', { document: { ...document, rules: [...document.rules, clerksOnly] } });
  await admin.call('POST', `policies/${version}/activate`);
  return before;
};

/** People who come by their company's identity provider: they consent here, and their role decides. */
export const workforceStory = async (report: Report, admin: AdminApi, issuer: string): Promise<void> => {
  const secret = randomBytes(24).toString('base64url');
  const idp = await startProvider(issuer, secret);
  const { provider_id: providerId } = await admin.call<{ provider_id: string }>('POST', 'identity-providers', {
    name: NAME, title: 'Acme', issuer: idp.issuer, client_id: 'hub', client_secret: secret, scopes: ['openid', 'profile', 'email', 'groups'], role_mapping: [{ claim: 'groups', value: 'finance', role: 'clerk' }],
  });
  await admin.call('POST', 'resources', INVOICES);
  const before = await decideBy(admin);
  try {
    const agent = await WebAgent.register(admin, issuer, 'Invoice reader');
    const tokenFor = async (account: keyof typeof PEOPLE): Promise<string | undefined> => {
      idp.account = account;
      const browser = new Browser(issuer);
      const { location } = await browser.submit(await browser.open('/sign-in'), `/sign-in/with/${NAME}`, {});
      const { url } = await browser.open(await follow(location!));
      report.check(`${PEOPLE[account].name} signs in with Acme and has an account`, url.startsWith(`${issuer}/my/agents`));
      return agent.tokenOf(browser, { name: '', email: '', password: '' }, INVOICES.uri, 'invoices:read').catch(() => undefined);
    };
    const token = await tokenFor('cleo');
    report.check('Cleo agrees, and since Acme says that she is in finance she is a clerk: the agent gets a token', token !== undefined && decodeJwt(token)['scope'], 'invoices:read');
    report.check('Carl is in no such group, so the agent gets nothing in his name', (await tokenFor('carl')) === undefined);
  } finally {
    await admin.call('POST', `policies/${before}/rollback`);
    await admin.call('POST', `identity-providers/${providerId}/remove`, { reason: 'the tour is over' });
    await idp.close();
  }
};
