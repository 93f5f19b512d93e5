// Just enough types of four packages that are not installed here, so that the samples beside this file are
// type-checked.
declare module 'react-native' {
  import { type ReactNode } from 'react';
  export function Modal(props: { visible: boolean; onRequestClose(): void; children: ReactNode }): ReactNode;
  export function View(props: { style: { flex: number; paddingTop?: number }; children: ReactNode }): ReactNode;
  export const Linking: { openURL(url: string): Promise<unknown> };
  export const Share: { share(content: { title: string; message: string }): Promise<unknown> };
  export function Button(props: { title: string; onPress(): void }): ReactNode;
}

declare module 'react-native-webview' {
  import { type ReactNode } from 'react';
  export function WebView(props: {
    source: { uri: string };
    originWhitelist?: string[];
    setSupportMultipleWindows?: boolean;
    onShouldStartLoadWithRequest?(request: { url: string; isTopFrame: boolean; navigationType: string }): boolean;
  }): ReactNode;
}

declare module '@capacitor/browser' {
  export const Browser: { open(options: { url: string }): Promise<void> };
}

declare module 'electron' {
  interface NavigationEvent {
    readonly url: string;
    preventDefault(): void;
  }
  export class BrowserWindow {
    constructor(options: {
      parent?: BrowserWindow;
      width?: number;
      height?: number;
      webPreferences?: { sandbox?: boolean; contextIsolation?: boolean; nodeIntegration?: boolean };
    });
    readonly webContents: {
      on(event: 'will-frame-navigate' | 'will-redirect', listener: (event: NavigationEvent) => void): void;
      setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void;
    };
    on(event: 'closed', listener: () => void): void;
    loadURL(url: string): Promise<void>;
    isDestroyed(): boolean;
    destroy(): void;
  }
  export const shell: { openExternal(url: string): Promise<void> };
}
