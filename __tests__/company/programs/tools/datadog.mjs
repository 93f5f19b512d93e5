// The set-up for ES modules: the loader hook first, so that what is imported later can be instrumented.
import 'dd-trace/register.js';
import './datadog.cjs';
