import { Injectable } from '@nestjs/common';
import { type DescribedClient, readMetadataDocument } from '../../domain/agent/client-metadata.js';
import { checkClientIdUrl } from '../../domain/agent/client-id-url.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { GuardedFetch } from '../../domain/ports/guarded-fetch.js';
import { Settings } from '../../domain/ports/settings.js';

interface Kept {
  readonly described: DescribedClient;
  readonly freshUntil: number;
}

/** Seconds. Some clients serve `no-store`; one sign-in must still be one fetch. */
const SHORTEST = 300;
const LONGEST = 86_400;
const UNSAID = 3_600;
const MOST_KEPT = 5_000;

/**
 * Client ID metadata documents (CIMD draft-02), fetched behind the guard, kept for a bounded time, one fetch at a time for
 * one URL. Errors and documents that do not hold are never kept (draft-02 section 4.4).
 */
@Injectable()
export class MetadataDocuments {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<DescribedClient>>();

  constructor(private readonly fetch: GuardedFetch, private readonly clock: Clock, private readonly settings: Settings) {}

  isFresh(url: string): boolean {
    return (this.kept.get(url)?.freshUntil ?? 0) > this.clock.seconds();
  }

  /** Throws Refusal when the URL or the document does not hold, FetchRefused when it can't be had. */
  async read(url: string): Promise<DescribedClient> {
    const { allowLoopback } = this.settings;
    checkClientIdUrl(url, { allowLoopback });
    const kept = this.kept.get(url);
    if (kept && this.isFresh(url)) return kept.described;
    const running = this.underWay.get(url);
    if (running) return running;
    const reading = this.load(url, allowLoopback).finally(() => this.underWay.delete(url));
    this.underWay.set(url, reading);
    return reading;
  }

  private async load(url: string, allowLoopback: boolean): Promise<DescribedClient> {
    const { body, maxAge } = await this.fetch.get(url, 'application/json');
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      throw new Refusal('agent.metadata_invalid', 'The client metadata document is not JSON.');
    }
    const described = readMetadataDocument(url, json, { allowLoopback });
    const lifetime = Math.min(Math.max(maxAge ?? UNSAID, SHORTEST), LONGEST);
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(url, { described, freshUntil: this.clock.seconds() + lifetime });
    return described;
  }
}

