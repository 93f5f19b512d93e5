import { Browser } from '@capacitor/browser';
import { createWebViewGate } from 'kiip-s2s/webview';

// From cordova-plugin-inappbrowser, which Capacitor loads unchanged.
declare const cordova: {
  InAppBrowser: {
    open(
      url: string,
      target: '_blank',
      options: string,
    ): {
      addEventListener(event: 'customscheme' | 'exit', listener: (event: { url: string }) => void): void;
      close(): void;
    };
  };
};

/** Shows the reward in a web view of its own, with a close button. */
export function showReward(bodyUrl: string): Promise<{ redeemed: boolean }> {
  return new Promise((resolve) => {
    const options = 'location=yes,hideurlbar=yes,hidenavigationbuttons=yes,toolbarposition=top';
    const view = cordova.InAppBrowser.open(bodyUrl, '_blank', options);
    const gate = createWebViewGate({
      onDismiss({ redeemed, nativeUrl }) {
        resolve({ redeemed });
        view.close();
        if (nativeUrl !== null) void Browser.open({ url: nativeUrl }); // has its own close button
      },
    });
    view.addEventListener('customscheme', gate);
    view.addEventListener('exit', () => resolve({ redeemed: false })); // closed with the view's own button
  });
}
