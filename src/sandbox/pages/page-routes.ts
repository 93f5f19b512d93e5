import type { Route } from '../http/route.js';
import { inspectorRoutes } from './inspector/routes.js';
import type { PageContext } from './page-context.js';
import { rewardRoutes } from './reward/routes.js';

/**
 * The routes of the pages. A route that changes something sets `sameOriginOnly`, unless its path holds a secret that no other site can know
 * (a reward's id): the reward page may run in a frame with an opaque origin, so its posts look cross-site.
 */
export const pageRoutes = (context: PageContext): Route[] => [...inspectorRoutes(context), ...rewardRoutes(context)];
