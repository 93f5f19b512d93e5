import { BrowserWindow, shell } from 'electron';
import { createWebViewGate } from 'kiip-s2s/webview';

const isWeb = (url: string): boolean => /^https?:/i.test(url);

/** Shows the reward in a window of its own. Call it in the main process. */
export function showReward(parent: BrowserWindow, bodyUrl: string): Promise<{ redeemed: boolean }> {
  return new Promise((resolve) => {
    const window = new BrowserWindow({
      parent,
      width: 480,
      height: 720,
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
    });
    let ended = false;
    const gate = createWebViewGate({
      onDismiss({ redeemed, nativeUrl }) {
        if (ended) return; // a web view may ask about one URL twice
        ended = true;
        resolve({ redeemed });
        if (nativeUrl !== null) void shell.openExternal(nativeUrl); // the system browser
        setImmediate(() => window.destroy()); // after this event, which is the window's own
      },
    });
    const guard = (event: { readonly url: string; preventDefault(): void }): void => {
      if (!gate(event) || !isWeb(event.url)) event.preventDefault();
    };
    window.webContents.on('will-frame-navigate', guard);
    window.webContents.on('will-redirect', guard);
    window.webContents.setWindowOpenHandler(({ url }) => {
      if (gate({ url }) && isWeb(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
    window.on('closed', () => resolve({ redeemed: false }));
    window.loadURL(bodyUrl).catch(() => {
      if (!ended && !window.isDestroyed()) window.destroy();
    });
  });
}
