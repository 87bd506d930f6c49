import { z } from 'zod';
import { withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { PATH_PARAMETERS } from '../path-parameters.js';
import { providerDraft, providerSchema, providersSchema, signInSchema, testSchema } from './provider-view.js';

const all = 'api/identity-providers' as const;
const one = `${all}/:provider_id` as const;

export const providerEndpoints = {
  list: endpoint({ name: 'listIdentityProviders', verb: 'get', path: all, scope: 'directory:read', says: 'What people sign in with. Client secrets are shown to nobody.', answer: providersSchema }),
  set: endpoint({
    name: 'setIdentityProvider', verb: 'post', path: all, scope: 'sign-in:write', body: providerDraft,
    says: 'Lets people sign in with a provider, or changes its rules: what is left out goes back to its default, save the secret.', answer: providerSchema,
  }),
  read: endpoint({ name: 'readIdentityProvider', verb: 'get', path: one, scope: 'directory:read', says: 'One identity provider.', answer: providerSchema }),
  setSecret: endpoint({
    name: 'setIdentityProviderSecret', verb: 'post', path: `${one}/secret`, scope: 'sign-in:write',
    body: z.strictObject({ client_secret: z.string().min(1).max(4096).optional().describe('Left out where the hub proves itself with a key: then it makes a new one') }),
    says: 'Another client secret, or another key of the hub\'s own.', answer: providerSchema,
  }),
  test: endpoint({
    name: 'testIdentityProvider', verb: 'post', path: `${one}/test`, scope: 'sign-in:write',
    says: 'Asks the provider what it says of itself now, and compares. Nothing changes.', answer: testSchema,
  }),
  remove: endpoint({
    name: 'removeIdentityProvider', verb: 'post', path: `${one}/remove`, scope: 'sign-in:write', body: withReason,
    says: 'Nobody signs in with it any more, and who did is signed out. Accounts stay.', answer: providersSchema,
  }),
  changeWays: endpoint({
    name: 'changeSignInWays', verb: 'post', path: 'api/sign-in', scope: 'sign-in:write',
    body: signInSchema.extend({ emergency_user_ids: z.array(z.string().regex(PATH_PARAMETERS.user_id.pattern)).max(10).default([]) }),
    says: 'Whether people sign in with local accounts, with identity providers, or with both.', answer: providersSchema,
  }),
};
