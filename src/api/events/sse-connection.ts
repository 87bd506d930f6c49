import type { ServerResponse } from 'node:http';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff',
};

/** One open answer of server-sent events. Data goes out as JSON on one line, so nothing in it can begin a line of its own (UI-07). */
export class SseConnection {
  constructor(private readonly raw: ServerResponse) {}

  begin(): void {
    this.raw.writeHead(200, HEADERS);
    // Headers leave at once: the reader knows that it is connected before the first event.
    this.raw.flushHeaders();
  }

  /** Resolves when the reader can take more: whoever reads slowly is written to slowly. */
  send({ id, event, data }: { readonly id: string; readonly event: string; readonly data: unknown }): Promise<void> {
    return this.write(`id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** A line that readers ignore and that keeps proxies from closing a quiet connection. */
  heartbeat(): void {
    // Not behind a reader that does not read: it would pile up.
    if (!this.raw.writableNeedDrain) this.raw.write(': still here\n\n');
  }

  /** Says why, as an event of its own, and closes. */
  end(reason: string): void {
    if (this.raw.destroyed || this.raw.writableEnded) return;
    if (this.raw.writableNeedDrain) this.raw.destroy();
    else this.raw.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
  }

  /** At once where the reader is gone already: nobody says so a second time. */
  onClose(then: () => void): void {
    if (this.raw.destroyed) then();
    else this.raw.once('close', then);
  }

  private write(text: string): Promise<void> {
    if (this.raw.destroyed || this.raw.write(text)) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        this.raw.off('drain', go);
        this.raw.off('close', go);
        resolve();
      };
      this.raw.on('drain', go);
      this.raw.on('close', go);
    });
  }
}

const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, '');
