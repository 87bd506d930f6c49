import { Agent, type IncomingMessage, request } from 'node:http';
import { HubOverHttp } from '../support/hub-over-http.js';

/**
 * So many connections to a hub, and never one more: `fetch` opens others while it has some to spare, and whoever connects at the very moment
 * when nobody listens any more is reset by the kernel, though the hub never heard of it.
 */
export class KeptConnections extends HubOverHttp {
  private readonly agent: Agent;

  constructor(hub: HubOverHttp, count: number) {
    super(hub.issuer);
    this.agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  /** Rejects as `fetch` does. */
  override fetch(path: string, { method = 'GET', headers, body }: RequestInit = {}): Promise<Response> {
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => reject(new TypeError('fetch failed', { cause }));
      const asked = new Request(new URL(path, this.issuer), { method, headers: headers ?? {}, body: body ?? null });
      const sent = request(asked.url, { method, agent: this.agent, headers: Object.fromEntries(asked.headers) }, (answer) => void read(answer).then(resolve, failed));
      sent.on('error', failed);
      asked.text().then((text) => sent.end(text), failed);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const read = async (answer: IncomingMessage): Promise<Response> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return new Response(Buffer.concat(chunks), { status: answer.statusCode!, headers: answer.headers as Record<string, string> });
};
