import { EventEmitter } from 'node:events';

const opened: string[] = [];

/** A window as Electron's: it records what is asked of it and lets a test be the page. */
class FakeWindow extends EventEmitter {
  static last: FakeWindow;
  readonly webContents = Object.assign(new EventEmitter(), {
    openHandler: (_details: { url: string }): unknown => undefined,
    setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
      this.openHandler = handler;
    },
  });
  destroyed = false;
  constructor() {
    super();
    FakeWindow.last = this;
  }
  loadURL = (): Promise<void> => Promise.resolve();
  isDestroyed = (): boolean => this.destroyed;
  destroy(): void {
    this.destroyed = true;
    this.emit('closed');
  }
  /** Whether the page may go there. */
  navigate(event: string, url: string): boolean {
    let allowed = true;
    this.webContents.emit(event, { url, preventDefault: () => (allowed = false) });
    return allowed;
  }
}

const shell = { openExternal: (url: string): Promise<void> => Promise.resolve(void opened.push(url)) };
jest.mock('electron', () => ({ BrowserWindow: FakeWindow, shell }), { virtual: true });
jest.mock('@capacitor/browser', () => ({ Browser: { open: ({ url }: { url: string }) => shell.openExternal(url) } }), {
  virtual: true,
});

beforeEach(() => opened.splice(0));

describe('the Electron sample', () => {
  async function show(): Promise<{ window: FakeWindow; result: Promise<{ redeemed: boolean }> }> {
    const { showReward } = await import('../../examples/webviews/electron.js');
    const result = showReward(new FakeWindow() as never, 'https://api.kiip.me/reward/1');
    return { window: FakeWindow.last, result };
  }

  test.each(['will-frame-navigate', 'will-redirect'])('%s', async (event) => {
    const { window, result } = await show();
    expect(window.navigate(event, 'https://api.kiip.me/next')).toBe(true);
    expect(window.navigate(event, 'file:///etc/passwd')).toBe(false);
    expect(window.navigate(event, 'kiip://other')).toBe(false);
    const gone = new Promise((resolve) => window.once('closed', resolve));
    expect(window.navigate(event, 'kiip://did_dismiss?native_url=https%3A%2F%2Fx.example')).toBe(false);
    expect(window.navigate(event, 'kiip://did_dismiss?close=true')).toBe(false);
    expect(await result).toEqual({ redeemed: true });
    await gone;
    expect(opened).toEqual(['https://x.example']);
  });

  test('window.open, and the window’s own close button', async () => {
    const { window, result } = await show();
    expect(window.webContents.openHandler({ url: 'https://x.example/terms' })).toEqual({ action: 'deny' });
    expect(window.webContents.openHandler({ url: 'intent://x' })).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://x.example/terms']);
    window.destroy();
    expect(await result).toEqual({ redeemed: false });

    const other = await show();
    other.window.webContents.openHandler({ url: 'kiip://did_dismiss' });
    expect(await other.result).toEqual({ redeemed: true });
  });
});

describe('the Capacitor sample', () => {
  test.each([
    ['customscheme', 'kiip://did_dismiss?native_url=https://x.example', true, ['https://x.example']],
    ['customscheme', 'kiip://did_dismiss?close=true', false, []],
    ['exit', '', false, []],
  ])('%s %s', async (event, url, redeemed, next) => {
    const view = Object.assign(new EventEmitter(), {
      addEventListener: (name: string, listener: () => void) => view.on(name, listener),
      close: () => view.emit('exit', {}),
    });
    Object.assign(globalThis, { cordova: { InAppBrowser: { open: () => view } } });
    const { showReward } = await import('../../examples/webviews/capacitor.js');
    const result = showReward('https://api.kiip.me/reward/1');
    view.emit(event, { url });
    expect(await result).toEqual({ redeemed });
    expect(opened).toEqual(next);
  });
});
