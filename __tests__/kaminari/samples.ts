import type { Impression, Visitor } from 'kiip-s2s/kaminari';

/** The request of the document's curl example, header for header. */
export const CURL_HEADERS = {
  accept: 'application/json',
  'accept-language': 'en-US,en;q=0.9,uk;q=0.8',
  'content-type': 'application/json;charset=UTF-8',
  referer: 'https://test.com/',
  'user-agent':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
  'x-original-ip': '127.0.0.1',
  // Not in the example: ours, by PROTOCOL M4a.
  'x-real-ip': '127.0.0.1',
  'x-forwarded-for': '192.168.0.1',
  'sec-ch-ua-arch': '"x86"',
  'sec-ch-ua': '"Google Chrome";v="129", "Not=A?Brand";v="8", "Chromium";v="129"',
  'sec-ch-ua-full-version': '"129.0.6668.100"',
  'device-memory': '8',
  dpr: '2',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-model': '""',
  'sec-ch-ua-platform': '"macOS"',
  'sec-ch-ua-platform-version': '"14.5.0"',
  'viewport-width': '981',
} as const;

/** What curl sends beyond the document's table of headers, because the example was copied from a browser. */
export const CURL_LEFTOVERS = { 'cache-control': 'no-cache', origin: 'https://test.com', pragma: 'no-cache' } as const;

export const CURL_BODY =
  '{"kmnrKey":"XXXXXXXX","kmnrId":"1125570260","sub1":"test","sub2":"1001","sub3":"10","sub4":"1385282124113622","sub5":"222","sub6":"555666","sub7":"8833705265931305"}';

const notTheVisitors = ['accept', 'content-type', 'x-original-ip', 'x-real-ip', 'x-forwarded-for'];

export const CURL_IMPRESSION: Impression = {
  kmnrId: '1125570260',
  subs: {
    sub1: 'test',
    sub2: '1001',
    sub3: '10',
    sub4: '1385282124113622',
    sub5: '222',
    sub6: '555666',
    sub7: '8833705265931305',
  },
  visitor: {
    ip: CURL_HEADERS['x-original-ip'],
    forwardedFor: CURL_HEADERS['x-forwarded-for'],
    headers: Object.fromEntries(Object.entries(CURL_HEADERS).filter(([name]) => !notTheVisitors.includes(name))),
  },
};

export const VISITOR: Visitor = {
  ip: '203.0.113.9',
  forwardedFor: '203.0.113.9',
  headers: { 'user-agent': 'Visitor/1.0', 'accept-language': 'en' },
};

export const impression = (kmnrId = 'impression_1'): Impression => ({ kmnrId, visitor: VISITOR });

/** The document's answers of the ping test, as printed: PHP's and Node's sample differ only in how they are shown. */
export const PHP_PINGTEST_ANSWER =
  '{"errors": { "X-Forwarded-For":"recommended to add in request headers", "X-Real-IP":"recommended to add in request headers", "sec-ch-ua-arch":"recommended to add in request headers", "sec-ch-ua":"recommended to add in request headers", "sec-ch-ua-full-version":"recommended to add in request headers", "device-memory":"recommended to add in request headers", "sec-ch-ua-mobile":"recommended to add in request headers", "sec-ch-ua-model":"recommended to add in request headers", "sec-ch-ua-platform":"recommended to add in request headers", "sec-ch-ua-platform-version":"recommended to add in request headers", "viewport-width":"recommended to add in request headers"}}';

export const NODE_PINGTEST_ANSWER = {
  errors: {
    'X-Forwarded-For': 'recommended to add in request headers',
    'X-Real-IP': 'recommended to add in request headers',
    'sec-ch-ua-arch': 'recommended to add in request headers',
    'sec-ch-ua': 'recommended to add in request headers',
    'sec-ch-ua-full-version': 'recommended to add in request headers',
    'device-memory': 'recommended to add in request headers',
    'sec-ch-ua-mobile': 'recommended to add in request headers',
    'sec-ch-ua-model': 'recommended to add in request headers',
    'sec-ch-ua-platform': 'recommended to add in request headers',
    'sec-ch-ua-platform-version': 'recommended to add in request headers',
    'viewport-width': 'recommended to add in request headers',
  },
};
