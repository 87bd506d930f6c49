import { FetchRefused, type FetchedDocument, GuardedFetch } from '../../src/domain/ports/guarded-fetch.js';

/** The outside world of a test: documents by URL, and how often each was asked for. */
export class Documents extends GuardedFetch {
  readonly asked: string[] = [];
  private readonly documents = new Map<string, FetchedDocument>();

  publish(url: string, body: unknown, maxAge?: number): void {
    this.publishText(url, JSON.stringify(body), maxAge);
  }

  publishText(url: string, body: string, maxAge?: number): void {
    this.documents.set(url, { body, contentType: 'application/json', ...(maxAge === undefined ? {} : { maxAge }) });
  }

  withdraw(url: string): void {
    this.documents.delete(url);
  }

  override async get(url: string): Promise<FetchedDocument> {
    this.asked.push(url);
    const document = this.documents.get(url);
    if (!document) throw new FetchRefused('status', 'status 404');
    return document;
  }
}
