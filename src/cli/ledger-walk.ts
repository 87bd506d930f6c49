import type { Surroundings } from './command.js';
import type { HubClient } from './hub-client.js';

interface WalkPage {
  readonly decisions: number;
  /** Time of the last event that was looked at. */
  readonly reached: string | null;
  readonly next: string | null;
}
export interface Range {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Events that one question looks at: the hub does other work in between. */
export const EVENTS_AT_ONCE = 5_000;

/**
 * Goes over a part of the ledger page by page and shows how far it is. How many events there are nobody knows beforehand; the time that
 * has been reached, between the first and now, is near enough for a bar.
 */
export async function* walk<P extends WalkPage>(
  hub: HubClient, { from, to }: Range, ask: (cursor: { readonly cursor?: string }) => Promise<P>, { progress }: Pick<Surroundings, 'progress'>, what: string,
): AsyncGenerator<P> {
  const begin = Date.parse(from ?? (await firstTime(hub)) ?? '');
  // Its own sign-in is the newest event that a caller is sure of.
  const end = Date.parse(to ?? hub.signedInAt ?? '');
  let decisions = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: P = await ask(cursor === '' ? {} : { cursor });
    decisions += page.decisions;
    const part = page.next === null ? 1 : (Date.parse(page.reached ?? '') - begin) / (end - begin);
    progress.show(what, decisions, undefined, Number.isFinite(part) ? Math.min(1, Math.max(0, part)) : undefined);
    yield page;
    cursor = page.next;
  }
  progress.clear();
}

const timeIn = ({ items: [event] }: { readonly items: readonly Readonly<Record<string, unknown>>[] }): string | undefined => event?.['recorded_at'] as string | undefined;
const firstTime = async (hub: HubClient): Promise<string | undefined> => timeIn(await hub.list('/events?limit=1'));
