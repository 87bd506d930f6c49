import { Injectable } from '@nestjs/common';
import { type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { MOST_DETAILS_CHARACTERS, readAuthorizationDetails } from '../../domain/approval/authorization-details.js';
import { streams } from '../../domain/kernel/ids.js';
import { LendCredential } from '../credentials/lend-credential.js';
import type { HeldLoan, LendOrder, Loan } from '../credentials/lend-order.js';
import { LiveState } from '../live-state.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type Held, HoldToken } from './hold-token.js';

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
  lend(order: LendOrder): Promise<Loan> {
    // What a call says in its body nobody could look at, so nobody can confirm it.
    const inWords = order.call?.hasBody ? undefined : inWordsOf(order.call);
    return this.lending.lend(inWords === undefined ? order : { ...order, ask: (held) => this.ask(order, { ...held, inWords }) });
  }

  private async ask({ agentId, principal, connectionId, purpose, grantType, call, context }: LendOrder, { scopes, ruleIds, inWords }: HeldLoan & { readonly inWords: string }): Promise<Held> {
    const { state } = await this.live.entry(agent, streams.agent(agentId), context.tenant);
    return this.holding.settle({
      action: {
        purpose, agentId, clientId: (state as KnownAgent).clientId, principal, targetId: connectionId, scopes, grantType, authorizationDetails: inWords,
        ...(call ? { method: call.method } : {}), ...(call?.route === undefined ? {} : { route: call.route }),
        ...(call?.address === undefined ? {} : { addressDigest: this.crypto.mac('approval-address', call.address) }),
      }, ruleIds,
    }, context);
  }
}

/** A call as the person is to see it, all of it; empty where there is none, undefined where it is longer than anybody reads. */
const inWordsOf = (call: LendOrder['call']): string | undefined => {
  if (call?.address === undefined) return '';
  const headers = Object.keys(call.headers ?? {}).length === 0 ? {} : { headers: call.headers };
  const text = JSON.stringify([{ type: 'call', method: call.method, address: call.address.replace(/\?$/, ''), ...headers }]);
  return text.length > MOST_DETAILS_CHARACTERS ? undefined : readAuthorizationDetails(text);
};
