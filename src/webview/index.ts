export { parseDismissUrl, type DismissResult } from './dismiss-url.js';
export { createWebViewGate, type WebViewGateOptions } from './gate.js';
export { isKiipUrl } from './kiip-url.js';
