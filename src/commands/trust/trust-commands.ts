import type { Type } from '@nestjs/common';
import { RedeemAssertionHandler } from '../tokens/redeem-assertion.js';
import { RedeemIdJagHandler } from '../tokens/redeem-id-jag.js';
import { AddTrustRuleHandler } from './add-trust-rule.js';
import { AssertedPerson } from './asserted-person.js';
import { IssuerKeys } from './issuer-keys.js';
import { RemoveTrustRuleHandler } from './remove-trust-rule.js';
import { SpendToken } from './spend-token.js';
import { TrustedTokens } from './trusted-tokens.js';
import { WorkloadAgents } from './workload-agents.js';

/** Other issuers: which of their tokens are believed, whom they prove, and what is issued on them. */
export const trustHandlers: Type[] = [AddTrustRuleHandler, RedeemAssertionHandler, RedeemIdJagHandler, RemoveTrustRuleHandler];
export const trustParts: Type[] = [AssertedPerson, IssuerKeys, SpendToken, TrustedTokens, WorkloadAgents];
