import { createElement, type ReactNode } from 'react';

const opened: string[] = [];
const shared: unknown[] = [];
jest.mock(
  'react-native',
  () => ({
    Modal: 'Modal',
    View: 'View',
    Button: 'Button',
    Linking: { openURL: (url: string) => Promise.resolve(opened.push(url)) },
    Share: { share: (content: unknown) => Promise.resolve(shared.push(content)) },
  }),
  { virtual: true },
);
jest.mock('react-native-webview', () => ({ WebView: 'WebView' }), { virtual: true });

/** The part of react-test-renderer that is used here, which has no types of its own. */
interface Instance {
  readonly props: Record<string, unknown>;
}
interface Renderer {
  readonly root: { findByType(type: string): Instance; findAllByType(type: string): Instance[] };
  unmount(): void;
}
interface TestRenderer {
  create(element: ReactNode): Renderer;
  act(work: () => void): void;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- has no declarations
const { create, act } = require('react-test-renderer') as TestRenderer;

const BODY_URL = 'https://api.kiip.me/reward/1';

// React asks for React Native's own testing library, which needs React Native itself.
jest.spyOn(console, 'error').mockImplementation((message: unknown) => {
  if (!String(message).includes('react-test-renderer is deprecated')) throw new Error(String(message));
});
beforeAll(() => void Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true }));
beforeEach(() => {
  opened.splice(0);
  shared.splice(0);
});

describe('the React Native sample, under its test renderer', () => {
  async function show() {
    const { RewardModal } = await import('../../examples/webviews/react-native.js');
    const ends: unknown[] = [];
    const element = createElement(RewardModal, { bodyUrl: BODY_URL, onEnd: (result) => ends.push(result) });
    let renderer: Renderer | undefined;
    act(() => void (renderer = create(element)));
    if (renderer === undefined) throw new Error('nothing rendered');
    const { root, unmount } = renderer;
    return {
      ends,
      unmount: () => act(unmount),
      /** Whether the web view may load it. */
      ask(url: string): boolean {
        const { onShouldStartLoadWithRequest } = root.findByType('WebView').props;
        let answer = false;
        act(() => {
          const request = { url, isTopFrame: true, navigationType: 'other' };
          answer = (onShouldStartLoadWithRequest as (asked: object) => boolean)(request);
        });
        return answer;
      },
      pages: () => root.findAllByType('WebView').map(({ props }) => (props['source'] as { uri: string }).uri),
      isVisible: () => root.findByType('Modal').props['visible'],
      press: () => act(() => (root.findByType('Button').props['onPress'] as () => void)()),
      goBack: () => act(() => (root.findByType('Modal').props['onRequestClose'] as () => void)()),
      whitelist: () => root.findByType('WebView').props['originWhitelist'],
    };
  }

  test('shows the reward, lets the web pass and nothing else', async () => {
    const reward = await show();
    expect([reward.isVisible(), reward.pages(), reward.whitelist()]).toEqual([true, [BODY_URL], ['*']]);
    const urls = ['https://api.kiip.me/next', 'about:blank', 'intent://x', 'file:///etc/passwd', 'javascript:1'];
    expect(urls.map((url) => reward.ask(url))).toEqual([true, true, false, false, false]);
    expect(reward.ends).toEqual([]);
    reward.unmount();
  });

  test('a redirect gets a view of its own, which the player closes; it ends once', async () => {
    const reward = await show();
    expect(reward.ask('kiip://did_dismiss?native_url=https%3A%2F%2Fx.example')).toBe(false);
    expect([reward.isVisible(), reward.pages(), reward.ends]).toEqual([
      true,
      ['https://x.example'],
      [{ redeemed: true }],
    ]);
    expect(reward.ask('kiip://did_dismiss?close')).toBe(false);
    reward.press();
    expect([reward.isVisible(), reward.pages(), reward.ends]).toEqual([false, [], [{ redeemed: true }]]);
    reward.unmount();
  });

  test('the store is opened outside; nothing else by its own scheme', async () => {
    const store = await show();
    store.ask('kiip://did_dismiss?url=market%3A%2F%2Fdetails%3Fid%3Dx');
    expect([store.isVisible(), opened, store.ends]).toEqual([false, ['market://details?id=x'], [{ redeemed: true }]]);
    store.unmount();
    const hostile = await show();
    hostile.ask('kiip://did_dismiss?url=intent%3A%2F%2Fx');
    expect([hostile.isVisible(), opened]).toEqual([false, ['market://details?id=x']]);
    hostile.unmount();
  });

  test('what the page says besides keeps it open', async () => {
    const reward = await show();
    for (const url of [
      'kiip://ready',
      'kiip://share?subject=a&text=b',
      'kiip://content?quantity=20',
      'kiip://unheard_of',
    ])
      expect(reward.ask(url)).toBe(false);
    expect([reward.isVisible(), reward.ends, shared]).toEqual([true, [], [{ title: 'a', message: 'b' }]]);
    reward.unmount();
  });

  test.each(['press', 'goBack'] as const)('%s closes it without redeeming', async (way) => {
    const reward = await show();
    reward[way]();
    reward[way]();
    expect([reward.isVisible(), reward.ends]).toEqual([false, [{ redeemed: false }]]);
    reward.unmount();
  });
});
