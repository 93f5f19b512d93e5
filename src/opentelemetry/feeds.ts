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

/**
 * Starts a feed, or joins its provider's existing one. Returns the function that leaves it; the last caller to leave stops it.
 *
 * @param start - starts recording. It gets a function that finds the provider of the moment, or `null` while an earlier feed serves the same one:
 * a provider that was passed as an option may become the global one later.
 */
export function joinFeed<Provider extends object>(
  kind: keyof Feeds,
  find: () => Provider,
  start: (findOwn: () => Provider | null) => () => void,
): () => void {
  const findFirst = (provider: Provider): Feed | undefined =>
    [...feeds[kind]].find((other) => other.find() === provider);
  let feed = findFirst(find());
  if (feed === undefined) {
    const own: Feed = { find, users: 0, stop: () => undefined };
    own.stop = start(() => {
      const provider = find();
      return (findFirst(provider) ?? own) === own ? provider : null;
    });
    feeds[kind].add(own);
    feed = own;
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
