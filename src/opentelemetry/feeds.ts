/** The recording for one provider. All calls of `instrument()` with that provider share it. */
interface Feed {
  /** Finds the provider. The global one may be registered, or replaced, later. */
  find(): object;
  users: number;
  stop(): void;
}

/** Spans and metrics have separate lists, because two callers may share one provider and differ in the other. */
interface Feeds {
  readonly spans: Set<Feed>;
  readonly metrics: Set<Feed>;
}

// Keep the lists on the global object: the ESM and CommonJS builds share the channels, so each would record the same calls.
const FEEDS = Symbol.for('kiip-s2s.opentelemetry.feeds');
const feeds = ((globalThis as { [FEEDS]?: Feeds })[FEEDS] ??= { spans: new Set(), metrics: new Set() });

/** Starts a feed, or joins its provider's existing one. Returns the function that leaves it; the last caller to leave stops it. */
export function joinFeed(kind: keyof Feeds, find: () => object, start: () => () => void): () => void {
  const provider = find();
  let feed = [...feeds[kind]].find((other) => other.find() === provider);
  if (feed === undefined) {
    feed = { find, users: 0, stop: start() };
    feeds[kind].add(feed);
  }
  const joined = feed;
  joined.users += 1;
  let isUser = true;
  return () => {
    if (!isUser) return;
    isUser = false;
    joined.users -= 1;
    if (joined.users > 0) return;
    feeds[kind].delete(joined);
    joined.stop();
  };
}
