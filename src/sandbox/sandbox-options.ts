/** Options of {@link startSandbox}; every one can be left out. */
export interface SandboxOptions {
  /** The port to listen on; 0 takes any free one. @defaultValue `0` */
  readonly port?: number | undefined;
  /** The address to listen on. Any address but loopback lets other machines in. @defaultValue `'127.0.0.1'` */
  readonly host?: string | undefined;
  /**
   * Further names that the `Host` header may have, such as a container's name. Loopback's names, `host` and the host of
   * `publicUrl` are always accepted.
   * @defaultValue `[]`
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The address that players' devices use; every `body_url` begins with it. @defaultValue the checked `Host` of each moment's request */
  readonly publicUrl?: string | undefined;
  /** The only `app_key` that is accepted; any other key gets a 401. @defaultValue every key is accepted */
  readonly appKey?: string | undefined;
  /** The secret that callbacks are signed with. @defaultValue a random one, which a `stateFile` keeps */
  readonly appSecret?: string | undefined;
  /** The URL that redemptions and issuances are POSTed to: `https:`, or `http:` to a loopback host (PROTOCOL K28). @defaultValue none */
  readonly callbackUrl?: string | undefined;
  /** Allows a `callbackUrl` with `http:` to any host, such as another container. @defaultValue `false` */
  readonly allowInsecureCallback?: boolean | undefined;
  /**
   * The share of live moments (`test: false`) that get a reward, from 0 to 1. Test moments always get one
   * (PROTOCOL K9).
   * @defaultValue `1`
   */
  readonly fillRate?: number | undefined;
  /**
   * The start of the random sequence that decides which live moments get a reward: the same seed fills the same
   * moments.
   * @defaultValue `1`
   */
  readonly seed?: number | undefined;
  /**
   * The `notification.reward_name` of every reward, to try long names, other scripts and markup.
   * @defaultValue a name that says what it pays
   */
  readonly rewardName?: string | undefined;
  /** The `native_url` of every reward: where its page sends the player after a redemption (PROTOCOL K29). @defaultValue none */
  readonly nativeUrl?: string | undefined;
  /**
   * Which messages the reward pages send besides their end (PROTOCOL K30). `'none'`: no messages, which is what we
   * expect of pages made with `sdk=none`. `'sdk'`: `kiip://ready` on load, links to `share`, `video`, `open_camera` and
   * `close_camera`, and `content` before the end of a redemption that pays virtual currency.
   * @defaultValue `'none'`
   */
  readonly bridge?: 'none' | 'sdk' | undefined;
  /** How many of the newest requests, rewards, deliveries and Kaminari records to keep, each. @defaultValue `5_000` */
  readonly keep?: number | undefined;
  /** The longest body of a request, in bytes; a longer one gets a 413. `/v1/collect` takes 8 KiB at most. @defaultValue `1_048_576` */
  readonly maxBodyBytes?: number | undefined;
  /**
   * A file that keeps rewards, deliveries and consent across restarts, even when the process is killed. Use one file
   * per sandbox. A damaged file is renamed, with a warning.
   * @defaultValue none
   */
  readonly stateFile?: string | undefined;
  /** Lets the process end while the sandbox still runs, for tests that forget `close()`. @defaultValue `false` */
  readonly unref?: boolean | undefined;
}
