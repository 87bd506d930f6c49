import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { until } from './until.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-extensions', '--disable-background-networking', '--remote-debugging-pipe'];

/** Where a Chromium is; undefined when there is none on this machine. */
export const chromium = PLACES.find((path) => existsSync(path));
/** For the title of what is skipped without one. */
export const withoutChromium = chromium === undefined ? ' (skipped: there is no Chromium on this machine)' : '';

interface Message {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A real Chromium, spoken to over the DevTools protocol by pipes, with one page and a passkey device in software. */
export class RealBrowser {
  private readonly waiting = new Map<number, (message: Message) => void>();
  private session: string | undefined;
  private last = 0;

  private constructor(private readonly process: ChildProcess, private readonly profile: string) {
    let text = '';
    (process.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const messages = text.split('\0');
      text = messages.pop()!;
      for (const one of messages) this.take(JSON.parse(one) as Message);
    });
  }

  static async start(): Promise<RealBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'mandate-browser-'));
    const child = spawn(chromium!, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const browser = new RealBrowser(child, profile);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    browser.session = (await browser.send('Target.attachToTarget', { targetId, flatten: true }))['sessionId'] as string;
    await browser.send('Page.enable');
    return browser;
  }

  /** A device that holds passkeys and whose owner always agrees. */
  async addPasskeyDevice(): Promise<void> {
    await this.send('WebAuthn.enable');
    await this.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
  }

  async open(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
    await this.shows(`document.readyState === "complete" && location.href !== "about:blank"`);
  }

  /** What an expression is in the page; undefined while the page is being left. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }).catch(() => undefined);
    return (answer?.['result'] as { value?: unknown } | undefined)?.value;
  }

  /** Waits until an expression holds in the page; throws with what is there when it does not for half a minute. */
  async shows(expression: string): Promise<void> {
    const tooLong = AbortSignal.timeout(30_000);
    await until(async () => {
      if (tooLong.aborted) throw new Error(`${expression} does not hold in: ${String(await this.evaluate('document.body.innerText'))}`);
      return (await this.evaluate(expression)) === true;
    });
  }

  /** Fills in by selector, as somebody who types. */
  async type(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [selector, value] of Object.entries(fields)) await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(value)}`);
  }

  async press(selector: string): Promise<void> {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.last += 1;
    const id = this.last;
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(this.session === undefined ? {} : { sessionId: this.session }) })}\0`);
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await gone;
    // Its helpers write for a moment longer. Each time from the start: what `rm` itself tries again does not look at what has come since.
    const tooLong = AbortSignal.timeout(10_000);
    await until(() => rm(this.profile, { recursive: true, force: true }).then(() => true, (error: NodeJS.ErrnoException) => {
      if (tooLong.aborted || error.code !== 'ENOTEMPTY') throw error;
      return false;
    }));
  }

  private take(message: Message): void {
    if (message.id === undefined) return;
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }
}
