type Box = readonly [isEea: boolean, south: number, west: number, north: number, east: number];

// Countries as rectangles in degrees; the first that holds the place decides. Neighbours outside the EEA are cut out before the
// countries whose rectangles reach over them. Rough on purpose: near a border the answer may be wrong.
// prettier-ignore
const BOXES: readonly Box[] = [
  [true, 51.35, -10.7, 54.0, -5.95], [true, 54.0, -10.7, 54.6, -8.15], [true, 54.6, -9.0, 55.5, -7.45], // Ireland
  [false, 49.85, -6.6, 51.05, 1.05], [false, 51.05, -8.2, 61.0, 1.85], [false, 49.1, -2.75, 49.75, -1.95], // United Kingdom, Channel Islands
  [true, 47.04, 9.47, 47.28, 9.64], [false, 45.82, 8.4, 46.5, 9.05], [false, 46.13, 5.95, 46.45, 6.25], // Liechtenstein; Ticino, Geneva
  [false, 46.15, 6.8, 47.6, 9.5], [false, 46.45, 6.3, 47.0, 6.8], [false, 46.5, 9.5, 46.95, 10.4], // Switzerland
  [false, 43.72, 7.4, 43.76, 7.45], [false, 43.89, 12.4, 43.99, 12.52], [false, 42.43, 1.41, 42.66, 1.79], // Monaco, San Marino, Andorra
  [false, 54.3, 19.7, 55.3, 22.8], // Kaliningrad
  [false, 35.85, -6.0, 35.95, -5.3], [false, 30.0, -13.3, 35.85, 11.7], [false, 35.85, -1.9, 37.4, 11.2], // Morocco, Algeria, Tunisia
  [false, 36.1, -5.37, 36.16, -5.33], // Gibraltar
  [true, 34.9, 19.3, 36.6, 28.3], [true, 34.5, 32.2, 35.75, 34.65], // Crete and Rhodes, Cyprus
  [false, 35.8, 28.3, 42.0, 45.0], [false, 36.6, 27.3, 40.0, 45.0], [false, 40.9, 26.65, 42.0, 29.9], [false, 40.0, 26.2, 40.7, 45.0], // Turkey
  [true, 41.65, 22.4, 44.2, 28.7], [true, 43.6, 22.7, 48.2, 28.2], [true, 44.0, 28.2, 45.3, 29.8], [true, 45.3, 21.3, 47.9, 23.0], // Bulgaria, Romania
  [true, 34.8, 21.3, 41.3, 26.7], [true, 36.0, 19.3, 39.6, 21.3], [true, 40.9, 23.0, 41.75, 26.65], // Greece
  [true, 42.35, 15.9, 43.2, 18.5], [true, 42.9, 13.3, 44.9, 16.2], [true, 42.9, 16.2, 43.75, 17.0], [true, 44.9, 13.3, 46.6, 19.0], // Croatia, Slovenia
  [true, 46.0, 16.1, 48.6, 21.9], // Hungary
  [false, 39.6, 15.9, 46.2, 22.7], // Albania, Bosnia, Kosovo, Montenegro, North Macedonia, Serbia
  [true, 34.5, 6.6, 47.1, 13.8], [true, 35.3, 12.0, 43.0, 18.6], // Italy, Malta
  [true, 36.0, -9.6, 43.9, -7.0], [true, 36.0, -7.5, 43.8, 3.4], [true, 38.5, 1.1, 40.2, 4.4], // Portugal, Spain, the Balearics
  [true, 27.5, -18.3, 29.5, -13.3], [true, 32.3, -17.4, 33.2, -16.2], [true, 36.8, -31.4, 39.8, -24.9], // Canaries, Madeira, Azores
  [true, 42.3, -5.2, 51.1, 8.3], [true, 41.3, 8.4, 43.1, 9.7], // France, Corsica
  [true, 49.4, 2.5, 53.6, 7.3], // Belgium, Luxembourg, the Netherlands
  [true, 47.2, 5.8, 55.1, 15.1], [true, 46.3, 9.5, 49.1, 17.2], [true, 48.5, 12.0, 51.1, 18.9], // Germany, Austria, Czechia
  [true, 47.7, 16.8, 49.65, 22.2], [true, 49.0, 14.1, 54.9, 23.6], // Slovakia, Poland
  [true, 54.5, 8.0, 57.8, 15.3], // Denmark
  [true, 53.9, 20.9, 56.4, 25.5], [true, 55.65, 20.9, 58.1, 27.5], [true, 57.5, 21.7, 59.8, 27.6], // Lithuania, Latvia, Estonia
  [true, 55.3, 11.0, 69.1, 24.2], [true, 59.7, 19.3, 70.1, 29.0], [true, 61.0, 27.0, 69.5, 30.5], // Sweden, Finland
  [true, 57.9, 4.4, 71.3, 13.0], [true, 65.0, 11.0, 71.3, 31.2], [true, 74.0, 10.0, 81.0, 34.0], // Norway, Svalbard
  [true, 63.2, -24.7, 66.7, -13.3], // Iceland
];

