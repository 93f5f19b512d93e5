import type { Platform } from './context.js';

/** The fields that session and moment calls share in both dialects, in the documents' names. */
export interface PayloadFields {
  app: { app_key: string; version: string };
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
  location?: { lat: number; lng: number };
  close_button?: false;
  email_address?: string;
  sdk_version: string;
  test: boolean;
  user?: { age?: number; gender?: 'm' | 'f'; userid?: string };
}

/** The payload fields of NinthDecimal's dialect only (PROTOCOL K3). */
export interface NinthDecimalPayloadFields extends PayloadFields {
  app: { app_key: string; version: string; dns_compliance?: boolean };
  location?: { lat: number; lng: number; accuracy?: number };
  bundle_id?: string;
  /** `user_compliance: true` means that the player opted OUT (PROTOCOL K14). */
  user_consent_info?: { user_compliance: boolean; state?: string };
}

/** Start or end of a session, as it goes over the wire. */
export interface PayloadEvent {
  /** Whether the session started or ended. */
  id: 'session_start' | 'session_end';
  /** ISO 8601 in UTC with milliseconds. */
  start: string;
}

/** A session call in NinthDecimal's dialect. */
export interface NinthDecimalSessionPayload extends NinthDecimalPayloadFields {
  events: PayloadEvent[];
}

/** A session call in the older Kiip dialect. */
export interface KiipSessionPayload extends PayloadFields {
  events: PayloadEvent[];
}

/** A moment call in NinthDecimal's dialect. */
export interface NinthDecimalMomentPayload extends NinthDecimalPayloadFields {
  moment: { id: string };
  events?: PayloadEvent[];
}

/** A moment call in the older Kiip dialect. */
export interface KiipMomentPayload extends PayloadFields {
  moment: { id: string };
  events?: PayloadEvent[];
}

/** The JSON of a session call, in the documents' names. */
export type SessionPayload<P extends Platform = Platform> = [P] extends ['kiip']
  ? KiipSessionPayload
  : NinthDecimalSessionPayload;

/** The JSON of a moment call, in the documents' names. */
export type MomentPayload<P extends Platform = Platform> = [P] extends ['kiip']
  ? KiipMomentPayload
  : NinthDecimalMomentPayload;
