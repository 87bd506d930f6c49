import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import { claimsOf } from '../../domain/token/identity-scopes.js';
import { type AskedScope, type ConsentSubject, opensApp, staysOnDevice } from './consent-model.js';
import { displayName, plainLine } from './display-name.js';

/** Raised whenever a sentence changes, so that a recorded digest names the words it stands for. */
const VERSION = 2;

/** A piece of a sentence: our own words, or words of somebody else that are set apart from them. */
export type Piece = string | { readonly theirs: string };
export type Sentence = readonly Piece[];

/** What is said, in the order in which it is said. The page shows exactly these sentences and `consentText` joins them. */
export interface ConsentWords {
  readonly question: Sentence;
  readonly agent: Facts;
  readonly resource: Facts;
  readonly target: Facts;
  readonly caution: Sentence | undefined;
  readonly scopes: { readonly heading: Sentence; readonly each: readonly ScopeWords[] };
  readonly goodToKnow: { readonly heading: Sentence; readonly points: readonly Sentence[] };
  readonly smallPrint: readonly Sentence[];
}

export interface Facts {
  readonly term: Sentence;
  /** What counts: who, what, where to. */
  readonly fact: Sentence;
  readonly more: readonly Sentence[];
}

export interface ScopeWords {
  readonly words: Sentence;
  readonly technical: Sentence;
}

/**
 * The text that a person agrees to, one sentence a line, always the same for the same subject: give it the scopes that
 * were agreed to in the end. Its SHA-256 is recorded.
 */
export const consentText = (subject: ConsentSubject): string => {
  const { question, agent, resource, target, caution, scopes, goodToKnow: notes, smallPrint } = consentWords(subject);
  const facts = ({ term, fact, more }: Facts) => [term, fact, ...more];
  const sentences = [
    question, ...facts(agent), ...facts(resource), ...facts(target), caution,
    scopes.heading, ...scopes.each.flatMap(({ words, technical }) => [words, technical]),
    notes.heading, ...notes.points, ...smallPrint,
  ];
  return sentences.filter((sentence) => sentence !== undefined).map(plain).join('\n');
};

/** The sentences, with what is not ours marked in them. No line of a stranger's can become two. */
export const consentWords = (subject: ConsentSubject): ConsentWords => {
  const { agent, resource, scopes, isAboutPerson } = subject;
  const name: Piece = { theirs: displayName(agent.name) };
  const resourceName = theirs(resource.name.trim() || resource.uri, 80);
  return {
    question: isAboutPerson ? ['Let ', name, ' know who you are?'] : ['Allow ', name, ' to use ', resourceName, ' for you?'],
    agent: aboutAgent(subject, name),
    resource: { term: [isAboutPerson ? 'Wants to know' : 'Wants to use'], fact: [resourceName], more: [[theirs(resource.uri, 2048)]] },
    target: aboutTarget(subject),
    caution: staysOnDevice(subject)
      ? ['Allow this only if you have just started ', name, ' yourself. Another program on this device could pretend to be it.'] : undefined,
    scopes: { heading: ['What it will be able to do'], each: scopes.map(aboutScope) },
    goodToKnow: { heading: ['Good to know'], points: goodToKnow(subject) },
    smallPrint: [['Client ID: ', theirs(agent.clientId, 2048)], [`Consent text, version ${VERSION}`]],
  };
};

export const plain = (sentence: Sentence): string => sentence.map((piece) => (typeof piece === 'string' ? piece : piece.theirs)).join('');

export const theirs = (text: string, most: number): Piece => ({ theirs: plainLine(text, most) });

// An id that is an address says who is asking, unless the answer stays on the device: there any program could use that id.
const aboutAgent = (subject: ConsentSubject, name: Piece): Facts => {
  const { agent: { clientHost, clientId, verified }, isNewClient } = subject;
  const isUrl = isClientIdUrl(clientId);
  const advice = staysOnDevice(subject) ? '' : ' Anyone can pick a name; go by the address.';
  const registered = verified === undefined ? 'It is registered here.' : 'It registered itself here, and nobody has checked its name.';
  const nameless: Sentence = verified === true ? ['An administrator registered it here.'] : [registered + advice];
  return {
    term: ['Who is asking'],
    fact: [isUrl ? theirs(clientHost, 255) : name],
    more: [
      isUrl ? ['It calls itself ', name, `.${advice}`] : nameless,
      ...(isNewClient === undefined ? [] : [[isNewClient ? 'Nothing that you allowed before covers this.' : 'You have allowed it some of this before.']]),
    ],
  };
};

const aboutTarget = (subject: ConsentSubject): Facts => {
  const { redirectHost, isLoopback, agent: { clientHost } } = subject;
  const term: Sentence = ['Access goes to'];
  const host = theirs(redirectHost, 255);
  if (isLoopback) return { term, fact: ['An app on this computer'], more: [['It listens at ', host, '.']] };
  if (opensApp(subject)) return { term, fact: ['An app on this device'], more: [['It opens links that begin with ', host]] };
  const next = 'Your browser goes there next.';
  return { term, fact: [host], more: [clientHost === redirectHost ? [next] : [`${next} It is another place than `, theirs(clientHost, 255), '.']] };
};

const aboutScope = ({ name, description }: AskedScope): ScopeWords =>
  ({ words: [theirs(description.trim() || name, 300)], technical: [theirs(name, 200)] });

const goodToKnow = ({ refreshable, isAboutPerson, scopes }: ConsentSubject): readonly Sentence[] => [
  isAboutPerson
    ? ['It can do nothing in your name. Each time it is told who you are, that is recorded.']
    : ['It acts in your name, and you answer for what you allow. Each time it gets access, that is recorded.'],
  refreshable
    ? ['It keeps the access until you revoke it, and can use it while you are away, without asking you again.']
    : ['The access lasts a short while. To go on, it has to send you here again.'],
  ['It never sees your password. You can revoke the access at any time, under “My agents”.'],
  ...(claimsOf(scopes.map(({ name }) => name)).length === 0 ? [] : [['What it has learned about you by then, it can keep.']]),
];
