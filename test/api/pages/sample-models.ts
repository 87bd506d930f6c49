import type { ConnectModel } from '../../../src/api/pages/connect-model.js';
import { connectPage } from '../../../src/api/pages/connect-page.js';
import { connectedPage } from '../../../src/api/pages/connected-page.js';
import type { ConsentModel } from '../../../src/api/pages/consent-model.js';
import { approvalPage } from '../../../src/api/pages/approval-page.js';
import { approvalsPage } from '../../../src/api/pages/approvals-page.js';
import { consentPage } from '../../../src/api/pages/consent-page.js';
import { errorPage } from '../../../src/api/pages/error-page.js';
import { homePage } from '../../../src/api/pages/home-page.js';
import { myAgentsPage } from '../../../src/api/pages/my-agents-page.js';
import { myConnectionsPage } from '../../../src/api/pages/my-connections-page.js';
import { signInPage } from '../../../src/api/pages/sign-in-page.js';
import { signedOutPage } from '../../../src/api/pages/signed-out-page.js';
import { appPage } from '../../../src/api/pages/app-page.js';
import { confirmPage } from '../../../src/api/pages/confirm-page.js';
import { recoveryCodesPage } from '../../../src/api/pages/recovery-codes-page.js';
import { securityPage } from '../../../src/api/pages/security-page.js';
import { IDENTITY_SCOPES } from '../../../src/domain/token/identity-scopes.js';

const user = { name: 'Ada Lovelace', email: 'ada@acme.example' };

export const consent: ConsentModel = {
  tenantName: 'Acme', action: '/t/acme/consent', switchAction: '/t/acme/sign-out', csrf: 'csrf-1', transaction: 'transaction-1', user,
  agent: { name: 'Mail Sorter', clientHost: 'sorter.example', clientId: 'https://sorter.example/client.json' },
  redirectHost: 'app.sorter.example', isLoopback: false,
  resource: { name: 'Acme Notes', uri: 'https://notes.acme.example/mcp' },
  scopes: [
    { name: 'notes:read', description: 'Read your notes', required: true, agreedBefore: true },
    { name: 'notes:write', description: 'Add notes for you', required: false, agreedBefore: false },
    { name: 'notes:delete', description: 'Delete your notes for good', required: false, agreedBefore: false },
  ],
  refreshable: true,
};

/** A client that signs people in and wants nothing else. */
export const aboutPerson: ConsentModel = {
  ...consent, isAboutPerson: true, resource: { name: 'Your identity', uri: 'https://hub.example/t/acme/userinfo' },
  scopes: IDENTITY_SCOPES.map(({ name, description }) => ({ name, description, required: name === 'openid', agreedBefore: false })),
};

export const signIn = {
  tenantName: 'Acme', action: '/t/acme/sign-in', csrf: 'csrf-1', transaction: 'transaction-1',
  clientName: 'Mail Sorter', clientHost: 'sorter.example', email: 'ada@acme.example', error: 'These do not go together.',
};

export const myAgents = {
  tenantName: 'Acme', user, csrf: 'csrf-1', action: '/t/acme/my/agents/revoke', signOutAction: '/t/acme/sign-out', connectionsHref: '/t/acme/my/connections', notice: 'Access was taken back.',
  agents: [{
    name: 'Mail Sorter', clientHost: 'sorter.example', resource: 'Acme Notes', scopes: ['Read your notes', 'Add notes for you'],
    since: '2026-11-24T10:00:00.000Z', grantId: 'grant-1',
  }],
};

export const connect: ConnectModel = {
  tenantName: 'Acme', action: '/t/acme/connections/github/connect', switchAction: '/t/acme/sign-out', csrf: 'csrf-1', transaction: 'transaction-1', user,
  service: { title: 'GitHub', host: 'github.com' }, agent: { name: 'Mail Sorter', clientHost: 'sorter.example' }, isShared: false, isLent: true, asks: 'away',
  scopes: [{ name: 'read:user', description: 'Read your profile' }, { name: 'repo', description: 'Read and change your repositories' }],
};
const { agent: _, ...alone } = connect;
export const connectKey: ConnectModel = { ...alone, service: { title: 'Weather', host: 'api.weather.example' }, asks: 'key', isLent: false, error: 'A key has 8 to 4096 printable characters.' };

