import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { readOperatorFile } from '../../src/platform/operator-credentials.js';
import { basicAuthorization } from './server-ready.js';

const PROGRAM = resolve(import.meta.dirname, '../../src/main.js');
const PATIENCE = 300_000;

/** Milliseconds since the process was made. */
export interface StartTimes {
  readonly listening: number;
  readonly firstToken: number;
}

/** The hub as `npm start` runs it, in a process of its own. */
export class RunningHub {
  private token = '';

  private constructor(private readonly process: ChildProcess, private readonly directory: string, readonly url: string) {}

  /** `environment`: what differs from the embedded default. Resolves when it has issued its first token, to its operator. */
  static async start(directory: string, port: number, environment: Readonly<Record<string, string>> = {}): Promise<{ hub: RunningHub; times: StartTimes }> {
    const own = {
      PORT: String(port), MANDATE_DATA: directory, MANDATE_SAMPLE: 'off', MANDATE_LOG: 'error', NODE_ENV: 'production',
      DATABASE_URL: '', EVENTSTORE_URL: '', REDIS_URL: '', ...environment,
    };
    const began = performance.now();
    const child = spawn(process.execPath, [PROGRAM], { env: { ...process.env, ...own }, stdio: ['ignore', 'ignore', 'inherit'] });
    const hub = new RunningHub(child, directory, `http://localhost:${port}`);
    try {
      await hub.answered();
      const listening = performance.now() - began;
      await hub.signIn();
      return { hub, times: { listening, firstToken: performance.now() - began } };
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** A call of its admin API, as its operator. */
  async call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const response = await this.send(method, path, body);
    if (response.status !== 401) return read(response, `${method} /api/${path}`);
    // The token has run out.
    await response.arrayBuffer();
    await this.signIn();
    return read(await this.send(method, path, body), `${method} /api/${path}`);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.isRunning) return;
    const gone = new Promise((exited) => this.process.once('exit', exited));
    this.process.kill(signal);
    await gone;
  }

  private send(method: string, path: string, body: object | undefined): Promise<Response> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${this.url}/api/${path}`, { method, ...json, headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) } });
  }

  private async answered(): Promise<void> {
    for (const until = performance.now() + PATIENCE; performance.now() < until;) {
      if (!this.isRunning) throw new Error('the hub did not start');
      const isUp = await fetch(`${this.url}/jwks`).then(async (response) => (await response.arrayBuffer()).byteLength > 0 && response.ok, () => false);
      if (isUp) return;
      await new Promise((wait) => setTimeout(wait, 5));
    }
    throw new Error('the hub did not answer in time');
  }

  private async signIn(): Promise<void> {
    const { clientId, clientSecret } = readOperatorFile(this.directory)!;
    const response = await fetch(`${this.url}/token`, {
      method: 'POST', headers: { authorization: basicAuthorization(clientId, clientSecret) },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${this.url}/api` }),
    });
    const { access_token: token } = (await read(response, 'POST /token')) as { access_token: string };
    this.token = token;
  }
}

const read = async (response: Response, what: string): Promise<unknown> => {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
};
