import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { tokenFor } from '../examples/workload.js';
import { PlatformIssuer, serviceAccountClaims } from '../test/support/platform-issuer.js';
import type { AdminApi } from './admin-api.js';
import { printHistory } from './history.js';
import type { Report } from './report.js';
import type { TouredHub } from './toured-hub.js';

const CLUSTER = 'https://cluster.tour.example';
type Listed = { items: { resource_id: string; uri: string }[] };

/** A pod shows what its cluster gave it, and gets a token: nobody made a secret for it, and nobody has to keep one. */
export const workloadStory = async (report: Report, hub: TouredHub, admin: AdminApi): Promise<void> => {
  report.chapter('9. A workload that has no secret');
  const { items } = await admin.call<Listed>('GET', 'resources', undefined, admin.position === undefined ? {} : { 'if-ledger-at-least': admin.position });
  const sample = items.find(({ uri }) => uri === hub.sampleUrl);
  const cluster = await PlatformIssuer.make(CLUSTER, () => Math.floor(Date.now() / 1000));
  const account = `checkout-${randomBytes(3).toString('hex')}`;
  const rule = await admin.call<{ rule_id: string }>('POST', 'trust-rules', {
    name: `Pods of ${account}`, preset: 'kubernetes', variables: { issuer: CLUSTER, namespace: 'shop', service_account: account }, jwks: cluster.jwks,
    template: { name: `Pod of ${account}`, owner: { kind: 'team', id: 'team_shop' }, tags: ['shop'], grants: [{ resource_id: sample?.resource_id, scopes: ['notes:read'] }] },
  });
  report.note(`the administrator trusts tokens of ${CLUSTER} for the service account shop/${account} (${rule.rule_id})`);
  const jti = (): string => `tour-${randomBytes(8).toString('hex')}`;
  const pod = await cluster.token({ aud: hub.issuer, jti: jti(), ...serviceAccountClaims('shop', account) });
  const wanted = { issuer: hub.issuer, resource: hub.sampleUrl, scope: 'notes:read' };
  const claims = decodeJwt(await tokenFor(pod, wanted));
  report.check(`the pod shows its cluster's token (RFC 7523) and gets one for ${String(claims.aud)} with ${String(claims['scope'])}`, [claims.aud, claims['scope']], [hub.sampleUrl, 'notes:read']);
  const again = await tokenFor(pod, wanted).then(() => 'given', (error: Error) => error.message);
  report.check('the same token a second time gives nothing', again.includes('invalid_grant'));
  const stranger = await tokenFor(await cluster.token({ aud: hub.issuer, jti: jti(), ...serviceAccountClaims('default', account) }), wanted).then(() => 'given', (error: Error) => error.message);
  report.check('neither does one of the same name in another namespace', stranger.includes('invalid_grant'));
  const agentId = claims['agent'] as string;
  const agent = await admin.call<{ registered_by: string; owner: { id: string }; token_endpoint_auth_method: string }>('GET', `agents/${agentId}`);
  report.check('it is in the directory, with an owner and without a secret', [agent.registered_by, agent.owner.id, agent.token_endpoint_auth_method], ['workload', 'team_shop', 'workload_token']);
  const whole = await admin.call('POST', 'trust-rules', {
    name: 'All of GitHub', issuer: 'https://token.actions.githubusercontent.com', claims: [{ claim: 'ref', equals: 'refs/heads/main' }], template: { name: 'CI', owner: { kind: 'team', id: 'team_ci' } },
  }).then(() => 'taken', (error: Error) => error.message);
  report.check('a rule that would trust every repository at GitHub is refused: it has to bind repository_id or repository_owner_id', [whole.includes('422'), whole.includes('repository_owner_id')], [true, true]);
  await printHistory(admin, agentId, report, ['AgentRegistered', 'AgentTagsChanged', 'GrantGiven', 'TokenIssued', 'TokenRefused']);
};
