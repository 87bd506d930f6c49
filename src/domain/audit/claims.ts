import type { ActivityEvent } from '../activity/activity.events.js';
import type { AuthorizationEvent } from '../authorization/authorization.events.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { Invariant, ReportViolation } from './violation.js';

interface Family {
  readonly id: string;
  readonly code: Position;
  redeemed: Position | undefined;
  ended: Position | undefined;
  /** The one live leaf, and where it came to be. */
  generation: number;
  rotated: Position | undefined;
  /** How often each generation was given: redeemed, rotated to, or given again within the grace. */
  readonly claims: number[];
}
interface Issued {
  readonly family: string;
  readonly generation: number;
  readonly position: Position;
}

/** One redemption per code; a refresh family is a line and never a tree; and no token leaves a family without a claim of its own. */
export class Claims implements Invariant {
  private readonly families = new Map<string, Family>();
  private readonly issued = new Map<string, Issued>();

  constructor(private readonly report: ReportViolation) {}

  see(event: RecordedEvent): void {
    const { type, data } = event as unknown as AuthorizationEvent | ActivityEvent;
    switch (type) {
      case 'CodeIssued':
        return this.codeIssued(data.authorizationId, event.position);
      case 'CodeRedeemed':
        return this.redeemed(data.authorizationId, event.position);
      case 'RefreshRotated':
        return this.rotated(data.authorizationId, data.generation, event.position);
      case 'RefreshReplayedInGrace':
        return this.givenAgain(data.authorizationId, data.generation, event.position);
      case 'CodeReplayed':
      case 'CodeBurned':
      case 'RefreshReuseDetected':
      case 'AuthorizationRevoked':
        return void (this.family(data.authorizationId, type, event.position).ended ??= event.position);
      case 'TokenIssued':
        // What a person confirmed is claimed by the approval (ConsumedApprovals), beside the leaf.
        if (data.authorizationId !== undefined && data.approvalId === undefined)
          // One text of the family's name for all its tokens.
          this.issued.set(data.jti, { family: this.families.get(data.authorizationId)?.id ?? data.authorizationId, generation: data.generation ?? 0, position: event.position });
        return undefined;
      case 'TokenVoided':
        return void this.issued.delete(data.jti);
      default:
        return undefined;
    }
  }

  end(): void {
    for (const tokens of this.unclaimed()) {
      const { family, generation } = tokens[0]!;
      const claims = this.claimsOf(tokens[0]!);
      const positions = tokens.map(({ position }) => position);
      this.report({ sentence: `Generation ${generation} of ${family} was claimed ${claims} times and gave ${tokens.length} tokens, at ${positions.join(', ')}.`, positions });
    }
  }

  /** The tokens of each leaf that gave more than were claimed of it. Of all others nothing is gathered: there are many. */
  private unclaimed(): Iterable<readonly Issued[]> {
    const given = new Map<string, number[]>();
    for (const { family, generation } of this.issued.values()) {
      const counts = given.get(family) ?? [];
      given.set(family, counts);
      counts[generation] = (counts[generation] ?? 0) + 1;
    }
    const tooMany = new Map<string, Issued[]>();
    for (const issued of this.issued.values()) {
      const { family, generation } = issued;
      if (given.get(family)![generation]! <= this.claimsOf(issued)) continue;
      const leaf = `${family} ${generation}`;
      tooMany.set(leaf, [...(tooMany.get(leaf) ?? []), issued]);
    }
    return tooMany.values();
  }

  private claimsOf({ family, generation }: Issued): number {
    return this.families.get(family)?.claims[generation] ?? 0;
  }

  private codeIssued(id: string, position: Position): void {
    const before = this.families.get(id);
    if (before) return this.report({ sentence: `The code of ${id} was issued twice, at ${before.code} and at ${position}.`, positions: [before.code, position] });
    this.families.set(id, { id, code: position, redeemed: undefined, ended: undefined, generation: 0, rotated: undefined, claims: [] });
  }

  private redeemed(id: string, position: Position): void {
    const family = this.living(id, 'redeemed', position);
    if (family.redeemed !== undefined)
      this.report({ sentence: `The code of ${id} was redeemed twice, at ${family.redeemed} and at ${position}.`, positions: [family.redeemed, position] });
    family.redeemed ??= position;
    family.claims[0] = (family.claims[0] ?? 0) + 1;
  }

  private rotated(id: string, generation: number, position: Position): void {
    const family = this.living(id, 'refreshed', position);
    const before = family.rotated ?? family.redeemed ?? family.code;
    if (family.redeemed === undefined || generation !== family.generation + 1)
      this.report({
        sentence: `The refresh family ${id} has more than one live leaf: generation ${family.generation} at ${before} is followed by ${generation} at ${position}.`,
        positions: [before, position],
      });
    family.generation = Math.max(family.generation, generation);
    family.rotated = position;
    family.claims[generation] = (family.claims[generation] ?? 0) + 1;
  }

  private givenAgain(id: string, generation: number, position: Position): void {
    const family = this.living(id, 'refreshed', position);
    if (generation !== family.generation)
      this.report({ sentence: `At ${position} generation ${generation} of ${id} was given again, and its live leaf was ${family.generation}.`, positions: [position] });
    family.claims[generation] = (family.claims[generation] ?? 0) + 1;
  }

  private living(id: string, what: string, position: Position): Family {
    const family = this.family(id, what, position);
    if (family.ended !== undefined)
      this.report({ sentence: `${id} was ${what} at ${position}, after it had ended at ${family.ended}.`, positions: [family.ended, position] });
    return family;
  }

  private family(id: string, what: string, position: Position): Family {
    const known = this.families.get(id);
    if (known) return known;
    this.report({ sentence: `${id} has no code, and ${what} stands at ${position}.`, positions: [position] });
    this.codeIssued(id, position);
    return this.families.get(id)!;
  }
}
