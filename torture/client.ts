import type { JsonAnswer } from '../test/support/hub-over-http.js';
import type { Gate } from './gate.js';
import type { RunRecord } from './run-record.js';

export interface Insisted {
  readonly answer: JsonAnswer;
  /** Whether it is the answer to the first attempt. */
  readonly isFirst: boolean;
  /** Since the first attempt began. */
  readonly seconds: number;
}

/** Before anything was sent: the hub has not seen it. */
const NEVER_SENT = new Set(['ECONNREFUSED']);

/** Sends requests to a hub that may die under them, and holds every answer to what answers may be. */
export class Client {
  stopped = false;

  constructor(private readonly gate: Gate, private readonly record: RunRecord) {}

  /** Undefined when no answer came: the outcome is in doubt, or nothing was sent. */
  async ask(request: () => Promise<JsonAnswer>): Promise<JsonAnswer | undefined> {
    const answer = await this.try(request);
    if (!answer) return undefined;
    const { status, headers, body } = answer;
    if (status === 503 && headers.get('retry-after') === null) this.record.violated(`a 503 without Retry-After: ${JSON.stringify(body)}`);
    if (status >= 500 && status !== 503) this.record.violated(`an answer with ${status}: ${JSON.stringify(body)}`);
    this.record.count(status === 503 ? 'unavailable' : 'answered');
    return status === 503 ? undefined : answer;
  }

  /** The same again until there is an answer. Undefined when the run ends before. */
  async insist(request: () => Promise<JsonAnswer>): Promise<Insisted | undefined> {
    const began = performance.now();
    for (let isFirst = true; !this.stopped; isFirst = false) {
      const answer = await this.ask(request);
      if (answer) return { answer, isFirst, seconds: (performance.now() - began) / 1000 };
    }
    return undefined;
  }

  /** Anything that speaks HTTP to the hub. */
  async try<T>(request: () => Promise<T>): Promise<T | undefined> {
    await this.gate.pass();
    try {
      return await request();
    } catch (error) {
      const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
      if (!(error instanceof TypeError)) throw error;
      this.record.count(NEVER_SENT.has(code ?? '') ? 'never sent' : 'in doubt');
      return undefined;
    }
  }
}
