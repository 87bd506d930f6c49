import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

/** One stream for each agent and whoever it asks: what has to hold of all of its prompts together is decided there. */
const pair = { agentId: f.id(), approverId: f.id() };

export const promptEvents = {
  PromptClaimed: eventType('PromptClaimed', 'The agent may ask the person about this action now; the request itself stands in the approval.', {
    ...pair, approvalId: f.id(), actionDigest: f.digest(), at: f.instant(),
  }),
  PromptRefused: eventType('PromptRefused', 'The agent wanted to ask and may not: the answer was no a short while ago, or it has asked too often.', {
    ...pair, actionDigest: f.digest(), reason: f.oneOf('denied', 'too_many'), at: f.instant(),
  }),
  PromptsExhausted: eventType('PromptsExhausted', 'The agent would not stop asking; it is suspended.', { ...pair, at: f.instant() }),
} as const;
export type PromptEvent = EventsOf<typeof promptEvents>;
