import { describe, expect, it } from '@jest/globals';
import { DENIAL_HOLDS, MOST_PROMPTS, MOST_REFUSALS, PROMPT_WINDOW } from '../../../src/domain/approval/lifetimes.js';
import { fold } from '../../../src/domain/kernel/decider.js';
import { type ClaimPrompt, type Prompts, lastPrompt, prompts } from '../../../src/domain/prompt/prompt.decider.js';
import type { PromptEvent } from '../../../src/domain/prompt/prompt.events.js';

const NOW = 1_800_000_000;
const claim = (n: number, now = NOW, last: ClaimPrompt['last'] = undefined, actionDigest = `action ${n}`): ClaimPrompt =>
  ({ type: 'ClaimPrompt', agentId: 'agt_1', approverId: 'usr_1', approvalId: `apr_${n}`, actionDigest, last, isSuspended: true, now });
const tell = (state: Prompts, command: ClaimPrompt): { state: Prompts; types: readonly string[] } => {
  const events: readonly PromptEvent[] = prompts.decide(command, state);
  return { state: fold({ initial: state, evolve: prompts.evolve }, events), types: events.map(({ type }) => type) };
};
const filled = (count: number, now = NOW): Prompts => Array.from({ length: count }).reduce<Prompts>((state, _, n) => tell(state, claim(n, now)).state, prompts.initial);

describe('the prompts of one agent to one person (SU-06)', () => {
  it('are one for each action, as long as it is open', () => {
    const { state } = tell(prompts.initial, claim(1));
    const open = { approvalId: 'apr_1', is: 'open', since: NOW } as const;
    expect(tell(state, claim(2, NOW + 1, open, 'action 1')).types).toEqual([]);
    expect(tell(state, claim(2, NOW + 1, { ...open, is: 'over' }, 'action 1')).types).toEqual(['PromptClaimed']);
    // Whoever looked before the other node had asked looks again.
    expect(() => tell(state, claim(2, NOW + 1, undefined, 'action 1'))).toThrow('try again');
  });

  it('stop for an hour where the answer was no', () => {
    const { state } = tell(prompts.initial, claim(1));
    const denied = { approvalId: 'apr_1', is: 'denied', since: NOW } as const;
    expect(tell(state, claim(2, NOW + DENIAL_HOLDS - 1, denied, 'action 1')).types).toEqual(['PromptRefused']);
    expect(tell(state, claim(2, NOW + DENIAL_HOLDS, denied, 'action 1')).types).toEqual(['PromptClaimed']);
    expect(tell(state, claim(3)).types).toEqual(['PromptClaimed']);
  });

  it('are so many in an hour, and the window moves on', () => {
    const full = filled(MOST_PROMPTS);
    expect(tell(full, claim(99)).types).toEqual(['PromptRefused']);
    expect(tell(full, claim(99, NOW + PROMPT_WINDOW)).types).toEqual(['PromptClaimed']);
  });

  it('end with the agent when it tries on and on, once', () => {
    let state = filled(MOST_PROMPTS);
    const seen: string[] = [];
    for (let n = 0; n < MOST_REFUSALS + 1; n += 1) {
      const told = tell(state, claim(100 + n));
      state = told.state;
      seen.push(...told.types);
    }
    expect(seen.filter((type) => type === 'PromptsExhausted').length).toBe(1);
    expect(seen.indexOf('PromptsExhausted')).toBe(MOST_REFUSALS);
  });

  it('are never noted as exhausted before the agent is suspended: whoever did not foresee it looks again', () => {
    let state = filled(MOST_PROMPTS);
    for (let n = 0; n < MOST_REFUSALS - 1; n += 1) state = tell(state, { ...claim(100 + n), isSuspended: false }).state;
    expect(() => tell(state, { ...claim(200), isSuspended: false })).toThrow('try again');
    expect(tell(state, claim(200)).types).toEqual(['PromptRefused', 'PromptsExhausted']);
  });

  it('are forgotten when they decide nothing any more, and a no is not', () => {
    const { state } = tell(filled(3), claim(50, NOW + DENIAL_HOLDS + 300));
    expect(lastPrompt(state, 'action 1')).toBeDefined();
    const later = tell(state, claim(51, NOW + 3 * PROMPT_WINDOW)).state;
    expect(later.prompts.map(({ approvalId }) => approvalId)).toEqual(['apr_50', 'apr_51']);
  });
});
