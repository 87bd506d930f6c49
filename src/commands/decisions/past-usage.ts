import { Injectable } from '@nestjs/common';
import { UsageTimeline } from '../../domain/activity/usage-timeline.js';
import type { UsageQuestion } from '../../domain/activity/usage.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import type { History } from '../../domain/policy/access-request.js';
import { Ledger } from '../../domain/ports/ledger.js';

const PAGE = 2_000;
/** Of all agents together. */
const MOST_EVENTS = 4_000_000;

/** What agents had been issued at any moment, from their activity in the ledger. Long to read, so it is kept and read on. */
@Injectable()
export class PastUsage {
  private readonly timelines = new Map<string, UsageTimeline>();
  private events = 0;

  constructor(private readonly ledger: Ledger) {}

  /** After the first so many events of the agent's activity. */
  async history(agentId: string, seen: number, question: UsageQuestion): Promise<History | undefined> {
    const timeline = this.timelines.get(agentId) ?? this.begin(agentId);
    if (timeline.count < seen) await this.extend(timeline, agentId, seen);
    return timeline.history(seen, question);
  }

  /** How many events of the agent's activity stand before this place. */
  async countBefore(agentId: string, place: Position): Promise<number> {
    const stream = streams.activity(agentId);
    let [low, high] = [0, (await this.length(agentId)) ];
    while (low < high) {
      const middle = (low + high) >> 1;
      const [event] = await this.ledger.readStream(stream, middle, 1);
      if (event !== undefined && event.position < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async length(agentId: string): Promise<number> {
    const timeline = this.timelines.get(agentId) ?? this.begin(agentId);
    await this.extend(timeline, agentId, Infinity);
    return timeline.count;
  }

  private begin(agentId: string): UsageTimeline {
    if (this.events > MOST_EVENTS) {
      this.timelines.clear();
      this.events = 0;
    }
    const timeline = new UsageTimeline();
    this.timelines.set(agentId, timeline);
    return timeline;
  }

  private async extend(timeline: UsageTimeline, agentId: string, wanted: number): Promise<void> {
    while (timeline.count < wanted) {
      const page = await this.ledger.readStream(streams.activity(agentId), timeline.count, PAGE);
      for (const event of page) timeline.add(event);
      this.events += page.length;
      if (page.length < PAGE) return;
    }
  }
}
