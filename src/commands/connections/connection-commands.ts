import type { Type } from '@nestjs/common';
import { CheckCredential } from '../credentials/check-credential.js';
import { ClearAwayConnectionHandler, ClearAwayCredentialHandler } from '../credentials/clear-away.js';
import { DestroyCredentialHandler } from '../credentials/destroy-credential.js';
import { KeepCredential } from '../credentials/keep-credential.js';
import { LendCredential } from '../credentials/lend-credential.js';
import { ReadyCredential } from '../credentials/ready-credential.js';
import { RefreshAheadHandler } from '../credentials/refresh-ahead.js';
import { RefreshCredential } from '../credentials/refresh-credential.js';
import { StoreKeyHandler } from '../credentials/store-key.js';
import { UseBreakGlassHandler } from '../credentials/use-break-glass.js';
import { BeginConnectHandler } from './begin-connect.js';
import { ChangeConnectionHandler } from './change-connection.js';
import { ConnectAttempts } from './connect-attempts.js';
import { ConnectionDrafts } from './connection-drafts.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { DefineConnectionHandler } from './define-connection.js';
import { FindConnection } from './find-connection.js';
import { FinishConnectHandler } from './finish-connect.js';
import { GrantConnection } from './grant-connection.js';

/** Services that are not ours: their definitions, the credentials that are held, and what is lent of them. */
export const connectionHandlers: Type[] = [
  BeginConnectHandler, ChangeConnectionHandler, ClearAwayConnectionHandler, ClearAwayCredentialHandler, DefineConnectionHandler, DestroyCredentialHandler, FinishConnectHandler, RefreshAheadHandler, StoreKeyHandler, UseBreakGlassHandler,
];
export const connectionParts: Type[] = [
  CheckCredential, ConnectAttempts, ConnectionDrafts, ConnectionSecrets, FindConnection, GrantConnection, KeepCredential, LendCredential, ReadyCredential, RefreshCredential,
];
