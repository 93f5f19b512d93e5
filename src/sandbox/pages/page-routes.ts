import type { Route } from '../http/route.js';
import { inspectorRoutes } from './inspector/routes.js';
import type { PageContext } from './page-context.js';
import { rewardRoutes } from './reward/routes.js';

/**
 * The pages that people look at. A route that changes something sets `sameOriginOnly`, unless its path holds what no other site can know
 * (a reward's id): the reward page may run in a frame whose origin is opaque, and its posts then look cross-site.
 */
export const pageRoutes = (context: PageContext): Route[] => [...inspectorRoutes(context), ...rewardRoutes(context)];
