/** Seconds that a person has to answer. */
export const APPROVAL_LIFETIME = 300;
/** Seconds that the agent has to come for what was approved, when that is longer than what was left. */
export const COLLECT_LIFETIME = 120;
/** Seconds between two polls (CIBA section 7.3). */
export const POLL_INTERVAL = 5;
/** A number has two digits: this many guesses and no more. */
export const MOST_NUMBERS = 3;

/** Prompts of one agent to one person within the window (SU-06). */
export const MOST_PROMPTS = 10;
/** Refused attempts to prompt within the window, after which the agent is suspended. */
export const MOST_REFUSALS = 20;
/** Seconds. */
export const PROMPT_WINDOW = 3600;
/** Seconds that a no holds for the same action. */
export const DENIAL_HOLDS = 3600;
