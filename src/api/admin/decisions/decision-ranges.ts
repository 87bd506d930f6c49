import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DecisionRange } from '../../../commands/decisions/decision-pages.js';
import { type Position, START } from '../../../domain/kernel/event.js';
import type { AdminCaller } from '../admin-caller.js';
import { cursor } from '../common.schemas.js';
import { Cursors } from '../cursors.js';

const MOST_EVENTS = 5_000;
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** A part of the ledger, by time, page by page. */
export const rangePage = {
  from: time.optional().describe('Not what was recorded before this time (RFC 3339)'), to: time.optional().describe('Not what was recorded after it'), cursor,
};
export const eventLimit = z.int().min(1).max(MOST_EVENTS).default(1_000).describe(`How many events are looked at, at most ${MOST_EVENTS}`);
export const eventLimitInQuery = z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1').transform(Number)
  .refine((count) => count <= MOST_EVENTS, `must be at most ${MOST_EVENTS}`).default(1_000).describe(`How many events are looked at, at most ${MOST_EVENTS}`);

interface Asked {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Cursors of decisions open for the range that they were made for. */
@Injectable()
export class DecisionRanges {
  constructor(private readonly cursors: Cursors) {}

  read(list: string, { tenant }: AdminCaller, { from, to, cursor: given, limit }: Asked): DecisionRange {
    return { tenant: tenant.id, after: this.cursors.open(nameOf(list, { from, to }), tenant.id, given) ?? START, from, to, limit };
  }

  next(list: string, { tenant, from, to }: DecisionRange, { next, atEnd }: { readonly next: Position; readonly atEnd: boolean }): string | null {
    return atEnd ? null : this.cursors.seal(nameOf(list, { from, to }), tenant, next);
  }
}

const nameOf = (list: string, { from, to }: Pick<DecisionRange, 'from' | 'to'>): string => JSON.stringify([list, from ?? '', to ?? '']);
