import { DENIAL_HOLDS, MOST_PROMPTS, MOST_REFUSALS, PROMPT_WINDOW } from '../approval/lifetimes.js';
import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type PromptEvent, promptEvents as on } from './prompt.events.js';

export interface Prompt {
  readonly approvalId: string;
  readonly actionDigest: string;
  readonly at: number;
}
/** What one agent asked of one person within the window, oldest first. */
export interface Prompts {
  readonly prompts: readonly Prompt[];
  /** When it was refused to ask. */
  readonly refusals: readonly number[];
}

export interface ClaimPrompt {
  readonly type: 'ClaimPrompt';
  readonly agentId: string;
  readonly approverId: string;
  /** Of the prompt that there will be, when there is to be one. */
  readonly approvalId: string;
  readonly actionDigest: string;
  /**
   * The last prompt for this action, as the caller found it. 'open' may have ended since, which costs one answer too many of the
   * same request; 'denied' and 'over' stay as they are.
   */
  readonly last: { readonly approvalId: string; readonly is: 'open' | 'denied' | 'over'; readonly since: number } | undefined;
  /** Whether the agent is suspended already, for the case that this is the refusal that exhausts it: its suspension is never owed. */
  readonly isSuspended: boolean;
  readonly now: number;
}

/** The last prompt for this action, if it is remembered. */
export const lastPrompt = ({ prompts }: Prompts, actionDigest: string): Prompt | undefined => prompts.findLast((one) => one.actionDigest === actionDigest);

/**
 * Whether the agent may ask (SU-06): once about one action until it is over, never again soon after a no, so many times an
 * hour in all; and one that tries on and on is exhausted. All of it is decided in one stream, so no two nodes can each
 * allow the last prompt.
 */
export const prompts: Decider<Prompts, ClaimPrompt, PromptEvent> = {
  initial: { prompts: [], refusals: [] },

  evolve(state, { type, data }) {
    const { at } = data;
    const kept = {
      // A no holds as long as the window does, so what is forgotten decides nothing any more.
      prompts: state.prompts.filter((one) => one.at > at - 2 * PROMPT_WINDOW),
      refusals: state.refusals.filter((one) => one > at - PROMPT_WINDOW),
    };
    switch (type) {
      case 'PromptClaimed':
        return { ...kept, prompts: [...kept.prompts, { approvalId: data.approvalId, actionDigest: data.actionDigest, at }] };
      case 'PromptRefused':
        return { ...kept, refusals: [...kept.refusals, at] };
      case 'PromptsExhausted':
        return { ...kept, refusals: [] };
    }
  },

  decide({ agentId, approverId, approvalId, actionDigest, last, isSuspended, now }, state) {
    const known = lastPrompt(state, actionDigest);
    const conflict = new Refusal('conflict.concurrent', 'Too many changes at once; try again.');
    if (known?.approvalId !== last?.approvalId) throw conflict;
    if (last?.is === 'open') return [];
    const pair = { agentId, approverId };
    const refuse = (reason: 'denied' | 'too_many'): readonly PromptEvent[] => {
      const refused = on.PromptRefused({ ...pair, actionDigest, reason, at: now });
      const recent = state.refusals.filter((at) => at > now - PROMPT_WINDOW).length + 1;
      if (recent < MOST_REFUSALS) return [refused];
      if (!isSuspended) throw conflict;
      return [refused, on.PromptsExhausted({ ...pair, at: now })];
    };
    if (last?.is === 'denied' && now < last.since + DENIAL_HOLDS) return refuse('denied');
    if (state.prompts.filter(({ at }) => at > now - PROMPT_WINDOW).length >= MOST_PROMPTS) return refuse('too_many');
    return [on.PromptClaimed({ ...pair, approvalId, actionDigest, at: now })];
  },
};
