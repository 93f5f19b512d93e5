import type { Visitor } from '../kaminari/index.js';

/** The visitor that `pingtest` sends, with every header of PROTOCOL M4. The address is the documents' sample. */
export const SAMPLE_VISITOR: Visitor = {
  ip: '54.174.101.1',
  forwardedFor: '54.174.101.1',
  headers: {
    'user-agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    'accept-language': 'en-US,en;q=0.9',
    referer: 'https://www.example.com/',
    'sec-ch-ua': '"Chromium";v="130", "Not?A_Brand";v="99"',
    'sec-ch-ua-arch': '"x86"',
    'sec-ch-ua-full-version': '"130.0.0.0"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-model': '""',
    'sec-ch-ua-platform': '"Linux"',
    'sec-ch-ua-platform-version': '"6.8.0"',
    'device-memory': '8',
    dpr: '1',
    'viewport-width': '1280',
  },
};
