/** @module kiip-s2s/webview */
export { createWebViewGate, type WebViewGateOptions } from './gate.js';
export { isKiipUrl } from './kiip-url.js';
export { type DismissOptions } from './dismiss-options.js';
export { parseDismissUrl, parseKiipUrl } from './parse.js';
export { type DismissResult, type KiipEvent, type KiipUrl } from './messages.js';
