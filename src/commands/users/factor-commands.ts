import { ConfirmFactorHandler } from './confirm-factor.js';
import { FactorChallenges } from './factor-challenges.js';
import { FactorChecks } from './factor-checks.js';
import { FactorSecrets } from './factor-secrets.js';

/** What people prove who they are with. */
export const factorHandlers = [ConfirmFactorHandler];
export const factorParts = [FactorChallenges, FactorChecks, FactorSecrets];
