/** What a condition can look at, by name and kind. `words` is a list of texts, `claims` a map of such lists. */
export type Vocabulary = { readonly [name: string]: 'text' | 'whole' | 'flag' | 'words' | 'claims' | Vocabulary };
export type ConditionValue = string | number | boolean | readonly string[] | { readonly [name: string]: ConditionValue | undefined };

/** Why a condition has no answer. Whoever asks denies. */
export type ConditionProblem = 'condition.missing' | 'condition.type' | 'condition.error';

/** One of the parts that a condition joins with &&. */
export interface ConditionPart {
  readonly text: string;
  /** The names at the root of what it looks at: agent, history, … */
  readonly mentions: ReadonlySet<string>;
  /** Never throws. Anything but true or false is a problem. */
  holds(inputs: BoundInputs): boolean | ConditionProblem;
}
export interface Condition {
  readonly parts: readonly ConditionPart[];
}

/** Values that were bound, by name; what is undefined is missing, and a condition that looks at it has no answer. */
export type BoundInputs = Readonly<Record<string, unknown>>;

/** The expression can't be a condition; `message` says why, for its author. */
export class ConditionInvalid extends Error {
  override readonly name = 'ConditionInvalid';
}

/**
 * Evaluates the conditions of policies (CEL). Pure and synchronous: no clock, no input or output, and the same inputs give
 * the same answer in a time that the expression's size bounds.
 */
export abstract class Conditions {
  /** Name and version of the engine; recorded with each decision, for another version may decide otherwise. */
  abstract readonly version: string;
  /** Throws ConditionInvalid: not CEL, looks at what is not in the vocabulary, has a wrong type, or could cost too much. */
  abstract compile(expression: string, vocabulary: Vocabulary): Condition;
  /** The value in the engine's own form, so that many conditions share the work. A text is its own form. */
  abstract bind(value: ConditionValue | undefined): unknown;
}
