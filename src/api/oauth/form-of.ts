import type { Asked } from '../http/asked.js';
import { Form } from '../http/form.js';
import { OAuthError } from './oauth-error.js';

/** The body, when it was really sent as a form; a JSON body never passes for one (TE-02). */
export const formOf = ({ body }: Asked): Form => {
  if (body instanceof Form) return body;
  throw new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.', 415);
};
