import { describe, expect, it } from '@jest/globals';
import { Form } from '../../../src/api/http/form.js';
import { nestsDeeperThan } from '../../../src/api/http/nesting.js';
import { networkOfAddress } from '../../../src/api/http/network.js';
import { presentedClient } from '../../../src/api/oauth/clients/client-credentials-in-request.js';
import { readScopes } from '../../../src/api/oauth/resource-parameter.js';
import { consentText } from '../../../src/api/pages/consent-text.js';
import { readMetadataDocument, readRegistrationRequest } from '../../../src/domain/agent/client-metadata.js';
import { checkClientIdUrl } from '../../../src/domain/agent/client-id-url.js';
import { checkRedirectUri, hasDotSegment, matchesRedirectUri } from '../../../src/domain/agent/redirect-uri.js';
import { VOCABULARY } from '../../../src/domain/policy/condition-inputs.js';
import { LANGUAGE, readPolicyDocument } from '../../../src/domain/policy/policy-document.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';

const LENGTH = 200_000;
const repeated = (piece: string, end = ''): string => piece.repeat(Math.ceil(LENGTH / piece.length)) + end;
/** What makes a pattern with two ways to read one text try them all (RX-03). */
const CORPUS: readonly string[] = [
  repeated('a'), repeated('a', '!'), repeated(' ', 'x'), repeated('\t \n', 'x'), repeated('@'), repeated('a@', ' '), repeated('a.', '@'),
  repeated('/.', ';'), repeated('%2e', '/'), repeated('a%2f..%2f'), repeated('://', '#'), repeated('https://', ' '), repeated(':', '/'), repeated('=', '!'),
  repeated('1', '.'), repeated('1.', 'x'), repeated('::', '%'), repeated('{"a":', '}'), repeated('\\"', '"'), repeated('&', '='), repeated('+', '%'),
  repeated('\u202e\u0000', 'x'), repeated('😀', '\ud800'), repeated('Basic '), `Basic ${repeated('A', '!')}`, `http://localhost:${repeated('1', 'x')}`,
  `https://${repeated('a.', '-')}`, `https://a.example/${repeated('../')}`,
];

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  'a redirect URI': checkRedirectUri,
  'two redirect URIs': (text) => matchesRedirectUri('http://localhost/cb', text),
  'a path with dots': hasDotSegment,
  'a client_id URL': checkClientIdUrl,
  'a registration': (text) => readRegistrationRequest({ client_name: text, scope: text, client_uri: text, redirect_uris: [text] }),
  'a name and a scope': (text) => readRegistrationRequest({ client_name: text, redirect_uris: ['https://a.example/cb'], grant_types: [text, 'authorization_code'] }),
  'a metadata document': (text) => readMetadataDocument('https://a.example/c', { client_id: 'https://a.example/c', client_name: text, logo_uri: text, redirect_uris: ['https://a.example/cb'] }),
  'a policy': (text) => readPolicyDocument(JSON.stringify({ rules: [{ id: 'a', effect: 'allow', targets: { resources: [text] }, [text]: text }] }), LANGUAGE),
  'a policy of the first language': (text) => readPolicyDocument(JSON.stringify({ rules: [{ id: text, effect: 'allow', resources: [text] }] }), 1),
  'policy text': (text) => readPolicyDocument(text, LANGUAGE),
  'a condition': (text) => new CelConditions().compile(text.slice(0, 1000), VOCABULARY),
  'a form': (text) => Form.read(text),
  'a header of Basic': (text) => presentedClient(text, Form.read('')),
  'scopes': readScopes,
  'an address': networkOfAddress,
  'JSON of some depth': (text) => nestsDeeperThan(text, 32),
  'the text of a consent': (text) => consentText({
    agent: { name: text, clientHost: text, clientId: text, verified: false }, redirectHost: text, redirectKind: 'web',
    resource: { name: text, uri: text }, scopes: [{ name: text, description: text }], isNewClient: true, refreshable: true,
  } as never),
};

describe('RX-03: reading a text costs in proportion to its length, for', () => {
  it.each(Object.entries(parsers))('%s', (_, parse) => {
    // A pattern of quadratic cost is still at it when the time for a test is up.
    for (const text of CORPUS) {
      try {
        parse(text);
      } catch (error) {
        // It may refuse; it may not fall over.
        expect((error as Error).name).toMatch(/^(Refusal|OAuthError|TooManyMembers|ConditionInvalid)$/);
      }
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
