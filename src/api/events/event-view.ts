import { z } from 'zod';
import { eventTypeNamed } from '../../domain/kernel/catalogue.js';
import type { RecordedEvent } from '../../domain/kernel/event.js';

export const actorSchema = z.strictObject({
  kind: z.enum(['user', 'agent', 'resource', 'system', 'anonymous']), id: z.string(),
  get act() {
    return actorSchema.optional();
  },
});

/** One event of the ledger as the API shows it. */
export const eventSchema = z.strictObject({
  id: z.string(), type: z.string(), version: z.int(), recorded_at: z.string().describe('ISO 8601, UTC'),
  position: z.string().describe('Place in the ledger; opaque, comparable as text'), stream: z.string(), revision: z.int(),
  actor: actorSchema, correlation_id: z.string(), causation_id: z.string(),
  data: z.record(z.string(), z.unknown()).describe('As docs/events.md lists it by type; personal data stays sealed'),
});
export type EventView = z.infer<typeof eventSchema>;

const SEALED = { sealed: true } as const;
const WITHHELD = { withheld: true } as const;
/** Digests of secrets that still open something. Of 256 random bits nothing can be guessed; a log reader needs them all the same not. */
const SECRET_DIGESTS: ReadonlySet<string> = new Set(['secretDigest', 'sessionDigest']);

const shown = (event: RecordedEvent): Record<string, unknown> => {
  const { fields } = eventTypeNamed(event.type);
  return Object.fromEntries(Object.entries(event.data as object).map(([name, value]) => {
    if (fields[name]?.personal === 'sealed') return [name, SEALED];
    return [name, SECRET_DIGESTS.has(name) ? WITHHELD : value];
  }));
};

/** The tenant is left out: whoever reads this reads one tenant. */
export const eventView = (event: RecordedEvent): EventView => ({
  id: event.id, type: event.type, version: event.version, recorded_at: event.recordedAt, position: event.position,
  stream: event.stream, revision: event.revision, actor: event.actor as EventView['actor'],
  correlation_id: event.correlationId, causation_id: event.causationId, data: shown(event),
});
