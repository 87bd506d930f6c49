import type { ConnectSubject } from './connect-model.js';
import { type Facts, type Sentence, plain, theirs } from './consent-text.js';
import { displayName } from './display-name.js';

/** Raised whenever a sentence changes, so that a recorded digest names the words it stands for. */
const VERSION = 1;

export interface ConnectWords {
  readonly question: Sentence;
  readonly facts: readonly Facts[];
  readonly heading: Sentence;
  readonly scopes: readonly { readonly words: Sentence; readonly technical: Sentence }[];
  readonly points: readonly Sentence[];
  readonly smallPrint: Sentence;
}

/** The text that a person agrees to when an agent is let use a connection, one sentence a line. Its SHA-256 is recorded. */
export const connectText = (subject: ConnectSubject): string => {
  const { question, facts, heading, scopes, points, smallPrint } = connectWords(subject);
  return [question, ...facts.flatMap(({ term, fact, more }) => [term, fact, ...more]), heading, ...scopes.flatMap(({ words, technical }) => [words, technical]), ...points, smallPrint].map(plain).join('\n');
};

export const connectWords = (subject: ConnectSubject): ConnectWords => {
  const { service, agent, scopes, isShared } = subject;
  const title = theirs(service.title, 80);
  const name = agent && { theirs: displayName(agent.name) };
  return {
    question: name ? ['Let ', name, ' use ', isShared ? 'the shared ' : 'your ', title, '?'] : ['Connect ', title],
    facts: [
      ...(agent && name ? [{ term: ['Who is asking'], fact: [agent.clientHost === '' ? name : theirs(agent.clientHost, 255)], more: agent.clientHost === '' ? [] : [['It calls itself ', name, '. Anyone can pick a name; go by the address.']] }] : []),
      { term: ['Service'], fact: [title], more: [[theirs(service.host, 255)]] },
    ],
    heading: [name ? 'What it will be able to do' : 'What agents may be allowed to do with it'],
    scopes: scopes.map((scope) => ({ words: [theirs(scope.description.trim() || scope.name, 300)], technical: [theirs(scope.name, 200)] })),
    points: points(subject),
    smallPrint: [`Connection text, version ${VERSION}`],
  };
};

const points = ({ agent, isShared, isLent }: ConnectSubject): readonly Sentence[] => [
  isShared ? ['It is held for everybody here; policies decide which agents get to use it, and for whom.'] : ['It is held for you alone. No agent gets to use it that you have not allowed.'],
  isLent
    ? ['The hub keeps the access in its vault. An agent is lent it for a short while, or the hub makes the calls; each time is recorded.']
    : ['The hub keeps the access in its vault and makes the calls itself. No agent ever sees it, and each call is recorded.'],
  [agent ? 'You can take this back at any time, under “My agents”, and disconnect the service under “My connections”.' : 'You can disconnect the service at any time, under “My connections”.'],
];