/** A place in degrees. */
export interface Place {
  /** Latitude in degrees, -90 to 90. */
  readonly lat: number;
  /** Longitude in degrees, -180 to 180. */
  readonly lng: number;
}

/**
 * Whether a place lies in the European part of the EEA, whose ad requests the platform blocks (PROTOCOL K15). Payloads hold no
 * country, so this goes by the location. How the platform decides is unknown; this approximates by rectangles.
 */
export function isInEea({ lat, lng }: Place): boolean {
  // Most locations are far from Europe.
  if (lat < 27 || lng < -32 || lng > 35) return false;
  for (const [isEea, south, west, north, east] of BOXES) {
    if (lat >= south && lat <= north && lng >= west && lng <= east) return isEea;
  }
  return false;
}

/** The border of the contiguous states as [latitude, longitude], from Cape Flattery eastwards. */
// prettier-ignore
const CONTIGUOUS_STATES: readonly (readonly [number, number])[] = [
  [48.4, -124.9], [48.3, -123.2], [49.0, -123.0], [49.0, -95.15], [49.4, -95.15], [48.6, -93.5], [48.1, -90.9], [48.3, -88.4], [46.6, -84.7], [46.5, -84.3],
  [45.9, -83.5], [45.3, -82.5], [43.6, -82.1], [43.0, -82.4], [42.35, -83.0], [41.7, -82.7], [42.3, -81.0], [42.86, -78.91], [43.1, -79.06], [43.63, -78.7],
  [43.63, -77.5], [44.1, -76.4], [45.0, -74.7], [45.0, -71.5], [45.3, -70.9], [46.4, -70.0], [47.45, -69.2], [47.1, -67.8], [45.6, -67.4], [44.8, -66.9],
  [43.0, -69.5], [41.2, -69.5], [40.3, -73.0], [35.0, -75.2], [30.5, -80.8], [27.0, -79.8], [25.0, -80.0], [24.3, -81.8], [27.5, -83.2], [29.5, -85.5],
  [28.8, -89.2], [29.3, -94.5], [27.8, -96.8], [25.9, -97.1], [26.05, -98.2], [27.5, -99.54], [29.3, -100.95], [29.75, -101.5], [28.98, -103.1], [29.6, -104.5],
  [31.74, -106.5], [31.78, -108.2], [31.33, -108.2], [31.33, -111.07], [32.5, -114.8], [32.72, -114.72], [32.53, -117.2], [33.5, -118.9], [34.4, -120.8],
  [36.0, -122.1], [37.5, -123.3], [40.4, -124.6],
];
/** Alaska with its panhandle and the far Aleutians, Hawaii, Puerto Rico and the Virgin Islands, Guam and the Marianas, Samoa. */
// prettier-ignore
const OTHER_STATES: readonly (readonly [south: number, west: number, north: number, east: number])[] = [
  [51.2, -180, 71.6, -141], [58.2, -141, 60.4, -134.5], [54.7, -136, 58.5, -130.1], [51, 172, 54, 180], [18.8, -160.7, 22.4, -154.7],
  [17.6, -67.4, 18.6, -64.5], [13.2, 144.6, 20.6, 146.1], [-14.7, -171.2, -10.9, -168.1],
];

/** Counts how often a line to the west crosses the border: an odd count means inside. */
function isInContiguousStates({ lat, lng }: Place): boolean {
  let inside = false;
  let [lastLat, lastLng] = CONTIGUOUS_STATES.at(-1) ?? [0, 0];
  for (const [nextLat, nextLng] of CONTIGUOUS_STATES) {
    const crosses = lat > Math.min(lastLat, nextLat) && lat <= Math.max(lastLat, nextLat);
    if (crosses && lng > lastLng + ((lat - lastLat) * (nextLng - lastLng)) / (nextLat - lastLat)) inside = !inside;
    [lastLat, lastLng] = [nextLat, nextLng];
  }
  return inside;
}

/** Whether a place lies in the USA or one of its territories. The border is rough: near it the answer may be wrong. */
export function isInUs(place: Place): boolean {
  const { lat, lng } = place;
  return (
    isInContiguousStates(place) ||
    OTHER_STATES.some(([south, west, north, east]) => lat >= south && lat <= north && lng >= west && lng <= east)
  );
}

/**
 * A place in Virginia with an IP address of the same region. Merge it into a context when you test from outside the USA: "it is
 * recommended to simulate a US-based location when requesting rewards" (PROTOCOL K6, K7).
 *
 * @example
 * import { US_TEST_PLACE, type DeviceContext } from 'kiip-s2s';
 *
 * declare const context: DeviceContext;
 * const fromVirginia: DeviceContext = {
 *   ...context,
 *   location: US_TEST_PLACE.location,
 *   connection: { ...context.connection, ...US_TEST_PLACE.connection },
 * };
 */
export const US_TEST_PLACE: {
  readonly connection: { readonly ip: string };
  readonly location: { readonly lat: number; readonly lng: number; readonly accuracy: number };
} = Object.freeze({
  connection: Object.freeze({ ip: '54.174.101.1' }),
  location: Object.freeze({ lat: 39.0437192, lng: -77.4874899, accuracy: 10 }),
});
