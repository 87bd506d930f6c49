import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/platform/config.js';
import { findOperator } from '../../src/platform/operator-credentials.js';
import { freePort } from '../support/free-ports.js';
import { ADMIN, NOTES } from '../support/hub.js';
import { HubOverHttp, type JsonAnswer } from '../support/hub-over-http.js';
import { type NodeProcess, startNode } from '../support/node-process.js';

/** Mandate as it is run, in a process of its own, and its operator. */
export class OperatedHub {
  private token = '';
  private node: NodeProcess | undefined;

  private constructor(readonly environment: Readonly<Record<string, string>>, readonly http: HubOverHttp) {}

  static async start(directory: string, more: Readonly<Record<string, string>> = {}): Promise<OperatedHub> {
    const port = String(await freePort());
    const environment = {
      PORT: port, MANDATE_DATA: directory, MANDATE_SAMPLE: 'off', MANDATE_LOG: 'warn', MANDATE_MASTER_KEY: randomBytes(32).toString('base64url'),
      MANDATE_ADMIN_EMAIL: ADMIN.email, MANDATE_ADMIN_PASSWORD: ADMIN.password, ...more,
    };
    const hub = new OperatedHub(environment, new HubOverHttp(`http://localhost:${port}`));
    await hub.again();
    return hub;
  }

  /** After it was stopped: on the same stores, at the same address. */
  async again(): Promise<void> {
    this.node = await startNode([], this.environment);
    const operator = (await findOperator(readConfig(this.environment)))!;
    this.token = (await this.http.clientCredentials(operator, { resource: `${this.http.issuer}/api` })).body['access_token'] as string;
  }

  admin(method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    return this.http.json(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** An agent with a secret that may read notes by itself. */
  async service(): Promise<{ readonly clientId: string; readonly clientSecret: string }> {
    const { kind, name, uri, scopes } = NOTES;
    const { body: resource } = await this.admin('POST', '/api/resources', { kind, name, uri, scopes });
    const { body: agent } = await this.admin('POST', '/api/agents', { name: 'Service', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] });
    await this.admin('POST', '/api/grants', { agent_id: agent['agent_id'], resource_id: resource['resource_id'], scopes: ['notes:read'] });
    return { clientId: agent['client_id'] as string, clientSecret: agent['client_secret'] as string };
  }

  /** As an orchestrator stops it; gives the exit code. */
  stop(): Promise<number | null> {
    return this.node!.stop();
  }

  /** The same with another signal than SIGTERM. */
  end(signal: NodeJS.Signals): Promise<number | null> {
    return this.node!.end(signal);
  }

  printed(): string {
    return this.node!.printed();
  }
}
