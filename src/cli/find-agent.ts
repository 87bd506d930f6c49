import { CommandProblem } from './command.js';

export interface Candidate {
  readonly agentId: string;
  readonly clientId: string;
  readonly name: string;
}

/** Which of the candidates is meant: by id, by client_id, or by a name that only one has. Throws a sentence otherwise. */
export const chosenAgent = (wanted: string, candidates: readonly Candidate[]): Candidate => {
  const exact = candidates.filter(({ agentId, clientId }) => agentId === wanted || clientId === wanted);
  const named = candidates.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const [found, ...others] = exact.length > 0 ? exact : named;
  if (!found) throw new CommandProblem(`There is no agent called ${JSON.stringify(wanted)}. Use its id, its client_id or its whole name; mandate agents lists them.`);
  if (others.length > 0) throw new CommandProblem(`Several agents are called ${JSON.stringify(wanted)}: ${[found, ...others].map(({ agentId }) => agentId).join(', ')}. Use the id.`);
  return found;
};
