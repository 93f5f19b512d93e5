import { createWebViewGate, type KiipEvent } from 'kiip-s2s/webview';
import { useRef, useState, type ReactNode } from 'react';
import { Button, Linking, Modal, Share, View } from 'react-native';
import { WebView } from 'react-native-webview';

const isWeb = (url: string): boolean => /^https?:/i.test(url);

/** Answers what a page asks for besides its end. Never credits its `content`: the callback to your server does that. */
function answer(event: KiipEvent): void {
  if (event.kind === 'share') void Share.share({ title: event.subject ?? '', message: event.text ?? '' });
}

interface RewardModalProps {
  bodyUrl: string;
  /** Called once, when the reward has ended. Its redirect, if there is one, may still be on the screen. */
  onEnd(result: { redeemed: boolean }): void;
}

export function RewardModal({ bodyUrl, onEnd }: RewardModalProps): ReactNode {
  const [page, setPage] = useState<string | null>(bodyUrl); // the reward, then its redirect, then nothing
  const ended = useRef(false);

  const end = (redeemed: boolean, next: string | null): void => {
    if (ended.current) return; // a web view may ask about one URL twice
    ended.current = true;
    const isStore = next !== null && !isWeb(next);
    if (isStore) Linking.openURL(next).catch(() => undefined); // no store on this device
    setPage(isStore ? null : next);
    onEnd({ redeemed });
  };
  const close = (): void => {
    if (ended.current) setPage(null);
    else end(false, null);
  };
  const gate = createWebViewGate({
    onDismiss: ({ redeemed, nativeUrl }) => end(redeemed, nativeUrl),
    onEvent: answer,
    schemes: ['market:', 'itms-apps:'], // rewards for app installs
  });

  return (
    <Modal visible={page !== null} onRequestClose={close}>
      <View style={{ flex: 1, paddingTop: 48 }}>
        <Button title="Close" onPress={close} />
        {page !== null && (
          <WebView
            key={page} // the redirect gets a view of its own
            source={{ uri: page }}
            originWhitelist={['*']} // otherwise kiip: URLs go to the system and not to the gate
            setSupportMultipleWindows={false} // window.open comes to the gate too
            onShouldStartLoadWithRequest={(request) =>
              gate(request) && (isWeb(request.url) || /^about:/i.test(request.url))
            }
          />
        )}
      </View>
    </Modal>
  );
}
