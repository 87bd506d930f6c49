import { z } from 'zod';

/** Pieces that several endpoints take or answer. */
const MOST_ITEMS = 200;

/** Whole numbers come as text in a query; the text itself is checked, since coercion reads '' as 0. */
export const limit = z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1').transform(Number)
  .refine((count) => count <= MOST_ITEMS, `must be at most ${MOST_ITEMS}`).default(50).describe(`How many items at most, 1 to ${MOST_ITEMS}`);
export const cursor = z.string().max(1024).optional().describe('The `next` of the page before; the first page without');
export const pageQuery = z.strictObject({ cursor, limit });

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable().describe('Cursor of the next page; null when this is the last') });

export const instant = z.int().min(0).describe('NumericDate: seconds since 1970, UTC');
export const reason = z.string().trim().min(1).max(500).describe('Why, about software and rules, not about people: it stands in the ledger for good');
export const withReason = z.strictObject({ reason });
export const scopeName = z.string().min(1).max(128);
export const scopes = z.array(scopeName).max(100);
export const displayText = (most: number) => z.string().trim().min(1).max(most);

export const ownerOf = z.strictObject({ kind: z.enum(['user', 'team']), id: z.string().regex(/^[\w-]{1,80}$/) });
export const principalOf = z.strictObject({ kind: z.enum(['user', 'agent']), id: z.string().max(128) });
