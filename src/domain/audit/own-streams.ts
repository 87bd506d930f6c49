import type { RecordedEvent } from '../kernel/event.js';
import { categoryOf, idOf } from '../kernel/ids.js';
import type { Invariant, ReportViolation } from './violation.js';

/** What an event says that it is about, by the category of its stream. */
const ABOUT: ReadonlyMap<string, string> = new Map([
  ['tenant', 'tenantId'], ['user', 'userId'], ['agent', 'agentId'], ['resource', 'resourceId'], ['grant', 'grantId'], ['authorization', 'authorizationId'], ['connection', 'connectionId'],
  ['credential', 'credentialId'], ['approval', 'approvalId'], ['token', 'jti'], ['activity', 'agentId'],
]);

/** Decisions read a stream, and lists what its events say: both are about the same thing. */
export class OwnStreams implements Invariant {
  constructor(private readonly report: ReportViolation) {}

  see({ type, stream, data, position }: RecordedEvent): void {
    const about = ABOUT.get(categoryOf(stream));
    const named = about && (data as Readonly<Record<string, unknown>>)[about];
    if (named !== undefined && named !== idOf(stream)) this.report({ sentence: `${type} at ${position} is about ${String(named)}, and stands in ${stream}.`, positions: [position] });
  }

  end(): void {
    // Each was judged at its own place.
  }
}
