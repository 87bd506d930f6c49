import type { Answer } from '../http/answer.js';
import type { Asked } from '../http/asked.js';

/** What a client posts a form to and gets an OAuth answer from. Two ways lead there: the framework's routes, and the door for what is plainly in order. */
export interface FormEndpoint {
  readonly path: string;
  /** Throws whatever `asOAuthError` makes an answer of. */
  answer(request: Asked): Promise<Answer>;
}
