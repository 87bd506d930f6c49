import type { ActivityEvent } from '../activity/activity.events.js';
import type { AuthorizationEvent } from '../authorization/authorization.events.js';
import { type Position, type RecordedEvent, START, isAfter } from '../kernel/event.js';
import type { Invariant, ReportViolation } from './violation.js';

/** What callers were told. A ledger that lacks any of it has lied to somebody. */
export interface Acknowledged {
  /** Access tokens that were handed out. `after`: a place that was known when the token was asked for. */
  readonly tokens: readonly { readonly jti: string; readonly after?: Position }[];
  /** Authorizations whose code was handed out. */
  readonly codes: readonly string[];
  readonly refreshTokens: readonly { readonly authorizationId: string; readonly generation: number }[];
  /** Changes that were confirmed, with the position that was given for them. */
  readonly changes: readonly { readonly stream: string; readonly type: string; readonly position: Position }[];
}

const leaf = (authorizationId: string, generation: number): string => `${authorizationId} ${generation}`;

/** Nothing is missing that somebody was told of, and nothing stands before what was known when it was asked for. */
export class Acknowledgements implements Invariant {
  private readonly tokens: Map<string, { readonly after: Position; issued?: Position; voided?: Position }>;
  private readonly codes: Set<string>;
  private readonly leaves: Set<string>;
  /** By stream and type. Whoever asks for what holds already is given its place, so one fact may answer several. */
  private readonly changes = new Map<string, Position[]>();
  private readonly places: Map<Position, string>;

  constructor(private readonly report: ReportViolation, { tokens, codes, refreshTokens, changes }: Acknowledged) {
    this.tokens = new Map(tokens.map(({ jti, after }) => [jti, { after: after ?? START }]));
    this.codes = new Set(codes);
    this.leaves = new Set(refreshTokens.map(({ authorizationId, generation }) => leaf(authorizationId, generation)));
    this.places = new Map(changes.map(({ position, stream }) => [position, stream]));
    for (const { stream, type, position } of changes) {
      const key = `${stream} ${type}`;
      this.changes.set(key, [...(this.changes.get(key) ?? []), position]);
    }
  }

  see(event: RecordedEvent): void {
    const { stream, position } = event;
    if (this.places.get(position) === stream) this.places.delete(position);
    const changes = this.changes.get(`${stream} ${event.type}`);
    if (changes) this.changes.set(`${stream} ${event.type}`, changes.filter((given) => isAfter(position, given)));
    const { type, data } = event as unknown as ActivityEvent | AuthorizationEvent;
    if (type === 'TokenIssued' || type === 'TokenVoided') {
      const token = this.tokens.get(data.jti);
      if (token) token[type === 'TokenIssued' ? 'issued' : 'voided'] = position;
    }
    if (type === 'CodeIssued') this.codes.delete(data.authorizationId);
    if (type === 'CodeRedeemed') this.leaves.delete(leaf(data.authorizationId, 0));
    if (type === 'RefreshRotated') this.leaves.delete(leaf(data.authorizationId, data.generation));
  }

  end(): void {
    for (const [jti, { after, issued, voided }] of this.tokens) {
      if (issued === undefined) this.missing(`Token ${jti} was handed out`);
      else if (!isAfter(issued, after)) this.report({ sentence: `Token ${jti} stands at ${issued}, and was asked for when ${after} was known.`, positions: [issued, after] });
      if (voided !== undefined) this.report({ sentence: `Token ${jti} was voided at ${voided}, and was handed out all the same.`, positions: [voided] });
    }
    for (const id of this.codes) this.missing(`The code of ${id} was handed out`);
    for (const name of this.leaves) this.missing(`The refresh token ${name} was handed out`);
    for (const [key, left] of this.changes) for (const position of left) this.missing(`${key} was confirmed, up to ${position}`);
    for (const [position, stream] of this.places) this.missing(`${position} was given as a place of ${stream}`);
  }

  private missing(what: string): void {
    this.report({ sentence: `${what}, and the ledger does not have it.`, positions: [] });
  }
}