export const myConnections = {
  tenantName: 'Acme', user, csrf: 'csrf-1', action: '/t/acme/my/connections/disconnect', signOutAction: '/t/acme/sign-out', agentsHref: '/t/acme/my/agents', notice: 'The service is disconnected.',
  services: [
    { title: 'GitHub', host: 'api.github.com', status: 'connected' as const, scopes: ['Read your profile'], since: '2026-11-24T10:00:00.000Z', lastUsed: '2026-11-25T10:00:00.000Z', credentialId: 'crd_1' },
    { title: 'Linear', host: 'api.linear.app', status: 'needs_reauth' as const, scopes: ['Read your workspace'], since: '2026-11-20T10:00:00.000Z', connectHref: '/t/acme/connections/linear/connect', credentialId: 'crd_2' },
    { title: 'Notion', host: 'api.notion.com', status: 'none' as const, scopes: ['Use the pages that you choose'], connectHref: '/t/acme/connections/notion/connect' },
  ],
};

export const home = {
  tenantName: 'Acme', issuer: 'https://hub.example/t/acme',
  links: [{ label: 'My agents', href: 'https://hub.example/t/acme/my/agents', note: 'What you have allowed' }],
};

export const error = { tenantName: 'Acme', title: 'That link is too old', what: 'It was made an hour ago.', todo: 'Go back and try again.', requestId: 'req-1' };

const confirm = {
  tenantName: 'Acme', title: 'Confirm that it is you', lead: 'What comes next needs more than your password.', error: 'Try again.',
  prompt: {
    action: '/t/acme/sign-in/confirm', csrf: 'csrf-1', fields: { transaction: 'transaction-1' }, verb: 'Confirm', totp: true, recovery: true,
    passkey: { options: '{"challenge":"c"}', ticket: '1.nonce' },
  },
  giveUp: { action: '/t/acme/sign-in/factor/cancel', csrf: 'csrf-1', transaction: 'transaction-1' },
};
const setUp = { tenantName: 'Acme', title: 'A passkey is needed', lead: 'You have none yet.', prompt: undefined, setUp: { href: '/t/acme/my/security', nextHref: '/t/acme/authorize?client_id=1' } };

const { email: _typed, ...nothingTyped } = signIn;
const identityProviders = { providers: [{ title: 'Okta', action: '/t/acme/sign-in/with/okta' }, { title: 'Microsoft', action: '/t/acme/sign-in/with/entra' }] };

const security = {
  tenantName: 'Acme', user, csrf: 'csrf-1', base: '/t/acme/my/security', signOutAction: '/t/acme/sign-out', agentsHref: '/t/acme/my/agents', connectionsHref: '/t/acme/my/connections',
  factors: [
    { factorId: 'fac_1', kind: 'passkey' as const, label: 'Laptop', since: '2026-11-20T10:00:00.000Z', lastUsed: '2026-11-21T10:00:00.000Z', isDistrusted: true },
    { factorId: 'fac_2', kind: 'totp' as const, label: 'Phone', since: '2026-11-20T10:00:00.000Z', isDistrusted: false },
  ],
  codesLeft: 7, newPasskey: { options: '{"challenge":"c"}', ticket: '1.nonce', label: 'Firefox on Linux' }, hasPassword: true, notice: 'It was added.', error: 'It was not.',
  sessions: [
    { digest: 'd1', device: 'Firefox on Linux', network: '192.0.2.0/24', since: '2026-11-20T10:00:00.000Z', isThisOne: true },
    { digest: 'd2', device: 'Safari on iPhone', network: '198.51.100.0/24', since: '2026-11-20T10:00:00.000Z', isThisOne: false },
  ],
  identities: { linked: [{ identity: 'i1', title: 'Okta', isOwn: true }, { identity: 'i2', title: 'Microsoft', isOwn: false }], offered: [{ provider: 'google', title: 'Google' }] },
};

const approvals = {
  tenantName: 'Acme', user, csrf: 'csrf-1', signOutAction: '/t/acme/sign-out', agentsHref: '/t/acme/my/agents', notice: 'Confirmed.',
  waiting: [{ agentName: 'Refunds', resource: 'Payments', scopes: ['Give money back'], minutesLeft: 4, href: '/t/acme/my/approvals/apr_1' }],
  confirmed: [{ approvalId: 'apr_2', agentName: 'Sorter', inTheNameOf: 'Ben Franklin', resource: 'Notes', scopes: ['See notes'], minutesLeft: 1 }], withdrawAction: '/t/acme/my/approvals/withdraw',
};

