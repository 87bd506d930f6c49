import { type IncomingMessage, request } from 'node:http';
import type { TestHub } from '../../support/hub.js';

export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

const frameOf = (block: string): Frame => {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w*): ?(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new Error(`a line that is no field: ${line}`);
    // A second field of one name would be something that got out of its line.
    if (name in fields) throw new Error(`two ${name} in one event`);
    fields[name === '' ? 'comment' : name] = value!;
  }
  return fields;
};

/** Reads server-sent events as the standard says, one after the other, waiting for each. */
export class Reader {
  private text = '';
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.more(chunk));
    response.on('close', () => this.end());
  }

  static open({ issuer }: TestHub, path: string, headers: Readonly<Record<string, string>>): Promise<Reader> {
    return new Promise((resolve, reject) => {
      request(new URL(path, issuer), { headers: { accept: 'text/event-stream', ...headers } }, (response) => resolve(new Reader(response))).on('error', reject).end();
    });
  }

  /** The next event, or undefined when the hub has closed. Comments are skipped unless asked for. */
  async next({ comments = false } = {}): Promise<Frame | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const frame = frameOf(this.text.slice(0, end));
        this.text = this.text.slice(end + 2);
        if (comments || frame.comment === undefined) return frame;
      } else if (this.ended) return undefined;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Everything up to the event of this type, by type. */
  async typesUntil(last: string): Promise<readonly string[]> {
    const types: string[] = [];
    for (;;) {
      const frame = await this.next();
      if (!frame) return [...types, '(closed)'];
      types.push(frame.event!);
      if (frame.event === last) return types;
    }
  }

  close(): void {
    this.response.destroy();
  }

  private more(chunk: string): void {
    this.text += chunk;
    this.wake();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}
