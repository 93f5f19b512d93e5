// Virtual-currency callbacks with Azure Functions v4: the main file of the function app.
//
//   npm install kiip-s2s @azure/functions pg
//   func start                             KIIP_APP_SECRET and DATABASE_URL come from local.settings.json or the app's settings
import { app } from '@azure/functions';
import { callbackFetch } from 'kiip-s2s/fetch';
import { receiver } from './receiver.js';

// The platform has no function key. The signature authorizes it.
app.http('kiipCallback', {
  route: 'kiip/callback',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: callbackFetch(receiver),
});
