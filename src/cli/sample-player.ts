import type { NinthDecimalContext, Platform } from '../request/context.js';

/**
 * The player that `smoke` and `payload` use without a context. It is not a real player: its address and place come from
 * the documents' samples, with the missing minus sign added (PROTOCOL K7). It is complete, so that `adviseOn` has no
 * advice.
 */
const SAMPLE: NinthDecimalContext = {
  device: {
    id: 'kiip-s2s-sample-device',
    os: 'Android 15',
    lang: 'en',
    locale: 'en_US',
    manufacturer: 'google',
    model: 'Pixel 9',
    resolution: '1080x2424',
    density: '2.625',
    userAgent:
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
  },
  connection: { ip: '54.174.101.1', type: 'WIFI' },
  location: { lat: 39.0437192, lng: -77.4874899, accuracy: 10 },
  user: { userId: 'kiip-s2s-sample-player', age: 30 },
};

/** Returns the sample without accuracy for the older dialect (PROTOCOL K3). */
export function samplePlayer(platform: Platform): NinthDecimalContext {
  if (platform === 'ninthdecimal' || SAMPLE.location === undefined) return SAMPLE;
  const { lat, lng } = SAMPLE.location;
  return { ...SAMPLE, location: { lat, lng } };
}
