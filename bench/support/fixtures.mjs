// One call (the documents' example of a moment) and one answer, the same for all contenders.

export const app = {
  appKey: '0b56b49f621ad7f42fd85de7e461f9dd',
  appVersion: '1.4.2',
  test: true,
  dnsCompliance: false,
};

export const momentId = 'level_up';

export const context = {
  device: {
    id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b',
    os: 'Android 15',
    lang: 'en',
    locale: 'en_US',
    manufacturer: 'Samsung',
    model: 'SM-S928B',
    resolution: '1080x1776',
    density: '3.5',
    userAgent:
      'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  },
  connection: { ip: '54.174.101.1', type: 'WIFI', carrier: 'ATT' },
  location: { lat: 37.7866136, lng: -122.3969471, accuracy: 10 },
  user: { userId: 'player-4711', age: 24, gender: 'f' },
  bundleId: 'com.example.game',
};

const rewardId = 'test_5473ca54-59a5-cf65-d319-c91697297fcc';

export const answer = JSON.stringify({
  date: '2016-07-07T18:47:06.353111',
  notification: {
    reward_name: 'Test Reward - Virtual Click',
    reward_image_url:
      'https://d3aq14vri881or.cloudfront.net/5473ca60-2891-a32d-d30d-cd6f3d4dcc67_KiipRewardTemplate.png',
  },
  view: {
    email_bounced: false,
    id: rewardId,
    modal: {
      message: 'Test Reward - Virtual Click',
      timeout: 10,
      body_url:
        'https://api.kiip.me/reward/577ea3aa-b723-ae81-660c-79fae3443e12/5473ca54-59a5-cf65-d319-c91697297fcc?application_id=565a559f-a0ef-3384-66bc-669e61d12c93&locale=en_US&moment_id=575130b8-2637-d8f4-e587-cce64f693f4a&sdk_version=1.0&r=153891&mode=standalone&preview=true&sdk=none',
      title: 'Loading your Kiip Reward:',
    },
    used_date: null,
  },
});

/** Checks the answer, because a contender that lost it would look fast. */
export function assertReward(id) {
  if (id !== rewardId) throw new Error(`a contender returned the reward ${String(id)}`);
}
