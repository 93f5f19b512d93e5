// The set-up for ES modules: the loader hook first, so that what is imported later can be instrumented.
import { register } from 'node:module';
import './newrelic.cjs';

register('newrelic/esm-loader.mjs', import.meta.url);
