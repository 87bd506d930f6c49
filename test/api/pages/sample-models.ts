import type { ConsentModel } from '../../../src/api/pages/consent-model.js';
import { consentPage } from '../../../src/api/pages/consent-page.js';
import { errorPage } from '../../../src/api/pages/error-page.js';
import { homePage } from '../../../src/api/pages/home-page.js';
import { myAgentsPage } from '../../../src/api/pages/my-agents-page.js';
import { signInPage } from '../../../src/api/pages/sign-in-page.js';
import { signedOutPage } from '../../../src/api/pages/signed-out-page.js';
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
  tenantName: 'Acme', user, csrf: 'csrf-1', action: '/t/acme/my/agents/revoke', signOutAction: '/t/acme/sign-out', notice: 'Access was taken back.',
  agents: [{
    name: 'Mail Sorter', clientHost: 'sorter.example', resource: 'Acme Notes', scopes: ['Read your notes', 'Add notes for you'],
    since: '2026-11-24T10:00:00.000Z', grantId: 'grant-1',
  }],
};

export const home = {
  tenantName: 'Acme', issuer: 'https://hub.example/t/acme',
  links: [{ label: 'My agents', href: 'https://hub.example/t/acme/my/agents', note: 'What you have allowed' }],
};

export const error = { tenantName: 'Acme', title: 'That link is too old', what: 'It was made an hour ago.', todo: 'Go back and try again.', requestId: 'req-1' };

/** A page that can be drawn again with other words in its model. */
export interface SamplePage {
  readonly name: string;
  readonly model: unknown;
  readonly draw: (model: never) => string;
}

export const samplePages: readonly SamplePage[] = [
  { name: 'sign-in', model: signIn, draw: signInPage },
  { name: 'consent', model: consent, draw: consentPage },
  { name: 'consent for an app on this computer', model: { ...consent, isLoopback: true, redirectHost: 'localhost:33418' }, draw: consentPage },
  { name: 'consent to be known', model: aboutPerson, draw: consentPage },
  { name: 'my agents', model: myAgents, draw: myAgentsPage },
  { name: 'home', model: home, draw: homePage },
  { name: 'error', model: error, draw: errorPage },
  { name: 'signed out', model: { tenantName: 'Acme' }, draw: signedOutPage },
];
