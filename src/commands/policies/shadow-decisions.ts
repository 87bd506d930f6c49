import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { type Difference, differencesBetween } from '../../domain/policy/compare-decisions.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { Clock } from '../../domain/ports/clock.js';
import type { AccessQuestion } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import type { Decided } from '../decided-fields.js';
import { Write } from '../write.js';

const HOUR_MS = 3_600_000;
const MOST_REMEMBERED = 10_000;

interface Told {
  readonly at: number;
  times: number;
}

/**
 * Lets the shadow policy decide what the active one has decided, and records where they differ: the first of its kind at
 * once, then once an hour with the number of times. Nothing waits for it, and nothing fails with it.
 */
@Injectable()
export class ShadowDecisions {
  private readonly told = new Map<string, Told>();

  constructor(private readonly write: Write, private readonly clock: Clock) {}

  compare({ request, decision }: Decided, question: AccessQuestion, context: CommandContext): void {
    const { active, shadow } = request.policy;
    if (!shadow || !active) return;
    const other = decideAccess({ ...request, policy: { ...request.policy, active: shadow } });
    const about = [context.tenant, String(active.version), String(shadow.version), question.agentId, question.resourceId];
    // Scope by scope: whoever asks for another selection each time makes no other differences by that.
    const news = differencesBetween(decision, other, request.scopes).map((difference) => ({ difference, times: this.news(about, difference) }));
    const differences = news.filter(({ times }) => times > 0).map(({ difference }) => difference);
    if (differences.length === 0) return;
    const times = Math.max(...news.map((one) => one.times));
    const { agentId, principal, resourceId: targetId } = question;
    const event = activityEvents.ShadowDecisionDiffered({
      agentId, principal, targetId, grantType: request.grantType, policyVersion: active.version, shadowVersion: shadow.version, differences, times,
    });
    // A report that gets lost is no reason to hold anything up.
    void this.write.record(streams.activity(agentId), event, context).catch(() => undefined);
  }

  /** How often it happened since it was told last; 0 when it was told within the hour. */
  private news(about: readonly string[], difference: Difference): number {
    const key = JSON.stringify([about, difference]);
    const now = this.clock.now();
    const last = this.told.get(key);
    if (last && now - last.at < HOUR_MS) {
      last.times += 1;
      return 0;
    }
    if (this.told.size >= MOST_REMEMBERED) this.told.clear();
    this.told.set(key, { at: now, times: 0 });
    return (last?.times ?? 0) + 1;
  }
}
