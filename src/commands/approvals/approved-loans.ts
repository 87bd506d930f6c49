import { Injectable } from '@nestjs/common';
import { type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { MOST_DETAILS_CHARACTERS, readAuthorizationDetails } from '../../domain/approval/authorization-details.js';
import { streams } from '../../domain/kernel/ids.js';
import { LendCredential } from '../credentials/lend-credential.js';
import type { LendOrder, Loan } from '../credentials/lend-order.js';
import { LendRefused, type HeldLoan } from '../credentials/lend-refused.js';
import { LiveState } from '../live-state.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { HoldToken } from './hold-token.js';

/** Loans, where policy wants a person's word first: whoever repeats the request that was confirmed gets what it asked for, once. */
@Injectable()
export class ApprovedLoans {
  constructor(
    private readonly lending: LendCredential,
    private readonly holding: HoldToken,
    private readonly live: LiveState,
    private readonly crypto: Crypto,
  ) {}

  /** As LendCredential.lend; throws ApprovalPending too. */
  async lend(order: LendOrder): Promise<Loan> {
    try {
      return await this.lending.lend(order);
    } catch (error) {
      // What a call says in its body nobody could look at, so nobody can confirm it.
      if (!(error instanceof LendRefused) || !error.held || order.call?.hasBody) throw error;
      const inWords = inWordsOf(order.call);
      if (inWords === undefined) throw error;
      return this.ask(order, { ...error.held, inWords }, error);
    }
  }

  private async ask(order: LendOrder, { scopes, ruleIds, inWords }: HeldLoan & { readonly inWords: string }, refused: LendRefused): Promise<Loan> {
    const { agentId, principal, connectionId, purpose, grantType, call, context } = order;
    const { state } = await this.live.entry(agent, streams.agent(agentId), context.tenant);
    const held = await this.holding.settle({
      action: {
        purpose, agentId, clientId: (state as KnownAgent).clientId, principal, targetId: connectionId, scopes, grantType, authorizationDetails: inWords,
        ...(call ? { method: call.method } : {}), ...(call?.route === undefined ? {} : { route: call.route }),
        ...(call?.address === undefined ? {} : { addressDigest: this.crypto.mac('approval-address', call.address) }),
      }, ruleIds,
    }, context);
    if (held.is === 'pending') throw held.pending;
    if (held.is === 'refused') throw new LendRefused(refused.error, 'Nobody confirms this now. Do not ask again right away: agents that do are suspended.', held.reason);
    return this.lending.lend({ ...order, scopes, approval: held.approval });
  }
}

/** A call as the person is to see it, all of it; empty where there is none, undefined where it is longer than anybody reads. */
const inWordsOf = (call: LendOrder['call']): string | undefined => {
  if (call?.address === undefined) return '';
  const headers = Object.keys(call.headers ?? {}).length === 0 ? {} : { headers: call.headers };
  const text = JSON.stringify([{ type: 'call', method: call.method, address: call.address.replace(/\?$/, ''), ...headers }]);
  return text.length > MOST_DETAILS_CHARACTERS ? undefined : readAuthorizationDetails(text);
};
