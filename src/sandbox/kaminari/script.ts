/**
 * What `/v1/script.js` serves: collects what a browser can tell about itself and posts it, with the ids of `window.kmnr`, to where the script
 * came from (PROTOCOL M6, M8). Written for old browsers too, and it never throws into the page.
 */
export const COLLECTOR_SCRIPT = `(function () {
  'use strict';
  var kmnr = window.kmnr || {};
  var script = document.currentScript;
  if (!script || !kmnr.kmnrId) return;
  var address = new URL('/v1/collect', script.src);
  var record = { kmnrKey: String(kmnr.kmnrKey), kmnrId: String(kmnr.kmnrId) };
  for (var n = 1; n <= 7; n += 1) if (kmnr['sub' + n] !== undefined) record['sub' + n] = String(kmnr['sub' + n]);
  function tell(name, read) {
    try {
      var value = read();
      if (value !== undefined && value !== null) record[name] = value;
    } catch (error) {}
  }
  tell('userAgent', function () { return navigator.userAgent; });
  tell('languages', function () { return Array.prototype.slice.call(navigator.languages); });
  tell('platform', function () { return navigator.platform; });
  tell('webdriver', function () { return navigator.webdriver; });
  tell('cookieEnabled', function () { return navigator.cookieEnabled; });
  tell('hardwareConcurrency', function () { return navigator.hardwareConcurrency; });
  tell('deviceMemory', function () { return navigator.deviceMemory; });
  tell('maxTouchPoints', function () { return navigator.maxTouchPoints; });
  tell('pluginCount', function () { return navigator.plugins.length; });
  tell('connection', function () { return navigator.connection.effectiveType; });
  tell('screen', function () { return { width: screen.width, height: screen.height, colorDepth: screen.colorDepth }; });
  tell('viewport', function () { return { width: window.innerWidth, height: window.innerHeight }; });
  tell('devicePixelRatio', function () { return window.devicePixelRatio; });
  tell('timeZone', function () { return Intl.DateTimeFormat().resolvedOptions().timeZone; });
  tell('timeZoneOffset', function () { return new Date().getTimezoneOffset(); });
  tell('visibility', function () { return document.visibilityState; });
  tell('page', function () { return location.origin + location.pathname; });
  tell('referrer', function () { return document.referrer; });
  tell('framed', function () { return window.self !== window.top; });
  tell('loadMs', function () { return Math.round(performance.now()); });
  function send() {
    try {
      fetch(address, {
        method: 'POST', mode: 'cors', credentials: 'omit', keepalive: true,
        headers: { 'content-type': 'application/json' }, body: JSON.stringify(record)
      }).catch(function () {});
    } catch (error) {}
  }
  var hints = navigator.userAgentData;
  if (!hints || !hints.getHighEntropyValues) return send();
  hints.getHighEntropyValues(['architecture', 'bitness', 'model', 'platformVersion', 'fullVersionList']).then(function (values) {
    record.userAgentData = values;
    send();
  }, send);
})();
`;
