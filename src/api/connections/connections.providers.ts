import type { Provider, Type } from '@nestjs/common';
import { Visitors } from '../authorize/visitors.js';
import { CallbackController } from './callback.controller.js';
import { ConnectController } from './connect.controller.js';
import { ConnectQuestions } from './connect-questions.js';
import { ForwardCallers } from './forward-callers.js';
import { ForwardEndpoint } from './forward-endpoint.js';
import { MyConnectionsController } from './my-connections.controller.js';

export const connectionControllers: Type[] = [CallbackController, ConnectController, MyConnectionsController];
export const connectionProviders: Provider[] = [ConnectQuestions, ForwardCallers, ForwardEndpoint, Visitors];
