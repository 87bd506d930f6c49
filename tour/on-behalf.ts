import { exchange } from '../examples/on-behalf-of.js';
import { decodeJwt } from 'jose';
import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';

const CALENDAR = {
  uri: 'https://calendar.tour.example/api', kind: 'api', name: 'Calendar',
  scopes: [{ name: 'events:read', description: 'See events' }, { name: 'events:write', description: 'Change events' }],
};
type Listed = { items: { resource_id: string; uri: string }[] };

/** The server behind the tools, as an agent of its own: it may see a person's calendar for them, and no more. */
export class NotesBackend {
  private constructor(private readonly issuer: string, readonly agentId: string, private readonly clientId: string, private readonly clientSecret: string) {}

  /** Registered, named the operator of the MCP server's resource, and granted what it may do elsewhere for this person. */
  static async setUp(admin: AdminApi, issuer: string, sampleUrl: string, userId: string): Promise<NotesBackend> {
    const resources = async (): Promise<Listed> => admin.call<Listed>('GET', 'resources', undefined, admin.position === undefined ? {} : { 'if-ledger-at-least': admin.position });
    const calendar = (await resources()).items.find(({ uri }) => uri === CALENDAR.uri) ?? (await admin.call<Listed['items'][0]>('POST', 'resources', CALENDAR));
    const sample = (await resources()).items.find(({ uri }) => uri === sampleUrl);
    if (!sample) throw new Error(`the sample server ${sampleUrl} is no resource of this hub`);
    const agent = await admin.call<{ agent_id: string; client_id: string; client_secret: string }>('POST', 'agents', {
      name: 'Notes backend', owner: { kind: 'team', id: 'team_notes' }, grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    });
    await admin.call('POST', `resources/${sample.resource_id}/operator`, { agent_id: agent.agent_id });
    await admin.call('POST', 'grants', { agent_id: agent.agent_id, principal: { kind: 'user', id: userId }, resource_id: calendar.resource_id, scopes: ['events:read'] });
    return new NotesBackend(issuer, agent.agent_id, agent.client_id, agent.client_secret);
  }

  /** Gives the token that it received, and gets one for the calendar. */
  exchange(received: string, scope: string): Promise<string> {
    const { issuer, clientId, clientSecret } = this;
    return exchange({ issuer, clientId, clientSecret }, received, { resource: CALENDAR.uri, scope });
  }

  async isActive(token: string): Promise<boolean> {
    const answer = await fetch(`${this.issuer}/introspect`, {
      method: 'POST', body: new URLSearchParams({ token }),
      headers: { authorization: `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}` },
    });
    return ((await answer.json()) as { active: boolean }).active;
  }
}

/** Gives the token that the backend got, which ends when the one it was made from does. */
export const actOnBehalf = async (report: Report, backend: NotesBackend, admin: AdminApi, received: string): Promise<string> => {
  report.chapter('6. The server behind the tools asks another API, in the person\'s name');
  const token = await backend.exchange(received, 'events:read');
  const [before, after] = [decodeJwt(received), decodeJwt(token)];
  report.check(`it exchanges what it received (RFC 8693) for a token for ${String(after.aud)} with ${String(after['scope'])}`, [after.aud, after['scope']], [CALENDAR.uri, 'events:read']);
  report.check('the token names the person, and both agents that act', [after.sub, after['act']], [before.sub, { sub: backend.agentId, act: before['act'] }]);
  report.check('it ends no later than the one it was made from', after.exp! <= before.exp!);
  const refused = await backend.exchange(received, 'events:write').then(() => 'given', (error: Error) => error.message);
  report.check(`events:write was granted by nobody; the agent reads: ${refused}`, refused.includes('invalid_scope'));
  const { items } = await admin.call<{ items: { type: string; data: { reason?: string } }[] }>('GET', `agents/${backend.agentId}/history?limit=200`);
  const told = items.findLast(({ type }) => type === 'TokenRefused');
  report.check(`and the auditor reads: ${told?.data.reason}`, told?.data.reason, 'scope.none_allowed');
  return token;
};
