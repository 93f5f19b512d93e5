// The set-up for ES modules: the loader hook first, so that what is imported later can be instrumented.
import { register } from 'node:module';
import './opentelemetry.cjs';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
