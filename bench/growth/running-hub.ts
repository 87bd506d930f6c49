import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { readOperatorFile } from '../../src/platform/operator-file.js';
import { basicAuthorization } from '../servers/server-ready.js';

const PROGRAM = resolve(import.meta.dirname, '../../src/main.js');
const PATIENCE = 300_000;

/** Milliseconds since the process was made. */
export interface StartTimes {
  readonly listening: number;
  readonly firstToken: number;
}

/** The hub as `npm start` runs it, in a process of its own. */
export class RunningHub {
  private constructor(private readonly process: ChildProcess, readonly url: string, readonly token: string, readonly times: StartTimes) {}

  /** `environment`: what differs from the embedded default. Resolves when it has issued its first token, to its operator. */
  static async start(directory: string, port: number, environment: Readonly<Record<string, string>> = {}): Promise<RunningHub> {
    const own = {
      PORT: String(port), MANDATE_DATA: directory, MANDATE_SAMPLE: 'off', MANDATE_LOG: 'error', NODE_ENV: 'production',
      DATABASE_URL: '', EVENTSTORE_URL: '', REDIS_URL: '', ...environment,
    };
    const began = performance.now();
    const child = spawn(process.execPath, [PROGRAM], { env: { ...process.env, ...own }, stdio: ['ignore', 'ignore', 'inherit'] });
    const url = `http://localhost:${port}`;
    try {
      await answered(child, `${url}/jwks`);
      const listening = performance.now() - began;
      const token = await operatorToken(directory, url);
      return new RunningHub(child, url, token, { listening, firstToken: performance.now() - began });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** An answer of its admin API. */
  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/${path}`, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`GET /api/${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const gone = new Promise((exited) => this.process.once('exit', exited));
    this.process.kill(signal);
    await gone;
  }
}

const answered = async (child: ChildProcess, url: string): Promise<void> => {
  for (const until = performance.now() + PATIENCE; performance.now() < until;) {
    if (child.exitCode !== null) throw new Error('the hub did not start');
    const isUp = await fetch(url).then(async (response) => (await response.arrayBuffer()).byteLength > 0 && response.ok, () => false);
    if (isUp) return;
    await new Promise((wait) => setTimeout(wait, 5));
  }
  throw new Error('the hub did not answer in time');
};

const operatorToken = async (directory: string, url: string): Promise<string> => {
  const { clientId, clientSecret } = readOperatorFile(directory)!;
  const response = await fetch(`${url}/token`, {
    method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${url}/api` }), headers: { authorization: basicAuthorization(clientId, clientSecret) },
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`the operator got no token (${response.status})`);
  return token;
};
