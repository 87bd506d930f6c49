import { levelOfAcr } from '../../domain/user/authentication.js';
import type { Form } from '../http/form.js';
import { RedirectError, type RedirectedError } from './authorization-error.js';
import { PageError } from '../browser/page-error.js';
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
  // OpenID Connect calls it a wish; to whoever steps up (RFC 9470 section 5) less than the wish is of no use.
  ['unmet_authentication_requirements', 'None of the acr_values can be reached here.', (form) => levelOf(form) === undefined],
  ['invalid_request', 'max_age must be a number of seconds.', (form) => !/^\d{0,9}$/.test(form.get('max_age') ?? '')],
];

/** The least of those that are known here; undefined when none is. */
const levelOf = (form: Form): number | undefined => {
  const asked = wordsOf(form, 'acr_values');
  const known = asked.map(levelOfAcr).filter((level) => level !== undefined);
  return asked.length === 0 ? 1 : known.length === 0 ? undefined : Math.min(...known);
};

const promptsOf = (form: Form): readonly string[] => wordsOf(form, 'prompt');
const wordsOf = (form: Form, name: string): readonly string[] => (form.get(name) ?? '').split(' ').filter((word) => word !== '');

/** Throws RedirectError. */
export const checkParameters = ({ form, redirectUri, state }: Proven): Pick<AuthorizationRequest, 'codeChallenge' | 'nonce' | 'prompt' | 'maxAge' | 'level'> => {
  const failed = checks.find(([, , fails]) => fails(form));
  if (failed) throw new RedirectError(failed[0], failed[1], { redirectUri, state });
  const maxAge = form.get('max_age') === undefined ? undefined : Number(form.get('max_age'));
  // OpenID Connect Core section 3.1.2.1: at most no seconds old means now.
  const prompt = new Set([...promptsOf(form), ...(maxAge === 0 ? ['login'] : [])]);
  return {
    codeChallenge: form.get('code_challenge')!, nonce: form.get('nonce'), prompt, maxAge, level: levelOf(form)!,
  };
};
