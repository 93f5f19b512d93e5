import type { DeviceContext, KiipClientOptions } from 'kiip-s2s';

/** Values that must never show up in an error, a log, a hook or an inspection. */
export const SECRETS = {
  appKey: 'app-key-5c41e0',
  deviceId: 'device-id-91fe22',
  userId: 'user-id-77aa01',
  email: 'private.person@example.org',
  ip: '203.0.113.77',
  lat: 39.04371925,
  lng: -77.48748995,
} as const;

export const APP = { appKey: SECRETS.appKey, appVersion: '1.4.2', test: true } as const satisfies KiipClientOptions;

/** A complete player context with nothing to advise on but its address, which is one of documentation. */
export const CONTEXT: DeviceContext = {
  device: {
    id: SECRETS.deviceId,
    os: 'Android 15',
    lang: 'en',
    locale: 'en_US',
    manufacturer: 'google',
    model: 'pixel_9',
    resolution: '1080x2424',
    density: 2.6,
    userAgent: 'Mozilla/5.0 (Linux; Android 15; Pixel 9)',
  },
  connection: { ip: SECRETS.ip, type: 'WIFI', carrier: 'ATT' },
  location: { lat: SECRETS.lat, lng: SECRETS.lng, accuracy: 10 },
  user: { userId: SECRETS.userId, age: 30, gender: 'f' },
  emailAddress: SECRETS.email,
};

/** The reward of the documents' example response. */
export const REWARD_JSON =
  '{"date":"2016-07-07T18:47:06.353111","notification":{"reward_name":"Test Reward - Virtual Click","reward_image_url":"https://d3aq14vri881or.cloudfront.net/5473ca60-2891-a32d-d30d-cd6f3d4dcc67_KiipRewardTemplate.png"},"view":{"email_bounced":false,"id":"test_5473ca54-59a5-cf65-d319-c91697297fcc","modal":{"message":"Test Reward - Virtual Click","timeout":10,"body_url":"https://api.kiip.me/reward/577ea3aa-b723-ae81-660c-79fae3443e12/5473ca54-59a5-cf65-d319-c91697297fcc?application_id=565a559f-a0ef-3384-66bc-669e61d12c93&locale=en_US&moment_id=575130b8-2637-d8f4-e587-cce64f693f4a&sdk_version=1.0&r=153891&mode=standalone&preview=true&sdk=none","title":"Loading your NinthDecimal Reward:"},"used_date":null}}';
