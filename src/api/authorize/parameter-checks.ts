import type { Form } from '../http/form.js';
import { PageError, RedirectError, type RedirectedError } from './authorization-error.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** The client's redirect URI is proven: errors may go there. */
export interface Proven {
  readonly form: Form;
  readonly redirectUri: string;
  readonly state: string | undefined;
}

const REPEATABLE: ReadonlySet<string> = new Set(['resource']);
const PROMPTS = ['none', 'login', 'consent', 'select_account'];

/** Which client and where to: while these two are in doubt nothing leaves this page. */
export const checkBeforeRedirect = (form: Form): string => {
  const clientId = form.get('client_id');
  if (clientId !== undefined && form.all('client_id').length === 1 && form.all('redirect_uri').length <= 1) return clientId;
  throw new PageError(
    400, 'The link is not complete', 'It does not name the application that wants access, or names it twice.',
    'Go back to the application and connect again.',
  );
};

/** One line for each check, in order; the first that fails is told to the client. */
const checks: readonly (readonly [RedirectedError, string, (form: Form) => boolean])[] = [
  ['invalid_request', 'A parameter is given twice.', (form) => form.repeated(REPEATABLE) !== undefined],
  ['request_not_supported', 'Request objects are not supported.', (form) => form.get('request') !== undefined],
  ['request_uri_not_supported', 'request_uri is not supported.', (form) => form.get('request_uri') !== undefined],
  ['invalid_request', 'response_type is missing.', (form) => form.get('response_type') === undefined],
  ['unsupported_response_type', 'Only response_type=code is supported.', (form) => form.get('response_type') !== 'code'],
  ['invalid_request', 'Only response_mode=query is supported.', (form) => !['query', undefined].includes(form.get('response_mode'))],
  // RFC 7636 section 4.3: a missing method means plain, which protects nothing.
  ['invalid_request', 'PKCE with code_challenge_method=S256 is required.', (form) => form.get('code_challenge_method') !== 'S256'],
  ['invalid_request', 'code_challenge must be 43 characters of base64url.', (form) => !/^[\w-]{43}$/.test(form.get('code_challenge') ?? '')],
  ['invalid_request', 'state is too long.', (form) => (form.get('state')?.length ?? 0) > 4096],
  ['invalid_request', 'nonce must be at most 255 characters of printable ASCII.', (form) => !/^[\x20-\x7e]{0,255}$/.test(form.get('nonce') ?? '')],
  ['invalid_request', 'prompt is not valid.', (form) => !promptsOf(form).every((word, _, all) => PROMPTS.includes(word) && (word !== 'none' || all.length === 1))],
  ['invalid_request', 'max_age must be a number of seconds.', (form) => !/^\d{0,9}$/.test(form.get('max_age') ?? '')],
];

const promptsOf = (form: Form): readonly string[] => (form.get('prompt') ?? '').split(' ').filter((word) => word !== '');

/** Throws RedirectError. */
export const checkParameters = ({ form, redirectUri, state }: Proven): Pick<AuthorizationRequest, 'codeChallenge' | 'nonce' | 'prompt' | 'maxAge'> => {
  const failed = checks.find(([, , fails]) => fails(form));
  if (failed) throw new RedirectError(failed[0], failed[1], { redirectUri, state });
  const maxAge = form.get('max_age');
  return {
    codeChallenge: form.get('code_challenge')!, nonce: form.get('nonce'), prompt: new Set(promptsOf(form)),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
};
