import type { Platform } from './context.js';

interface CommonPayload {
  app: { app_key: string; version: string; dns_compliance?: boolean };
  connection: { ip: string; carrier?: string; type?: string };
  device: {
    id: string;
    density?: string;
    lang: string;
    locale: string;
    manufacturer?: string;
    model?: string;
    os: string;
    resolution?: string;
    user_agent?: string;
  };
  location?: { lat: number; lng: number; accuracy?: number };
  bundle_id?: string;
  close_button?: false;
  email_address?: string;
  sdk_version: string;
  test: boolean;
  user?: { age?: number; gender?: 'm' | 'f'; userid?: string };
  user_consent_info?: { user_compliance: boolean; state?: string };
}

/** Start or end of a session, as it goes over the wire. */
export interface PayloadEvent {
  id: 'session_start' | 'session_end';
  /** ISO 8601 in UTC with milliseconds. */
  start: string;
}

type Dialect<P extends Platform, Payload extends CommonPayload> = [P] extends ['kiip']
  ? Omit<Payload, 'app' | 'bundle_id' | 'location' | 'user_consent_info'> & {
      app: Omit<Payload['app'], 'dns_compliance'>;
      location?: { lat: number; lng: number };
    }
  : Payload;

interface SessionShape extends CommonPayload {
  events: PayloadEvent[];
}

interface MomentShape extends CommonPayload {
  moment: { id: string };
  events?: PayloadEvent[];
}

/** The JSON of a session call, in the documents' names. */
export type SessionPayload<P extends Platform = Platform> = Dialect<P, SessionShape>;

/** The JSON of a moment call, in the documents' names. */
export type MomentPayload<P extends Platform = Platform> = Dialect<P, MomentShape>;
