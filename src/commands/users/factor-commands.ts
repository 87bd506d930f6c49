import { BeginSession } from './begin-session.js';
import { ChangeFactorHandler } from './change-factor.js';
import { ChangePasswordHandler } from './change-password.js';
import { CompleteSignInHandler } from './complete-sign-in.js';
import { ConfirmFactorHandler } from './confirm-factor.js';
import { EndSessionsHandler } from './end-sessions.js';
import { EnrolFactorHandler } from './enrol-factor.js';
import { FactorChallenges } from './factor-challenges.js';
import { FactorChecks } from './factor-checks.js';
import { FactorSecrets } from './factor-secrets.js';
import { FirstPassword } from './first-password.js';
import { IssueRecoveryCodesHandler } from './issue-recovery-codes.js';
import { NewFactors } from './new-factors.js';
import { ResetFactorsHandler } from './reset-factors.js';
import { SignInWithPasskeyHandler } from './sign-in-with-passkey.js';
import { StepUpHandler } from './step-up.js';

/** How people sign in and what they prove who they are with. */
export const factorHandlers = [
  ChangeFactorHandler, ChangePasswordHandler, CompleteSignInHandler, ConfirmFactorHandler, EndSessionsHandler, EnrolFactorHandler, IssueRecoveryCodesHandler,
  ResetFactorsHandler, SignInWithPasskeyHandler, StepUpHandler,
];
export const factorParts = [BeginSession, FactorChallenges, FactorChecks, FactorSecrets, FirstPassword, NewFactors];