const approval = {
  tenantName: 'Acme', csrf: 'csrf-1', approvalId: 'apr_1', agent: { name: 'Refunds', clientId: 'https://sorter.example/client.json', owner: 'Ada Lovelace' }, inTheNameOf: 'Ben Franklin',
  resource: { name: 'Payments', address: 'https://payments.example/api' }, scopes: ['See payments', 'Give money back'], details: [['amount', '250.00'], ['order', 'A-17']], bindingMessage: 'Order A-17',
  askedAt: '2026-11-24T10:00:00.000Z', until: '2026-11-24T10:05:00.000Z', askedFrom: '192.0.2.0/24', error: 'Not this number.',
  choice: { passkey: { options: '{"challenge":"c"}', ticket: '1.nonce' }, totp: true, recovery: false },
  confirmAction: '/t/acme/my/approvals/confirm', denyAction: '/t/acme/my/approvals/deny',
};

/** A page that can be drawn again with other words in its model. */
export interface SamplePage {
  readonly name: string;
  readonly model: unknown;
  readonly draw: (model: never) => string;
}

export const samplePages: readonly SamplePage[] = [
  { name: 'approvals', model: approvals, draw: approvalsPage },
  { name: 'approval', model: approval, draw: approvalPage },
  { name: 'approval without a factor', model: { ...approval, choice: undefined, confirmAction: undefined, securityHref: '/t/acme/my/security' }, draw: approvalPage },
  { name: 'sign-in', model: signIn, draw: signInPage },
  { name: 'consent', model: consent, draw: consentPage },
  { name: 'consent for an app on this computer', model: { ...consent, isLoopback: true, redirectHost: 'localhost:33418' }, draw: consentPage },
  { name: 'consent to be known', model: aboutPerson, draw: consentPage },
  { name: 'my agents', model: myAgents, draw: myAgentsPage },
  { name: 'connect', model: connect, draw: connectPage },
  { name: 'connect with a key', model: connectKey, draw: connectPage },
  { name: 'connect with a password', model: { ...connectKey, asks: 'password' }, draw: connectPage },
  { name: 'connected', model: { tenantName: 'Acme', title: 'GitHub', agentName: 'Mail Sorter', isDone: true, listHref: '/t/acme/my/connections' }, draw: connectedPage },
  { name: 'my connections', model: myConnections, draw: myConnectionsPage },
  { name: 'confirm', model: confirm, draw: confirmPage },
  { name: 'confirm without a factor', model: setUp, draw: confirmPage },
  { name: 'security', model: security, draw: securityPage },
  { name: 'security before it is confirmed', model: { ...security, newPasskey: undefined, identities: { ...security.identities, offered: [] } }, draw: securityPage },
  { name: 'authenticator app', model: { tenantName: 'Acme', csrf: 'csrf-1', transaction: 'transaction-1', action: '/t/acme/my/security/app', backHref: '/t/acme/my/security', secret: 'ABCDEFGH', squares: [[true, false], [false, true]], label: 'App', error: 'Not this code.' }, draw: appPage },
  { name: 'recovery codes', model: { tenantName: 'Acme', codes: ['aaaa-bbbb-cccc-dddd'], backHref: '/t/acme/my/security' }, draw: recoveryCodesPage },
  { name: 'sign-in with a passkey', model: { ...signIn, passkey: { action: '/t/acme/sign-in/passkey', options: '{"challenge":"c"}', ticket: '1.nonce' } }, draw: signInPage },
  { name: 'home', model: home, draw: homePage },
  { name: 'error', model: error, draw: errorPage },
  { name: 'sign-in with identity providers', model: { ...signIn, ...identityProviders }, draw: signInPage },
  { name: 'sign-in with identity providers only', model: { ...nothingTyped, ...identityProviders, local: false as const, emergencyHref: '/t/acme/sign-in?account=local' }, draw: signInPage },
  { name: 'signed out', model: { tenantName: 'Acme' }, draw: signedOutPage },
  { name: 'signed out here, not there', model: { tenantName: 'Acme', there: { title: 'Okta', url: 'https://acme.okta.com/logout?id_token_hint=a.b.c' } }, draw: signedOutPage },
];
